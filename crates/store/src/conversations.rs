//! Conversations: reading and listing. They are written by the [`crate::Writer`] only.

use crate::{
    Result, Store, Tx,
    pool::{on, on_tx},
    row::{Row, parsed, read},
    scope::{self, Part},
};
use model::{
    AgentId, ChannelId, ContactId, Conversation, ConversationId, Millis, Mood, MoodKind, Scope, Side, Status,
    TeamId, WorkspaceId,
};
use sqlx::QueryBuilder;

pub(crate) const COLUMNS: &str = "id, workspace_id, channel_id, contact_id, contact_name, team_id, assignee_id, status, \
    last_seq, visitor_delivered, visitor_read, staff_delivered, staff_read, visitor_unread, staff_unread, preview, \
    preview_side, stars, waiting_since, created_at, queued_at, assigned_at, resolved_at, active_at, version, mood, \
    mood_strength, mood_seq";

/// How a row with all columns replaces the one that is there.
pub(crate) const UPSERT: &str = "on conflict (id) do update set team_id = excluded.team_id, \
    assignee_id = excluded.assignee_id, status = excluded.status, last_seq = excluded.last_seq, \
    visitor_delivered = excluded.visitor_delivered, visitor_read = excluded.visitor_read, \
    staff_delivered = excluded.staff_delivered, staff_read = excluded.staff_read, \
    visitor_unread = excluded.visitor_unread, staff_unread = excluded.staff_unread, preview = excluded.preview, \
    preview_side = excluded.preview_side, stars = excluded.stars, waiting_since = excluded.waiting_since, \
    queued_at = excluded.queued_at, assigned_at = excluded.assigned_at, resolved_at = excluded.resolved_at, \
    active_at = excluded.active_at, version = excluded.version, mood = excluded.mood, \
    mood_strength = excluded.mood_strength, mood_seq = excluded.mood_seq";

pub(crate) const fn side_code(side: Side) -> &'static str {
    match side {
        Side::Visitor => "visitor",
        Side::Staff => "staff",
    }
}

pub(crate) fn side(code: &str) -> Option<Side> {
    [Side::Visitor, Side::Staff].into_iter().find(|side| side_code(*side) == code)
}

/// Of its three columns; none when they make no sense.
pub(crate) fn mood(kind: &str, strength: Option<i64>, seq: Option<i64>) -> Option<Mood> {
    Some(Mood { kind: MoodKind::from_code(kind)?, strength: u8::try_from(strength?).ok()?, seq: seq? })
}

read!(Conversation, |row| Conversation {
    id: ConversationId(row.try_get("id")?),
    workspace_id: WorkspaceId(row.try_get("workspace_id")?),
    channel_id: ChannelId(row.try_get("channel_id")?),
    contact_id: ContactId(row.try_get("contact_id")?),
    contact_name: row.try_get("contact_name")?,
    team_id: row.try_get::<Option<i64>, _>("team_id")?.map(TeamId),
    assignee_id: row.try_get::<Option<i64>, _>("assignee_id")?.map(AgentId),
    status: parsed("status", Status::from_code(row.try_get("status")?))?,
    last_seq: row.try_get("last_seq")?,
    visitor_delivered: row.try_get("visitor_delivered")?,
    visitor_read: row.try_get("visitor_read")?,
    staff_delivered: row.try_get("staff_delivered")?,
    staff_read: row.try_get("staff_read")?,
    visitor_unread: row.try_get("visitor_unread")?,
    staff_unread: row.try_get("staff_unread")?,
    preview: row.try_get("preview")?,
    preview_side: row
        .try_get::<Option<String>, _>("preview_side")?
        .map(|code| parsed("preview_side", side(&code)))
        .transpose()?,
    stars: row.try_get::<Option<i64>, _>("stars")?.map(|stars| stars as i16),
    waiting_since: row.try_get("waiting_since")?,
    created_at: row.try_get("created_at")?,
    queued_at: row.try_get("queued_at")?,
    assigned_at: row.try_get("assigned_at")?,
    resolved_at: row.try_get("resolved_at")?,
    active_at: row.try_get("active_at")?,
    version: row.try_get("version")?,
    mood: match row.try_get::<Option<String>, _>("mood")? {
        Some(kind) => {
            let (strength, seq) = (row.try_get("mood_strength")?, row.try_get("mood_seq")?);
            Some(parsed("mood", mood(&kind, strength, seq))?)
        }
        None => None,
    },
});

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

