//! The lists of conversations: a page of one, how many each has, what waits for an agent.

use super::COLUMNS;
use crate::{
    Result, Store,
    pool::on,
    row::{Row, read},
    scope::{self, Part},
};
use model::{Conversation, ConversationId, Millis, Mood, MoodKind, Scope, TeamId, WorkspaceId};
use sqlx::{Database, Encode, QueryBuilder, Type};

/// What a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// Longest wait first; `team` narrows it.
    Queue {
        team: Option<TeamId>,
    },
    /// Open and assigned to the asking agent.
    Mine,
    /// Queued or open in the asking agent's teams (or in the one named).
    Team {
        team: Option<TeamId>,
    },
    /// Queued or open.
    Current,
    Resolved,
}

/// What comes first in a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Of the queue the longest wait, of others the newest activity.
    #[default]
    Time,
    /// Who is angry or upset, the strongest first, of equal ones who waits longest; then the others by
    /// time. Not of what is resolved.
    Upset,
}

/// Where a page begins: the place of the last row of the page before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// How upset that visitor was; 0 where the order does not ask.
    pub upset: u8,
    pub at: Millis,
    pub id: ConversationId,
}

impl Position {
    pub fn of(conversation: &Conversation, listing: Listing, order: Order) -> Self {
        let upset = if order == Order::Upset { conversation.upset() } else { 0 };
        let at = match listing {
            _ if upset > 0 => conversation.since(),
            Listing::Queue { .. } => conversation.queued_at.unwrap_or(0),
            _ => conversation.active_at,
        };
        Self { upset, at, id: conversation.id }
    }
}

/// How many conversations an agent has before them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub queue: i64,
    pub mine: i64,
    pub mine_unread: i64,
    pub team: i64,
    pub current: i64,
}

impl Store {
    /// One page of a list, within what the scope may see; `mood` narrows it to visitors who feel so.
    pub async fn list_conversations(
        &self,
        scope: &Scope,
        listing: Listing,
        order: Order,
        mood: Option<MoodKind>,
        before: Option<Position>,
        limit: i64,
    ) -> Result<Vec<Conversation>> {
        if order == Order::Time {
            return self.list_tier(scope, listing, Tier::All, mood, before, limit).await;
        }
        let mut found: Vec<Conversation> = Vec::new();
        for upset in (0..=before.map_or(Mood::STRONGEST, |before| before.upset)).rev() {
            let rest = limit - found.len() as i64;
            if rest <= 0 {
                break;
            }
            let before = before.filter(|before| before.upset == upset);
            let tier = if upset == 0 { Tier::Calm } else { Tier::Upset(upset) };
            let mut rows = self.list_tier(scope, listing, tier, mood, before, rest).await?;
            // Whoever calmed down between two looks stands in two tiers.
            rows.retain(|row| found.iter().all(|one| one.id != row.id));
            found.extend(rows);
        }
        Ok(found)
    }

    async fn list_tier(
        &self,
        scope: &Scope,
        listing: Listing,
        tier: Tier,
        mood: Option<MoodKind>,
        before: Option<Position>,
        limit: i64,
    ) -> Result<Vec<Conversation>> {
        let parts = parts(scope, listing);
        if parts.is_empty() {
            return Ok(Vec::new());
        }
        let (column, sign, direction) = tier.order(listing);
        let rows = on!(&self.pool, |db| {
            // Each part is read in order from an index of its own, and only as far as it is needed.
            let mut query = QueryBuilder::new(format!(
                "select {COLUMNS} from conversations where id in (select id from ("
            ));
            scope::push_union(&mut query, &parts, |query, part| {
                query.push(format!("select id, {column} as place from "));
                push_rows(query, scope, part, listing);
                query.push(condition(listing)).push(tier.condition());
                if let Some(mood) = mood {
                    query.push(feels(mood));
                }
                if let (
                    Listing::Queue { team: Some(team) } | Listing::Team { team: Some(team) },
                    Part::Assigned,
                ) = (listing, part)
                {
                    query.push(" and team_id = ").push_bind(team.0);
                }
                if let Some(Position { at, id, .. }) = before {
                    query.push(format!(" and ({column}, id) {sign} ("));
                    query.push_bind(at).push(", ").push_bind(id.0).push(")");
                }
                query.push(format!(" order by {column}{direction}, id{direction} limit ")).push_bind(limit);
            });
            query.push(format!(") as found order by place{direction}, id{direction} limit "));
            query.push_bind(limit).push(format!(") order by {column}{direction}, id{direction}"));
            query.build_query_as::<Row<Conversation>>().fetch_all(db).await
        })?;
        Ok(rows.into_iter().map(|Row(conversation)| conversation).collect())
    }

    pub async fn count_conversations(&self, scope: &Scope) -> Result<Counts> {
        on!(&self.pool, |db| {
            let mut query = QueryBuilder::new("select ");
            push_count(&mut query, scope, Listing::Queue { team: None });
            query.push(" as queue, ");
            push_count(&mut query, scope, Listing::Mine);
            query.push(" as mine, (select count(*) from ");
            push_rows(&mut query, scope, Part::Assigned, Listing::Mine);
            query.push(" and status = 'open' and staff_unread > 0) as mine_unread, ");
            push_count(&mut query, scope, Listing::Team { team: None });
            query.push(" as team, ");
            push_count(&mut query, scope, Listing::Current);
            query.push(" as current");
            let Row(counts) = query.build_query_as::<Row<Counts>>().fetch_one(db).await?;
            Ok(counts)
        })
    }

