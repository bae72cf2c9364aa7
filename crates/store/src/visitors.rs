//! Browsers of visitors, and the signed identities they came with: each works once.

use crate::{
    Result, Store,
    pool::{on, on_write},
    row::{Row, read},
};
use model::{ChannelId, ContactId, Millis, VisitorSession, VisitorSessionId, WorkspaceId};

read!(VisitorSession, |row| VisitorSession {
    id: VisitorSessionId(row.try_get("id")?),
    workspace_id: WorkspaceId(row.try_get("workspace_id")?),
    channel_id: ChannelId(row.try_get("channel_id")?),
    contact_id: ContactId(row.try_get("contact_id")?),
    created_at: row.try_get("created_at")?,
    expires_at: row.try_get("expires_at")?,
});

#[derive(Clone, Debug)]
pub struct NewVisitorSession {
    pub workspace_id: WorkspaceId,
    pub channel_id: ChannelId,
    pub contact_id: ContactId,
    /// SHA-256 of the token in hexadecimal.
    pub token_hash: String,
    pub expires_at: Millis,
}

impl Store {
    pub async fn insert_visitor_session(
        &self,
        new: NewVisitorSession,
        now: Millis,
    ) -> Result<VisitorSession> {
        let session = VisitorSession {
            id: VisitorSessionId(self.ids.next(now)),
            workspace_id: new.workspace_id,
            channel_id: new.channel_id,
            contact_id: new.contact_id,
            created_at: now,
            expires_at: new.expires_at,
        };
        on_write!(&self.pool, |db| sqlx::query(
            "insert into visitor_sessions (workspace_id, id, channel_id, contact_id, token_hash,
                 created_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7)"
        )
        .bind(session.workspace_id.0)
        .bind(session.id.0)
        .bind(session.channel_id.0)
        .bind(session.contact_id.0)
        .bind(&new.token_hash)
        .bind(now)
        .bind(session.expires_at)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(session)
    }

    /// The session that a token opens, if it has not ended.
    pub async fn find_visitor_session(
        &self,
        token_hash: &str,
        now: Millis,
    ) -> Result<Option<VisitorSession>> {
        let row = on!(&self.pool, |db| sqlx::query_as::<_, Row<VisitorSession>>(
            "select id, workspace_id, channel_id, contact_id, created_at, expires_at
             from visitor_sessions where token_hash = $1 and expires_at > $2"
        )
        .bind(token_hash)
        .bind(now)
        .fetch_optional(db)
        .await)?;
        Ok(row.map(|Row(session)| session))
    }

    /// The browser turned out to be another contact's. False when the session is gone or the
    /// contact is not of this workspace.
    pub async fn move_visitor_session(
        &self,
        workspace: WorkspaceId,
        id: VisitorSessionId,
        contact: ContactId,
    ) -> Result<bool> {
        let updated = on_write!(&self.pool, |db| sqlx::query(
            "update visitor_sessions set contact_id = $3 where workspace_id = $1 and id = $2
             and exists (select 1 from contacts where workspace_id = $1 and id = $3)"
        )
        .bind(workspace.0)
        .bind(id.0)
        .bind(contact.0)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
        Ok(updated > 0)
    }

    /// Lets a session that is in use last longer; never shortens it.
    pub async fn extend_visitor_session(
        &self,
        workspace: WorkspaceId,
        id: VisitorSessionId,
        expires_at: Millis,
    ) -> Result<()> {
        on_write!(&self.pool, |db| sqlx::query(
            "update visitor_sessions set expires_at = $3
             where workspace_id = $1 and id = $2 and expires_at < $3"
        )
        .bind(workspace.0)
        .bind(id.0)
        .bind(expires_at)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(())
    }

    pub async fn delete_visitor_session(&self, workspace: WorkspaceId, id: VisitorSessionId) -> Result<bool> {
        let deleted = on_write!(&self.pool, |db| sqlx::query(
            "delete from visitor_sessions where workspace_id = $1 and id = $2"
        )
        .bind(workspace.0)
        .bind(id.0)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
        Ok(deleted > 0)
    }

    /// True exactly once for each `jti` of a channel, and never when it has expired: used
    /// ones are forgotten then.
    pub async fn use_identity(
        &self,
        workspace: WorkspaceId,
        channel: ChannelId,
        jti: &str,
        expires_at: Millis,
        now: Millis,
    ) -> Result<bool> {
        if expires_at <= now {
            return Ok(false);
        }
        let inserted = on_write!(&self.pool, |db| sqlx::query(
            "insert into used_identities (workspace_id, channel_id, jti, expires_at)
             values ($1, $2, $3, $4) on conflict (channel_id, jti) do nothing"
        )
        .bind(workspace.0)
        .bind(channel.0)
        .bind(jti)
        .bind(expires_at)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
        Ok(inserted > 0)
    }
}