/// Where a page begins: the order value and id of the last row of the page before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub at: Millis,
    pub id: ConversationId,
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
    pub async fn find_conversation(
        &self,
        workspace: WorkspaceId,
        id: ConversationId,
    ) -> Result<Option<Conversation>> {
        let sql = format!("select {COLUMNS} from conversations where workspace_id = $1 and id = $2");
        let row = on!(&self.pool, |db| sqlx::query_as::<_, Row<Conversation>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        Ok(row.map(|Row(conversation)| conversation))
    }

    /// The conversation of a contact on a channel that is queued or open.
    pub async fn find_active_conversation(
        &self,
        workspace: WorkspaceId,
        channel: ChannelId,
        contact: ContactId,
    ) -> Result<Option<Conversation>> {
        let sql = format!(
            "select {COLUMNS} from conversations
             where workspace_id = $1 and channel_id = $2 and contact_id = $3 and status <> 'resolved'"
        );
        let row = on!(&self.pool, |db| sqlx::query_as::<_, Row<Conversation>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(channel.0)
            .bind(contact.0)
            .fetch_optional(db)
            .await)?;
        Ok(row.map(|Row(conversation)| conversation))
    }

    /// Conversations of one contact, newest first.
    pub async fn list_conversations_of(
        &self,
        workspace: WorkspaceId,
        contact: ContactId,
        limit: i64,
    ) -> Result<Vec<Conversation>> {
        let sql = format!(
            "select {COLUMNS} from conversations where workspace_id = $1 and contact_id = $2 order by id desc limit $3"
        );
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<Conversation>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(contact.0)
            .bind(limit)
            .fetch_all(db)
            .await)?;
        Ok(rows.into_iter().map(|Row(conversation)| conversation).collect())
    }

    /// One page of a list, within what the scope may see; `mood` narrows it to visitors who feel so.
    pub async fn list_conversations(
        &self,
        scope: &Scope,
        listing: Listing,
        mood: Option<MoodKind>,
        before: Option<Position>,
        limit: i64,
    ) -> Result<Vec<Conversation>> {
        let parts = parts(scope, listing);
        if parts.is_empty() {
            return Ok(Vec::new());
        }
        let (column, sign, direction) = order(listing);
        let rows = on!(&self.pool, |db| {
            // Each part is read in order from an index of its own, and only as far as it is needed.
            let mut query = QueryBuilder::new(format!(
                "select {COLUMNS} from conversations where id in (select id from ("
            ));
            scope::push_union(&mut query, &parts, |query, part| {
                query.push(format!("select id, {column} from conversations where "));
                scope::push_part(query, scope, part);
                query.push(condition(listing));
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
                if let Some(Position { at, id }) = before {
                    query.push(format!(" and ({column}, id) {sign} ("));
                    query.push_bind(at).push(", ").push_bind(id.0).push(")");
                }
                query.push(format!(" order by {column}{direction}, id{direction} limit ")).push_bind(limit);
            });
            let ordered = format!("order by {column}{direction}, id{direction}");
            query.push(format!(") as found {ordered} limit ")).push_bind(limit).push(format!(") {ordered}"));
            query.build_query_as::<Row<Conversation>>().fetch_all(db).await
        })?;
        Ok(rows.into_iter().map(|Row(conversation)| conversation).collect())
    }

    pub async fn count_conversations(&self, scope: &Scope) -> Result<Counts> {
        let (workspace, agent) = (scope.workspace_id.0, scope.agent_id.0);
        on!(&self.pool, |db| {
            let mut query =
                QueryBuilder::new("select (select count(*) from conversations where status = 'queued' and ");
            scope::push(&mut query, scope, "");
            query
                .push(") as queue, (select count(*) from conversations where workspace_id = ")
                .push_bind(workspace);
            query.push(" and status = 'open' and assignee_id = ").push_bind(agent);
            query
                .push(") as mine, (select count(*) from conversations where workspace_id = ")
                .push_bind(workspace);
            query.push(" and status = 'open' and staff_unread > 0 and assignee_id = ").push_bind(agent);
            query.push(") as mine_unread, (select count(*) from conversations where workspace_id = ");
            query.push_bind(workspace).push(" and status <> 'resolved' and ");
            scope::push_teams(&mut query, scope);
            query.push(") as team, (select count(*) from (");
            scope::push_union(&mut query, &scope::parts(scope), |query, part| {
                query.push("select id from conversations where status <> 'resolved' and ");
                scope::push_part(query, scope, part);
            });
            query.push(") as seen) as current");
            let Row(counts) = query.build_query_as::<Row<Counts>>().fetch_one(db).await?;
            Ok(counts)
        })
    }

    /// Open conversations of each agent who has any: the load that routing weighs.
    pub async fn count_open_by_agent(&self, workspace: WorkspaceId) -> Result<Vec<(AgentId, i64)>> {
        let rows: Vec<(i64, i64)> = on!(&self.pool, |db| sqlx::query_as(
            "select assignee_id, count(*) from conversations
             where workspace_id = $1 and status = 'open' and assignee_id is not null group by assignee_id"
        )
        .bind(workspace.0)
        .fetch_all(db)
        .await)?;
        Ok(rows.into_iter().map(|(agent, count)| (AgentId(agent), count)).collect())
    }

    /// Messages of active conversations that no screen of the other side has received: those
    /// for visitors, those for staff (what the bot has waits for nobody).
    pub async fn count_undelivered(&self) -> Result<(i64, i64)> {
        Ok(on!(&self.pool, |db| {
            sqlx::query_as(
            "select
                cast(coalesce(sum(case when visitor_delivered < last_seq then visitor_unread end), 0) as bigint),
                cast(coalesce(sum(case when staff_delivered < last_seq and status <> 'bot' then staff_unread end), 0) as bigint)
             from conversations where status <> 'resolved'"
        )
        .fetch_one(db)
        .await
        })?)
    }

    /// Conversations that wait for an agent, longest wait first.
    pub async fn list_queued(&self, workspace: WorkspaceId, limit: i64) -> Result<Vec<ConversationId>> {
        let rows: Vec<(i64,)> = on!(&self.pool, |db| {
            sqlx::query_as(
            "select id from conversations where workspace_id = $1 and status = 'queued' order by queued_at, id limit $2"
        )
        .bind(workspace.0)
        .bind(limit)
        .fetch_all(db)
        .await
        })?;
        Ok(rows.into_iter().map(|(id,)| ConversationId(id)).collect())
    }
}

