//! Logged-in browsers of agents. The database knows a token by its hash only.

use crate::{
    Result, Store, accounts,
    pool::{on, on_write},
    row::{Row, read},
};
use model::{Agent, AgentId, Millis, Session, SessionId, WorkspaceId};

/// For `sessions s`; named apart from an agent's columns.
const COLUMNS: &str = "s.id as session_id, s.workspace_id as session_workspace, \
    s.agent_id as session_agent, s.created_at as session_created, s.seen_at, s.expires_at, \
    s.address, s.user_agent";

macro_rules! session {
    ($row:ident) => {
        Session {
            id: SessionId($row.try_get("session_id")?),
            workspace_id: WorkspaceId($row.try_get("session_workspace")?),
            agent_id: AgentId($row.try_get("session_agent")?),
            created_at: $row.try_get("session_created")?,
            seen_at: $row.try_get("seen_at")?,
            expires_at: $row.try_get("expires_at")?,
            address: $row.try_get("address")?,
            user_agent: $row.try_get("user_agent")?,
        }
    };
}

read!(Session, |row| session!(row));

/// A session and whose it is.
struct Owned {
    session: Session,
    agent: Agent,
}

read!(Owned, |row| Owned {
    session: session!(row),
    agent: <Row<Agent> as sqlx::FromRow<_>>::from_row(row)?.0,
});

#[derive(Clone, Debug)]
pub struct NewSession {
    pub workspace_id: WorkspaceId,
    pub agent_id: AgentId,
    /// SHA-256 of the token in hexadecimal.
    pub token_hash: String,
    pub expires_at: Millis,
    pub address: String,
    pub user_agent: String,
}

impl Store {
    pub async fn insert_session(&self, new: NewSession, now: Millis) -> Result<Session> {
        let session = Session {
            id: SessionId(self.ids.next(now)),
            workspace_id: new.workspace_id,
            agent_id: new.agent_id,
            created_at: now,
            seen_at: now,
            expires_at: new.expires_at,
            address: new.address,
            user_agent: new.user_agent,
        };
        on_write!(&self.pool, |db| sqlx::query(
            "insert into sessions (workspace_id, id, agent_id, token_hash, created_at, seen_at,
                 expires_at, address, user_agent)
             values ($1, $2, $3, $4, $5, $5, $6, $7, $8)"
        )
        .bind(session.workspace_id.0)
        .bind(session.id.0)
        .bind(session.agent_id.0)
        .bind(&new.token_hash)
        .bind(now)
        .bind(session.expires_at)
        .bind(&session.address)
        .bind(&session.user_agent)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(session)
    }

    /// The session that a token opens, if it has not ended and its agent is active.
    pub async fn find_session(&self, token_hash: &str, now: Millis) -> Result<Option<(Session, Agent)>> {
        let sql = format!(
            "select {COLUMNS}, {} from sessions s
             join agents a on a.workspace_id = s.workspace_id and a.id = s.agent_id
             where s.token_hash = $1 and s.expires_at > $2 and a.state = 'active'",
            accounts::COLUMNS
        );
        let row = on!(&self.pool, |db| sqlx::query_as::<_, Row<Owned>>(sqlx::AssertSqlSafe(sql))
            .bind(token_hash)
            .bind(now)
            .fetch_optional(db)
            .await)?;
        Ok(row.map(|Row(Owned { session, agent })| (session, agent)))
    }

    /// Notes that a session was used; never moves its time back.
    pub async fn touch_session(&self, workspace: WorkspaceId, id: SessionId, now: Millis) -> Result<()> {
        on_write!(&self.pool, |db| sqlx::query(
            "update sessions set seen_at = $3 where workspace_id = $1 and id = $2 and seen_at < $3"
        )
        .bind(workspace.0)
        .bind(id.0)
        .bind(now)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(())
    }

    /// Newest first.
    pub async fn list_sessions(
        &self,
        workspace: WorkspaceId,
        agent: AgentId,
        now: Millis,
    ) -> Result<Vec<Session>> {
        let sql = format!(
            "select {COLUMNS} from sessions s
             where s.workspace_id = $1 and s.agent_id = $2 and s.expires_at > $3
             order by s.id desc"
        );
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<Session>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(agent.0)
            .bind(now)
            .fetch_all(db)
            .await)?;
        Ok(rows.into_iter().map(|Row(session)| session).collect())
    }

    /// False when the agent has no such session.
    pub async fn delete_session(
        &self,
        workspace: WorkspaceId,
        agent: AgentId,
        id: SessionId,
    ) -> Result<bool> {
        let deleted = on_write!(&self.pool, |db| sqlx::query(
            "delete from sessions where workspace_id = $1 and agent_id = $2 and id = $3"
        )
        .bind(workspace.0)
        .bind(agent.0)
        .bind(id.0)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
        Ok(deleted > 0)
    }

    /// Ends an agent's sessions, but for one; returns those that were ended.
    pub async fn delete_sessions_of(
        &self,
        workspace: WorkspaceId,
        agent: AgentId,
        except: Option<SessionId>,
    ) -> Result<Vec<SessionId>> {
        let ids: Vec<i64> = on_write!(&self.pool, |db| sqlx::query_scalar(
            "delete from sessions where workspace_id = $1 and agent_id = $2 and id <> $3
             returning id"
        )
        .bind(workspace.0)
        .bind(agent.0)
        // No row has this id.
        .bind(except.map_or(-1, |id| id.0))
        .fetch_all(db)
        .await)?;
        Ok(ids.into_iter().map(SessionId).collect())
    }

    /// Housekeeping over all workspaces: sessions of agents and visitors that ended, and
    /// signed identities that no verifier takes any more. Returns how many there were.
    pub async fn delete_expired_sessions(&self, now: Millis) -> Result<u64> {
        let mut deleted = 0;
        for sql in [
            "delete from sessions where expires_at <= $1",
            "delete from visitor_sessions where expires_at <= $1",
            "delete from used_identities where expires_at <= $1",
        ] {
            deleted += on_write!(&self.pool, |db| sqlx::query(sql)
                .bind(now)
                .execute(db)
                .await
                .map(|done| done.rows_affected()))?;
        }
        Ok(deleted)
    }
}
