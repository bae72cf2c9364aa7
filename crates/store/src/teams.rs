//! Teams (技能组) and who is in them. Members and teams are always of one workspace.

use crate::{
    Error, Result, Store, Tx, conversations,
    pool::{on, on_tx},
    row::{Row, read},
    writer::push_list,
};
use model::{AgentId, Millis, Team, TeamId, WorkspaceId};
use sqlx::QueryBuilder;
use std::collections::{BTreeSet, HashMap};

read!(Team, |row| Team {
    id: TeamId(row.try_get("id")?),
    workspace_id: WorkspaceId(row.try_get("workspace_id")?),
    name: row.try_get("name")?,
    members: Vec::new(),
});

impl Store {
    /// [`Error::Taken`] when another team has the name, [`Error::NotFound`] when a member is
    /// not of this workspace.
    pub async fn insert_team(
        &self,
        workspace: WorkspaceId,
        name: &str,
        members: &[AgentId],
        now: Millis,
    ) -> Result<Team> {
        let id = TeamId(self.ids.next(now));
        let mut tx = self.pool.begin().await?;
        on_tx!(&mut tx, |db| sqlx::query(
            "insert into teams (workspace_id, id, name, created_at) values ($1, $2, $3, $4)"
        )
        .bind(workspace.0)
        .bind(id.0)
        .bind(name)
        .bind(now)
        .execute(db)
        .await
        .map(|_| ()))?;
        let members = insert_members(&mut tx, workspace, id, members).await?;
        tx.commit().await?;
        Ok(Team { id, workspace_id: workspace, name: name.to_owned(), members })
    }

    pub async fn find_team(&self, workspace: WorkspaceId, id: TeamId) -> Result<Option<Team>> {
        Ok(self.list_teams(workspace).await?.into_iter().find(|team| team.id == id))
    }

    /// By name, members by id.
    pub async fn list_teams(&self, workspace: WorkspaceId) -> Result<Vec<Team>> {
        let mut members: HashMap<TeamId, Vec<AgentId>> = HashMap::new();
        for (team, agent) in self.list_memberships(workspace).await? {
            members.entry(team).or_default().push(agent);
        }
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<Team>>(
            "select id, workspace_id, name from teams where workspace_id = $1 order by id"
        )
        .bind(workspace.0)
        .fetch_all(db)
        .await)?;
        let with_members =
            |Row(team): Row<Team>| Team { members: members.remove(&team.id).unwrap_or_default(), ..team };
        Ok(rows.into_iter().map(with_members).collect())
    }

    /// Replaces name and members. Errors as [`Store::insert_team`]; also
    /// [`Error::NotFound`] when there is no such team.
    pub async fn update_team(
        &self,
        workspace: WorkspaceId,
        id: TeamId,
        name: &str,
        members: &[AgentId],
    ) -> Result<Team> {
        let mut tx = self.pool.begin().await?;
        let updated = on_tx!(&mut tx, |db| sqlx::query(
            "update teams set name = $3 where workspace_id = $1 and id = $2"
        )
        .bind(workspace.0)
        .bind(id.0)
        .bind(name)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
        if updated == 0 {
            return Err(Error::NotFound);
        }
        delete_members(&mut tx, workspace, id).await?;
        let members = insert_members(&mut tx, workspace, id, members).await?;
        tx.commit().await?;
        Ok(Team { id, workspace_id: workspace, name: name.to_owned(), members })
    }

    /// Its conversations and channels then belong to everybody's queue. False when there
    /// is no such team.
    pub async fn delete_team(&self, workspace: WorkspaceId, id: TeamId) -> Result<bool> {
        let mut tx = self.pool.begin().await?;
        delete_members(&mut tx, workspace, id).await?;
        let held = conversations::lock_where(&mut tx, workspace, "team_id", id.0).await?;
        if !held.is_empty() {
            on_tx!(&mut tx, |db| sqlx::query(
                "update conversations set team_id = null, version = version + 1
                 where workspace_id = $1 and team_id = $2"
            )
            .bind(workspace.0)
            .bind(id.0)
            .execute(db)
            .await
            .map(|_| ()))?;
        }
        for sql in [
            "update channels set team_id = null where workspace_id = $1 and team_id = $2",
            "delete from teams where workspace_id = $1 and id = $2",
        ] {
            let done = on_tx!(&mut tx, |db| sqlx::query(sql)
                .bind(workspace.0)
                .bind(id.0)
                .execute(db)
                .await
                .map(|done| done.rows_affected()))?;
            if sql.starts_with("delete") && done == 0 {
                return Ok(false);
            }
        }
        tx.commit().await?;
        Ok(true)
    }

    pub async fn teams_of(&self, workspace: WorkspaceId, agent: AgentId) -> Result<Vec<TeamId>> {
        let ids: Vec<i64> = on!(&self.pool, |db| sqlx::query_scalar(
            "select team_id from team_members where workspace_id = $1 and agent_id = $2
             order by team_id"
        )
        .bind(workspace.0)
        .bind(agent.0)
        .fetch_all(db)
        .await)?;
        Ok(ids.into_iter().map(TeamId).collect())
    }

    /// Puts an agent into exactly these teams. [`Error::NotFound`] when the agent or a team
    /// is not of this workspace.
    pub async fn set_teams_of(&self, workspace: WorkspaceId, agent: AgentId, teams: &[TeamId]) -> Result<()> {
        let mut tx = self.pool.begin().await?;
        on_tx!(&mut tx, |db| sqlx::query(
            "delete from team_members where workspace_id = $1 and agent_id = $2"
        )
        .bind(workspace.0)
        .bind(agent.0)
        .execute(db)
        .await
        .map(|_| ()))?;
        for team in teams.iter().copied().collect::<BTreeSet<_>>() {
            insert_members(&mut tx, workspace, team, &[agent]).await?;
        }
        tx.commit().await
    }

    /// Every membership, by team and agent.
    pub async fn list_memberships(&self, workspace: WorkspaceId) -> Result<Vec<(TeamId, AgentId)>> {
        let rows: Vec<(i64, i64)> = on!(&self.pool, |db| sqlx::query_as(
            "select team_id, agent_id from team_members where workspace_id = $1
             order by team_id, agent_id"
        )
        .bind(workspace.0)
        .fetch_all(db)
        .await)?;
        Ok(rows.into_iter().map(|(team, agent)| (TeamId(team), AgentId(agent))).collect())
    }
}

