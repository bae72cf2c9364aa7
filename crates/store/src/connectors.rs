//! Connectors and the record of who looked something up.

use crate::{
    Error, Result, Store,
    contacts::to_json,
    pool::{on, on_write},
    row::{Row, json, parsed, read},
};
use model::{
    AgentId, Connector, ConnectorId, ConversationId, Lookup, LookupBy, LookupOutcome, Millis, WorkspaceId,
};

/// How long the record goes back.
const KEPT: Millis = 90 * 24 * 60 * 60 * 1_000;

const COLUMNS: &str =
    "c.id, c.workspace_id, c.name, c.content, c.secret, c.version, c.created_at, c.updated_at,
    l.at as last_at, l.outcome as last_outcome";
const WITH_LAST: &str = "connectors c left join connector_lookups l
    on l.id = (select max(id) from connector_lookups where connector_id = c.id)";

read!(Connector, |row| Connector {
    id: ConnectorId(row.try_get("id")?),
    workspace_id: WorkspaceId(row.try_get("workspace_id")?),
    name: row.try_get("name")?,
    content: json("content", row.try_get("content")?)?,
    sealed_secret: row.try_get("secret")?,
    version: row.try_get("version")?,
    created_at: row.try_get("created_at")?,
    updated_at: row.try_get("updated_at")?,
    last: {
        let outcome: Option<&str> = row.try_get("last_outcome")?;
        let outcome = outcome.and_then(LookupOutcome::from_code);
        row.try_get::<Option<Millis>, _>("last_at")?.zip(outcome)
    },
});

read!(Lookup, |row| {
    let agent = row.try_get::<Option<i64>, _>("agent_id")?.map(AgentId);
    let by = match (row.try_get("asked_by")?, agent) {
        ("bot", _) => Some(LookupBy::Bot),
        ("agent", Some(agent)) => Some(LookupBy::Agent(agent)),
        ("trial", Some(agent)) => Some(LookupBy::Trial(agent)),
        _ => None,
    };
    Lookup {
        at: row.try_get("at")?,
        by: parsed("asked_by", by)?,
        conversation_id: row.try_get::<Option<i64>, _>("conversation_id")?.map(ConversationId),
        outcome: parsed("outcome", LookupOutcome::from_code(row.try_get("outcome")?))?,
        status: row.try_get::<Option<i64>, _>("status")?.and_then(|status| u16::try_from(status).ok()),
        ms: row.try_get("ms")?,
    }
});

impl Store {
    /// In the order in which they were added.
    pub async fn list_connectors(&self, workspace: WorkspaceId) -> Result<Vec<Connector>> {
        let sql = format!("select {COLUMNS} from {WITH_LAST} where c.workspace_id = $1 order by c.id");
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<Connector>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .fetch_all(db)
            .await)?;
        Ok(rows.into_iter().map(|Row(connector)| connector).collect())
    }

    pub async fn find_connector(&self, workspace: WorkspaceId, id: ConnectorId) -> Result<Option<Connector>> {
        let sql = format!("select {COLUMNS} from {WITH_LAST} where c.workspace_id = $1 and c.id = $2");
        let row = on!(&self.pool, |db| sqlx::query_as::<_, Row<Connector>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        Ok(row.map(|Row(connector)| connector))
    }

    /// Its id must be new ([`Store::next_id`]): the secret is sealed for it.
    /// [`Error::Taken`] when another one is called so.
    pub async fn insert_connector(&self, connector: &Connector) -> Result<()> {
        let content = to_json("content", &connector.content)?;
        on_write!(&self.pool, |db| {
            sqlx::query(
            "insert into connectors (id, workspace_id, name, content, secret, version, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)"
        )
        .bind(connector.id.0)
        .bind(connector.workspace_id.0)
        .bind(&connector.name)
        .bind(content)
        .bind(&connector.sealed_secret)
        .bind(connector.version)
        .bind(connector.created_at)
        .bind(connector.updated_at)
        .execute(db)
        .await
        .map(|_| ())
        })?;
        Ok(())
    }

    /// [`Error::Taken`] when another one is called so, [`Error::NotFound`] when there is none.
    pub async fn update_connector(&self, connector: &Connector) -> Result<()> {
        let content = to_json("content", &connector.content)?;
        let done = on_write!(&self.pool, |db| {
            sqlx::query(
            "update connectors set name = $3, content = $4, secret = $5, updated_at = $6, version = version + 1
             where workspace_id = $1 and id = $2"
        )
        .bind(connector.workspace_id.0)
        .bind(connector.id.0)
        .bind(&connector.name)
        .bind(content)
        .bind(&connector.sealed_secret)
        .bind(connector.updated_at)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
        })?;
        if done > 0 { Ok(()) } else { Err(Error::NotFound) }
    }

    /// With its record. False when there is no such connector.
    pub async fn delete_connector(&self, workspace: WorkspaceId, id: ConnectorId) -> Result<bool> {
        let done = on_write!(&self.pool, |db| sqlx::query(
            "delete from connectors where workspace_id = $1 and id = $2"
        )
        .bind(workspace.0)
        .bind(id.0)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
        Ok(done > 0)
    }

    /// Adds a line to the record, and forgets those that are too old. Nothing happens when the connector was
    /// removed meanwhile.
    pub async fn record_lookup(
        &self,
        workspace: WorkspaceId,
        id: ConnectorId,
        lookup: &Lookup,
    ) -> Result<()> {
        let (by, agent) = match lookup.by {
            LookupBy::Agent(agent) => ("agent", Some(agent.0)),
            LookupBy::Bot => ("bot", None),
            LookupBy::Trial(agent) => ("trial", Some(agent.0)),
        };
        on_write!(&self.pool, |db| {
            sqlx::query(
            "insert into connector_lookups
                 (id, workspace_id, connector_id, asked_by, agent_id, conversation_id, outcome, status, ms, at)
             select $1, workspace_id, id, $4, $5, $6, $7, $8, $9, $10 from connectors
             where workspace_id = $2 and id = $3"
        )
        .bind(self.ids.next(lookup.at))
        .bind(workspace.0)
        .bind(id.0)
        .bind(by)
        .bind(agent)
        .bind(lookup.conversation_id.map(|id| id.0))
        .bind(lookup.outcome.code())
        .bind(lookup.status.map(i64::from))
        .bind(lookup.ms)
        .bind(lookup.at)
        .execute(db)
        .await
        .map(|_| ())
        })?;
        on_write!(&self.pool, |db| sqlx::query(
            "delete from connector_lookups where workspace_id = $1 and connector_id = $2 and at < $3"
        )
        .bind(workspace.0)
        .bind(id.0)
        .bind(lookup.at - KEPT)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(())
    }

    /// The newest ones first.
    pub async fn list_lookups(
        &self,
        workspace: WorkspaceId,
        id: ConnectorId,
        limit: i64,
    ) -> Result<Vec<Lookup>> {
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<Lookup>>(
            "select at, asked_by, agent_id, conversation_id, outcome, status, ms from connector_lookups
             where workspace_id = $1 and connector_id = $2 order by id desc limit $3"
        )
        .bind(workspace.0)
        .bind(id.0)
        .bind(limit)
        .fetch_all(db)
        .await)?;
        Ok(rows.into_iter().map(|Row(lookup)| lookup).collect())
    }
}
