//! Language models of others: endpoints, settings, and what was used of the budgets.

use crate::{
    Error, Result, Store,
    pool::{on, on_write},
    row::{Row, json, parsed, read},
};
use model::{ContactId, LlmEndpoint, LlmEndpointId, LlmSettings, LlmTask, Millis, WorkspaceId};

read!(LlmEndpoint, |row| LlmEndpoint {
    id: LlmEndpointId(row.try_get("id")?),
    name: row.try_get("name")?,
    base_url: row.try_get("base_url")?,
    sealed_key: row.try_get("key")?,
    version: row.try_get("version")?,
});

read!(LlmSettings, |row| json("settings", row.try_get("settings")?)?);

/// What one task used on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LlmUsage {
    /// Days since the Unix epoch, in UTC.
    pub day: i64,
    pub task: LlmTask,
    pub calls: i64,
    pub failures: i64,
    pub tokens_in: i64,
    pub tokens_out: i64,
}

read!(LlmUsage, |row| LlmUsage {
    day: row.try_get("day")?,
    task: parsed("task", LlmTask::from_code(row.try_get("task")?))?,
    calls: row.try_get("calls")?,
    failures: row.try_get("failures")?,
    tokens_in: row.try_get("tokens_in")?,
    tokens_out: row.try_get("tokens_out")?,
});

/// Whose budget of the day.
const EVERYBODY: ContactId = ContactId(0);

impl Store {
    /// In the order in which they were added.
    pub async fn list_llm_endpoints(&self, workspace: WorkspaceId) -> Result<Vec<LlmEndpoint>> {
        let rows = on!(&self.pool, |db| {
            sqlx::query_as::<_, Row<LlmEndpoint>>(
            "select id, name, base_url, key, version from llm_endpoints where workspace_id = $1 order by id"
        )
        .bind(workspace.0)
        .fetch_all(db)
        .await
        })?;
        Ok(rows.into_iter().map(|Row(endpoint)| endpoint).collect())
    }

    pub async fn find_llm_endpoint(
        &self,
        workspace: WorkspaceId,
        id: LlmEndpointId,
    ) -> Result<Option<LlmEndpoint>> {
        let row = on!(&self.pool, |db| {
            sqlx::query_as::<_, Row<LlmEndpoint>>(
            "select id, name, base_url, key, version from llm_endpoints where workspace_id = $1 and id = $2"
        )
        .bind(workspace.0)
        .bind(id.0)
        .fetch_optional(db)
        .await
        })?;
        Ok(row.map(|Row(endpoint)| endpoint))
    }

