//! The second factor's place in the database: a pending secret, a confirmed one, and the
//! last time step that was used, so that a code works once.

use crate::{Result, Store, pool::on_write};
use model::{AgentId, WorkspaceId};

impl Store {
    /// `sealed` waits for a code made with it. False when the agent does not exist or has a
    /// confirmed secret.
    pub async fn set_totp_pending(
        &self,
        workspace: WorkspaceId,
        agent: AgentId,
        sealed: &str,
    ) -> Result<bool> {
        let updated = on_write!(&self.pool, |db| sqlx::query(
            "update agents set totp_pending = $3
             where workspace_id = $1 and id = $2 and totp_secret is null"
        )
        .bind(workspace.0)
        .bind(agent.0)
        .bind(sealed)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
        Ok(updated > 0)
    }

    /// The pending secret `sealed` proved itself with a code of `step`. False when another
    /// one is pending meanwhile.
    pub async fn confirm_totp(
        &self,
        workspace: WorkspaceId,
        agent: AgentId,
        sealed: &str,
        step: i64,
    ) -> Result<bool> {
        let updated = on_write!(&self.pool, |db| sqlx::query(
            "update agents set totp_secret = totp_pending, totp_pending = null, totp_step = $4
             where workspace_id = $1 and id = $2 and totp_pending = $3 and totp_secret is null"
        )
        .bind(workspace.0)
        .bind(agent.0)
        .bind(sealed)
        .bind(step)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
        Ok(updated > 0)
    }

    /// Turns the second factor off. The last step stays, so that no code of before works again.
    pub async fn clear_totp(&self, workspace: WorkspaceId, agent: AgentId) -> Result<()> {
        on_write!(&self.pool, |db| sqlx::query(
            "update agents set totp_secret = null, totp_pending = null
             where workspace_id = $1 and id = $2"
        )
        .bind(workspace.0)
        .bind(agent.0)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(())
    }

    /// Uses a time step up. False when it, or a later one, was used before.
    pub async fn advance_totp_step(&self, workspace: WorkspaceId, agent: AgentId, step: i64) -> Result<bool> {
        let updated = on_write!(&self.pool, |db| sqlx::query(
            "update agents set totp_step = $3
             where workspace_id = $1 and id = $2 and totp_step < $3"
        )
        .bind(workspace.0)
        .bind(agent.0)
        .bind(step)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
        Ok(updated > 0)
    }
}
