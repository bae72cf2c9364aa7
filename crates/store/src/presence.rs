//! What agents say about being available, now and in the log that reports are made from.

use crate::{
    Result, Store,
    pool::{on, on_tx},
    row::{Row, parsed, read},
};
use model::{AgentId, Millis, Presence, WorkspaceId};

/// A change of an agent's presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PresenceEvent {
    pub agent_id: AgentId,
    pub presence: Presence,
    pub at: Millis,
}

read!(PresenceEvent, |row| PresenceEvent {
    agent_id: AgentId(row.try_get("agent_id")?),
    presence: parsed("presence", Presence::from_code(row.try_get("presence")?))?,
    at: row.try_get("at")?,
});

impl Store {
    /// False when the agent said so already (or does not exist); a change is logged.
    pub async fn update_presence(
        &self,
        workspace: WorkspaceId,
        agent: AgentId,
        presence: Presence,
        now: Millis,
    ) -> Result<bool> {
        let mut tx = self.pool.begin().await?;
        let updated = on_tx!(&mut tx, |db| sqlx::query(
            "update agents set presence = $3
             where workspace_id = $1 and id = $2 and presence <> $3"
        )
        .bind(workspace.0)
        .bind(agent.0)
        .bind(presence.code())
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
        if updated == 0 {
            return Ok(false);
        }
        on_tx!(&mut tx, |db| sqlx::query(
            "insert into presence_events (workspace_id, id, agent_id, presence, at)
             values ($1, $2, $3, $4, $5)"
        )
        .bind(workspace.0)
        .bind(self.ids.next(now))
        .bind(agent.0)
        .bind(presence.code())
        .bind(now)
        .execute(db)
        .await
        .map(|_| ()))?;
        tx.commit().await?;
        Ok(true)
    }

    /// Changes from `from` (inclusive) to `until` (exclusive), in order.
    pub async fn list_presence_events(
        &self,
        workspace: WorkspaceId,
        from: Millis,
        until: Millis,
    ) -> Result<Vec<PresenceEvent>> {
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<PresenceEvent>>(
            "select agent_id, presence, at from presence_events
             where workspace_id = $1 and at >= $2 and at < $3 order by at, id"
        )
        .bind(workspace.0)
        .bind(from)
        .bind(until)
        .fetch_all(db)
        .await)?;
        Ok(rows.into_iter().map(|Row(event)| event).collect())
    }
}