    /// Its id must be new ([`Store::next_id`]): the key is sealed for it.
    /// [`Error::Taken`] when another one is called so.
    pub async fn insert_llm_endpoint(
        &self,
        workspace: WorkspaceId,
        endpoint: &LlmEndpoint,
        now: Millis,
    ) -> Result<()> {
        on_write!(&self.pool, |db| sqlx::query(
            "insert into llm_endpoints (id, workspace_id, name, base_url, key, version, created_at)
             values ($1, $2, $3, $4, $5, $6, $7)"
        )
        .bind(endpoint.id.0)
        .bind(workspace.0)
        .bind(&endpoint.name)
        .bind(&endpoint.base_url)
        .bind(&endpoint.sealed_key)
        .bind(endpoint.version)
        .bind(now)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(())
    }

    /// [`Error::Taken`] when another one is called so, [`Error::NotFound`] when there is none.
    pub async fn update_llm_endpoint(&self, workspace: WorkspaceId, endpoint: &LlmEndpoint) -> Result<()> {
        let done = on_write!(&self.pool, |db| sqlx::query(
            "update llm_endpoints set name = $3, base_url = $4, key = $5, version = version + 1
             where workspace_id = $1 and id = $2"
        )
        .bind(workspace.0)
        .bind(endpoint.id.0)
        .bind(&endpoint.name)
        .bind(&endpoint.base_url)
        .bind(&endpoint.sealed_key)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
        if done > 0 { Ok(()) } else { Err(Error::NotFound) }
    }

    /// False when there is no such endpoint.
    pub async fn delete_llm_endpoint(&self, workspace: WorkspaceId, id: LlmEndpointId) -> Result<bool> {
        let done = on_write!(&self.pool, |db| {
            sqlx::query("delete from llm_endpoints where workspace_id = $1 and id = $2")
                .bind(workspace.0)
                .bind(id.0)
                .execute(db)
                .await
                .map(|done| done.rows_affected())
        })?;
        Ok(done > 0)
    }

    /// Off until somebody saved them.
    pub async fn llm_settings(&self, workspace: WorkspaceId) -> Result<LlmSettings> {
        let row = on!(&self.pool, |db| sqlx::query_as::<_, Row<LlmSettings>>(
            "select settings from llm_settings where workspace_id = $1"
        )
        .bind(workspace.0)
        .fetch_optional(db)
        .await)?;
        Ok(row.map(|Row(settings)| settings).unwrap_or_default())
    }

    pub async fn save_llm_settings(&self, workspace: WorkspaceId, settings: &LlmSettings) -> Result<()> {
        let text = serde_json::to_string(settings).map_err(|_| Error::Corrupt("settings"))?;
        on_write!(&self.pool, |db| sqlx::query(
            "insert into llm_settings (workspace_id, settings) values ($1, $2)
             on conflict (workspace_id) do update set settings = excluded.settings"
        )
        .bind(workspace.0)
        .bind(text)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(())
    }

    /// Takes tokens of a day's budgets, of everybody's and of the visitor's; false when one of them
    /// has not so many left. However many ask at once, no budget is exceeded.
    pub async fn reserve_tokens(
        &self,
        workspace: WorkspaceId,
        day: i64,
        contact: Option<ContactId>,
        tokens: i64,
        settings: &LlmSettings,
    ) -> Result<bool> {
        if !self.reserve_one(workspace, day, EVERYBODY, tokens, settings.day_tokens).await? {
            return Ok(false);
        }
        let Some(contact) = contact else { return Ok(true) };
        if self.reserve_one(workspace, day, contact, tokens, settings.visitor_tokens).await? {
            return Ok(true);
        }
        self.add_spent(workspace, day, EVERYBODY, -tokens).await?;
        Ok(false)
    }

    async fn reserve_one(
        &self,
        workspace: WorkspaceId,
        day: i64,
        contact: ContactId,
        tokens: i64,
        budget: i64,
    ) -> Result<bool> {
        if tokens > budget {
            return Ok(false);
        }
        let done = on_write!(&self.pool, |db| sqlx::query(
            "insert into llm_spent (workspace_id, day, contact_id, tokens) values ($1, $2, $3, $4)
             on conflict (workspace_id, day, contact_id) do update set tokens = llm_spent.tokens + $4
             where llm_spent.tokens + $4 <= $5"
        )
        .bind(workspace.0)
        .bind(day)
        .bind(contact.0)
        .bind(tokens)
        .bind(budget)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
        Ok(done > 0)
    }

    async fn add_spent(
        &self,
        workspace: WorkspaceId,
        day: i64,
        contact: ContactId,
        tokens: i64,
    ) -> Result<()> {
        on_write!(&self.pool, |db| sqlx::query(
            "update llm_spent set tokens = case when tokens + $4 < 0 then 0 else tokens + $4 end
             where workspace_id = $1 and day = $2 and contact_id = $3"
        )
        .bind(workspace.0)
        .bind(day)
        .bind(contact.0)
        .bind(tokens)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(())
    }

    /// What was really used, after a reservation of `reserved`.
    pub async fn settle_tokens(
        &self,
        workspace: WorkspaceId,
        contact: Option<ContactId>,
        reserved: i64,
        used: &LlmUsage,
    ) -> Result<()> {
        let difference = used.tokens_in + used.tokens_out - reserved;
        self.add_spent(workspace, used.day, EVERYBODY, difference).await?;
        if let Some(contact) = contact {
            self.add_spent(workspace, used.day, contact, difference).await?;
        }
        on_write!(&self.pool, |db| sqlx::query(
            "insert into llm_usage (workspace_id, day, task, calls, failures, tokens_in, tokens_out)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (workspace_id, day, task) do update set
                 calls = llm_usage.calls + excluded.calls,
                 failures = llm_usage.failures + excluded.failures,
                 tokens_in = llm_usage.tokens_in + excluded.tokens_in,
                 tokens_out = llm_usage.tokens_out + excluded.tokens_out"
        )
        .bind(workspace.0)
        .bind(used.day)
        .bind(used.task.code())
        .bind(used.calls)
        .bind(used.failures)
        .bind(used.tokens_in)
        .bind(used.tokens_out)
        .execute(db)
        .await
        .map(|_| ()))?;
        on_write!(&self.pool, |db| {
            sqlx::query("delete from llm_spent where workspace_id = $1 and day < $2")
                .bind(workspace.0)
                .bind(used.day)
                .execute(db)
                .await
                .map(|_| ())
        })?;
        Ok(())
    }

    /// Of all tasks since a day, oldest first.
    pub async fn list_llm_usage(&self, workspace: WorkspaceId, since: i64) -> Result<Vec<LlmUsage>> {
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<LlmUsage>>(
            "select day, task, calls, failures, tokens_in, tokens_out from llm_usage
             where workspace_id = $1 and day >= $2 order by day, task"
        )
        .bind(workspace.0)
        .bind(since)
        .fetch_all(db)
        .await)?;
        Ok(rows.into_iter().map(|Row(usage)| usage).collect())
    }

    /// Tokens of a day's budget that are used or reserved.
    pub async fn tokens_spent(&self, workspace: WorkspaceId, day: i64) -> Result<i64> {
        let spent: Option<i64> = on!(&self.pool, |db| sqlx::query_scalar(
            "select tokens from llm_spent where workspace_id = $1 and day = $2 and contact_id = 0"
        )
        .bind(workspace.0)
        .bind(day)
        .fetch_optional(db)
        .await)?;
        Ok(spent.unwrap_or(0))
    }
}
