//! Who may see which conversation, as SQL. Invariant: this says exactly what
//! [`model::Scope::sees`] says; a test compares the two on random data.

use model::{Scope, TeamId};
use sqlx::{Database, Encode, QueryBuilder, Type};

/// Appends the condition under which a row of `conversations` is in the scope. `prefix`
/// is the table's alias with its dot, or nothing. The workspace comes first.
pub(crate) fn push<DB: Database>(query: &mut QueryBuilder<DB>, scope: &Scope, prefix: &str)
where
    for<'v> i64: Encode<'v, DB> + Type<DB>,
{
    query.push(prefix).push("workspace_id = ").push_bind(scope.workspace_id.0);
    if scope.all {
        return;
    }
    query.push(" and (").push(prefix).push("assignee_id = ").push_bind(scope.agent_id.0);
    query.push(" or (").push(prefix).push("team_id is null and ");
    query.push(prefix).push("status in ('queued', 'bot'))");
    if scope.senior {
        query
            .push(" or (")
            .push(prefix)
            .push("team_id is null and ")
            .push(prefix)
            .push("help_seq is not null)");
    }
    if !scope.teams.is_empty() {
        query.push(" or ").push(prefix).push("team_id in ");
        push_ids(query, &scope.teams);
    }
    query.push(")");
}

/// A part of a scope that one index answers. All parts together are the scope; a row may be in
/// several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The whole workspace, for those who see it.
    All,
    /// What the agent has or had.
    Assigned,
    Team(TeamId),
    /// Of no team, in the queue or with the bot.
    Unclaimed,
    /// Of no team, with help.
    Helped,
}

pub(crate) fn parts(scope: &Scope) -> Vec<Part> {
    if scope.all {
        return vec![Part::All];
    }
    let teams = scope.teams.iter().map(|team| Part::Team(*team));
    let helped = scope.senior.then_some(Part::Helped);
    [Part::Assigned, Part::Unclaimed].into_iter().chain(helped).chain(teams).collect()
}

/// Appends the condition under which a row is in a part of the scope. The workspace comes first.
pub(crate) fn push_part<DB: Database>(query: &mut QueryBuilder<DB>, scope: &Scope, part: Part)
where
    for<'v> i64: Encode<'v, DB> + Type<DB>,
{
    query.push("workspace_id = ").push_bind(scope.workspace_id.0);
    match part {
        Part::All => {}
        Part::Assigned => {
            query.push(" and assignee_id = ").push_bind(scope.agent_id.0);
        }
        Part::Team(team) => {
            query.push(" and team_id = ").push_bind(team.0);
        }
        Part::Unclaimed => {
            query.push(" and team_id is null and status in ('queued', 'bot')");
        }
        Part::Helped => {
            query.push(" and team_id is null and help_seq is not null");
        }
    }
}

/// The parts, each in two halves, every one of which has an index: what is not resolved and what is.
pub(crate) fn halves(scope: &Scope) -> Vec<(Part, &'static str)> {
    let both = parts(scope)
        .into_iter()
        .flat_map(|part| [(part, "status <> 'resolved'"), (part, "status = 'resolved'")]);
    both.filter(|(part, half)| {
        !(matches!(part, Part::Unclaimed | Part::Helped) && *half == "status = 'resolved'")
    })
    .collect()
}

/// Appends a query for the ids of all conversations in the scope, at most so many of each half.
pub(crate) fn push_seen<DB: Database>(query: &mut QueryBuilder<DB>, scope: &Scope, most: i64)
where
    for<'v> i64: Encode<'v, DB> + Type<DB>,
{
    push_union(query, &halves(scope), |query, (part, half)| {
        query.push(format!("select id from conversations where {half} and "));
        push_part(query, scope, part);
        query.push(" limit ").push_bind(most);
    });
}

/// Appends a query for each part, which `each` writes, as one without repetitions.
pub(crate) fn push_union<DB: Database, P: Copy>(
    query: &mut QueryBuilder<DB>,
    parts: &[P],
    mut each: impl FnMut(&mut QueryBuilder<DB>, P),
) {
    for (number, part) in parts.iter().enumerate() {
        query.push(if number == 0 { "select * from (" } else { " union select * from (" });
        each(query, *part);
        query.push(format!(") as part{number}"));
    }
}

fn push_ids<DB: Database>(query: &mut QueryBuilder<DB>, teams: &[TeamId])
where
    for<'v> i64: Encode<'v, DB> + Type<DB>,
{
    let mut list = query.push("(").separated(", ");
    for team in teams {
        list.push_bind(team.0);
    }
    query.push(")");
}