/// Whether the team is of this workspace; it cannot go away before the transaction ends.
pub(crate) async fn exists(tx: &mut Tx, workspace: WorkspaceId, id: TeamId) -> Result<bool> {
    let sql = match tx.word("", "for share") {
        "" => "select id from teams where workspace_id = $1 and id = $2",
        _ => "select id from teams where workspace_id = $1 and id = $2 for share",
    };
    let row: Option<i64> =
        on_tx!(tx, |db| sqlx::query_scalar(sql).bind(workspace.0).bind(id.0).fetch_optional(db).await)?;
    Ok(row.is_some())
}

async fn delete_members(tx: &mut Tx, workspace: WorkspaceId, team: TeamId) -> Result<()> {
    on_tx!(tx, |db| sqlx::query("delete from team_members where workspace_id = $1 and team_id = $2")
        .bind(workspace.0)
        .bind(team.0)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Adds agents of the same workspace, each once; returns them in order.
async fn insert_members(
    tx: &mut Tx,
    workspace: WorkspaceId,
    team: TeamId,
    members: &[AgentId],
) -> Result<Vec<AgentId>> {
    let members: BTreeSet<AgentId> = members.iter().copied().collect();
    if members.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = members.iter().map(|id| id.0).collect();
    let inserted = on_tx!(tx, |db| {
        let mut query = QueryBuilder::new(
            "insert into team_members (workspace_id, team_id, agent_id)
             select a.workspace_id, t.id, a.id from agents a
             join teams t on t.workspace_id = a.workspace_id where a.workspace_id = ",
        );
        query.push_bind(workspace.0).push(" and t.id = ").push_bind(team.0).push(" and a.id in (");
        push_list(&mut query, &ids);
        query.push(")").build().execute(db).await.map(|done| done.rows_affected())
    })?;
    if inserted == ids.len() as u64 { Ok(members.into_iter().collect()) } else { Err(Error::NotFound) }
}
