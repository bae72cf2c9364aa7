//! Workspaces (企业): the tenants.

use crate::{
    Error, Result, Store, Tx, accounts,
    pool::{on, on_tx, on_write},
    row::{Row, json, read},
};
use model::{Agent, Locale, Millis, Role, Workspace, WorkspaceId, WorkspaceSettings};

read!(Workspace, |row| Workspace {
    id: WorkspaceId(row.try_get("id")?),
    name: row.try_get("name")?,
    created_at: row.try_get("created_at")?,
});

read!(WorkspaceSettings, |row| json("settings", row.try_get("settings")?)?);

/// Who sets the first workspace up.
#[derive(Clone)]
pub struct Founder {
    /// In lower case.
    pub email: String,
    pub name: String,
    pub password_hash: String,
    pub locale: Locale,
}

impl Store {
    /// The first workspace with its owner, both or neither. None when there is a workspace:
    /// of several who try at once, one founds.
    pub async fn found_workspace(
        &self,
        name: &str,
        founder: Founder,
        now: Millis,
    ) -> Result<Option<(Workspace, Agent)>> {
        let workspace =
            Workspace { id: WorkspaceId(self.ids.next(now)), name: name.to_owned(), created_at: now };
        let mut tx = self.pool.begin().await?;
        if let Tx::Postgres(db) = &mut tx {
            // Readers go on; whoever else founds waits and then finds this one.
            sqlx::query("lock table workspaces in exclusive mode").execute(&mut **db).await?;
        }
        let inserted = on_tx!(&mut tx, |db| sqlx::query(
            "insert into workspaces (id, name, created_at)
             select $1, $2, $3 where not exists (select 1 from workspaces)"
        )
        .bind(workspace.id.0)
        .bind(name)
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
        if inserted == 0 {
            return Ok(None);
        }
        let owner = accounts::NewAgent {
            workspace_id: workspace.id,
            email: founder.email,
            name: founder.name,
            password_hash: founder.password_hash,
            role: Role::Owner,
            locale: founder.locale,
        };
        let owner = accounts::insert(&mut tx, &self.ids, owner, now).await?;
        tx.commit().await?;
        Ok(Some((workspace, owner)))
    }

    pub async fn insert_workspace(&self, name: &str, now: Millis) -> Result<Workspace> {
        let workspace =
            Workspace { id: WorkspaceId(self.ids.next(now)), name: name.to_owned(), created_at: now };
        on_write!(&self.pool, |db| sqlx::query(
            "insert into workspaces (id, name, created_at) values ($1, $2, $3)"
        )
        .bind(workspace.id.0)
        .bind(name)
        .bind(now)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(workspace)
    }

    pub async fn find_workspace(&self, id: WorkspaceId) -> Result<Option<Workspace>> {
        let row = on!(&self.pool, |db| sqlx::query_as::<_, Row<Workspace>>(
            "select id, name, created_at from workspaces where id = $1"
        )
        .bind(id.0)
        .fetch_optional(db)
        .await)?;
        Ok(row.map(|Row(workspace)| workspace))
    }

    pub async fn workspace_settings(&self, id: WorkspaceId) -> Result<WorkspaceSettings> {
        let Row(settings) = on!(&self.pool, |db| sqlx::query_as::<_, Row<WorkspaceSettings>>(
            "select settings from workspaces where id = $1"
        )
        .bind(id.0)
        .fetch_one(db)
        .await)?;
        Ok(settings)
    }

    pub async fn update_workspace_settings(
        &self,
        id: WorkspaceId,
        settings: &WorkspaceSettings,
    ) -> Result<()> {
        let text = serde_json::to_string(settings).map_err(|_| Error::Corrupt("settings"))?;
        on_write!(&self.pool, |db| sqlx::query("update workspaces set settings = $2 where id = $1")
            .bind(id.0)
            .bind(text)
            .execute(db)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// The oldest workspace; none means that the program was not set up yet.
    pub async fn first_workspace(&self) -> Result<Option<Workspace>> {
        let row = on!(&self.pool, |db| sqlx::query_as::<_, Row<Workspace>>(
            "select id, name, created_at from workspaces order by id limit 1"
        )
        .fetch_optional(db)
        .await)?;
        Ok(row.map(|Row(workspace)| workspace))
    }
}