read!(Counts, |row| Counts {
    queue: row.try_get("queue")?,
    mine: row.try_get("mine")?,
    mine_unread: row.try_get("mine_unread")?,
    team: row.try_get("team")?,
    current: row.try_get("current")?,
});

/// The column of the order, which side of a position the next page is on, and the direction.
const fn order(listing: Listing) -> (&'static str, &'static str, &'static str) {
    match listing {
        Listing::Queue { .. } => ("queued_at", ">", ""),
        _ => ("active_at", "<", " desc"),
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
            parts.filter(|part| *part != Part::Unclaimed).collect()
        }
    }
}

/// The conversations whose `column` (`contact_id`, `team_id`) is `value`, locked in the same
/// order as the writer does, so that neither waits for the other for ever.
pub(crate) async fn lock_where(
    tx: &mut Tx,
    workspace: WorkspaceId,
    column: &'static str,
    value: i64,
) -> Result<Vec<ConversationId>> {
    let sql = format!(
        "select id from conversations where workspace_id = $1 and {column} = $2 order by id{}",
        tx.word("", " for update")
    );
    let ids: Vec<i64> = on_tx!(tx, |db| sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(workspace.0)
        .bind(value)
        .fetch_all(db)
        .await)?;
    Ok(ids.into_iter().map(ConversationId).collect())
}
