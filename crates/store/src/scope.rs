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
    if !scope.teams.is_empty() {
        query.push(" or ").push(prefix).push("team_id in ");
        push_ids(query, &scope.teams);
    }
    query.push(")");
}

/// Appends the condition under which a row belongs to one of the asking agent's teams, or
/// to the one that is named.
pub(crate) fn push_teams<DB: Database>(query: &mut QueryBuilder<DB>, scope: &Scope, team: Option<TeamId>)
where
    for<'v> i64: Encode<'v, DB> + Type<DB>,
{
    match team {
        Some(team) => {
            query.push("team_id = ").push_bind(team.0);
        }
        None if scope.teams.is_empty() => {
            query.push("1 = 0");
        }
        None => {
            query.push("team_id in ");
            push_ids(query, &scope.teams);
        }
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