    /// Conversations that wait for an agent, longest wait first; whoever is clearly upset counts as if
    /// they had come so much earlier.
    pub async fn list_queued(
        &self,
        workspace: WorkspaceId,
        head_start: Millis,
        limit: i64,
    ) -> Result<Vec<ConversationId>> {
        let clearly: Vec<u8> = (Mood::CLEAR..=Mood::STRONGEST).filter(|_| head_start > 0).collect();
        let rows: Vec<i64> = on!(&self.pool, |db| {
            let mut query = QueryBuilder::new("select id from (select * from (");
            query.push("select id, queued_at as place from conversations where workspace_id = ");
            query.push_bind(workspace.0).push(" and status = 'queued' order by queued_at, id limit ");
            query.push_bind(limit).push(") as all_of_them");
            for upset in clearly {
                query.push(format!(" union all select * from (select id, {SINCE} - "));
                query.push_bind(head_start).push(" as place from conversations where workspace_id = ");
                query
                    .push_bind(workspace.0)
                    .push(" and status = 'queued'")
                    .push(Tier::Upset(upset).condition());
                query.push(format!(" order by {SINCE}, id limit ")).push_bind(limit);
                query.push(format!(") as upset{upset}"));
            }
            query.push(") as waiting group by id order by min(place), id limit ").push_bind(limit);
            query.build_query_scalar().fetch_all(db).await
        })?;
        Ok(rows.into_iter().map(ConversationId).collect())
    }
}

/// Appends how many conversations a list has, part by part, without reading their rows; of what one
/// has oneself, which is little, what is in no other part.
fn push_count<DB: Database>(query: &mut QueryBuilder<DB>, scope: &Scope, listing: Listing)
where
    for<'v> i64: Encode<'v, DB> + Type<DB>,
{
    let parts = parts(scope, listing);
    query.push("cast(0 as bigint)");
    for part in &parts {
        query.push(" + (select count(*) from ");
        push_rows(query, scope, *part, listing);
        query.push(condition(listing));
        if *part == Part::Assigned {
            for other in parts.iter().filter(|other| **other != Part::Assigned) {
                query.push(" and (");
                scope::push_part(query, scope, *other);
                query.push(") is not true");
            }
        }
        query.push(")");
    }
}

/// Appends the rows of a part, for the conditions of a list to follow.
fn push_rows<DB: Database>(query: &mut QueryBuilder<DB>, scope: &Scope, part: Part, listing: Listing)
where
    for<'v> i64: Encode<'v, DB> + Type<DB>,
{
    if part != Part::Assigned || matches!(listing, Listing::Mine | Listing::Resolved) {
        query.push("conversations where ");
        return scope::push_part(query, scope, part);
    }
    // What one has oneself is little. The limit makes it be found before it is ordered; a walk in the
    // order of the list, through everybody's, would look cheaper to SQLite.
    query.push("(select * from conversations where status <> 'resolved' and ");
    scope::push_part(query, scope, part);
    query.push(" limit ").push_bind(i64::MAX).push(") as own where 1 = 1");
}

read!(Counts, |row| Counts {
    queue: row.try_get("queue")?,
    mine: row.try_get("mine")?,
    mine_unread: row.try_get("mine_unread")?,
    team: row.try_get("team")?,
    current: row.try_get("current")?,
});

/// [`Conversation::since`], as the index of the upset ones has it.
const SINCE: &str = "coalesce(queued_at, waiting_since, 9000000000000000 - active_at)";

/// Rows of a list that have an order and an index of their own.
#[derive(Clone, Copy)]
enum Tier {
    All,
    Upset(u8),
    Calm,
}

impl Tier {
    /// The column of the order, which side of a position the next page is on, and the direction.
    const fn order(self, listing: Listing) -> (&'static str, &'static str, &'static str) {
        match (self, listing) {
            (Self::Upset(_), _) => (SINCE, ">", ""),
            (_, Listing::Queue { .. }) => ("queued_at", ">", ""),
            _ => ("active_at", "<", " desc"),
        }
    }

    /// With the condition of the index, which the databases have to find in the query.
    fn condition(self) -> String {
        match self {
            Self::All => String::new(),
            Self::Upset(strength) => format!(
                " and status <> 'resolved' and mood in ('angry', 'upset') and mood_strength = {strength}"
            ),
            Self::Calm => " and (mood is null or mood not in ('angry', 'upset') or mood_strength = 0)".into(),
        }
    }
}

const fn condition(listing: Listing) -> &'static str {
    match listing {
        Listing::Queue { .. } => " and status = 'queued'",
        Listing::Mine => " and status = 'open'",
        Listing::Team { .. } | Listing::Current => " and status <> 'resolved'",
        Listing::Resolved => " and status = 'resolved'",
    }
}

/// With the condition of the indexes, which the databases have to find in the query.
fn feels(mood: MoodKind) -> String {
    format!(" and mood in ('angry', 'upset', 'urgent') and mood = '{}'", mood.code())
}

/// The parts of the scope that a list is made of. Of a team that is not one's own one sees what
/// one has oneself.
fn parts(scope: &Scope, listing: Listing) -> Vec<Part> {
    match listing {
        Listing::Mine => vec![Part::Assigned],
        Listing::Queue { team: Some(team) } | Listing::Team { team: Some(team) } => {
            vec![if scope.all || scope.teams.contains(&team) { Part::Team(team) } else { Part::Assigned }]
        }
        Listing::Team { team: None } => scope.teams.iter().map(|team| Part::Team(*team)).collect(),
        Listing::Queue { team: None } | Listing::Current => scope::parts(scope),
        Listing::Resolved => {
            let parts = scope::parts(scope).into_iter();
            parts.filter(|part| !matches!(part, Part::Unclaimed | Part::Helped)).collect()
        }
    }
}
