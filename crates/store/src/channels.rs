//! Channels (渠道) and the secrets with which their sites sign visitor identities.

use crate::{
    Error, Result, Store, Tx,
    pool::{on, on_tx, on_write},
    row::{Row, json, read},
    teams,
};
use model::{Channel, ChannelId, ChannelKey, ChannelSecretId, ChannelSettings, Millis, TeamId, WorkspaceId};

const COLUMNS: &str = "id, workspace_id, name, key, settings, team_id, created_at, seen_at, seen_origin";

read!(Channel, |row| Channel {
    id: ChannelId(row.try_get("id")?),
    workspace_id: WorkspaceId(row.try_get("workspace_id")?),
    name: row.try_get("name")?,
    key: ChannelKey(row.try_get("key")?),
    settings: json("settings", row.try_get("settings")?)?,
    team_id: row.try_get::<Option<i64>, _>("team_id")?.map(TeamId),
    created_at: row.try_get("created_at")?,
    seen_at: row.try_get("seen_at")?,
    seen_origin: row.try_get("seen_origin")?,
});

/// With what a site signs visitor identities.
#[derive(Clone)]
pub struct Secret {
    pub id: ChannelSecretId,
    pub channel_id: ChannelId,
    /// `HS256` or `EdDSA`.
    pub algorithm: String,
    /// HS256: the encrypted secret; `EdDSA`: the public key in PEM.
    pub value: String,
    pub created_at: Millis,
}

read!(Secret, |row| Secret {
    id: ChannelSecretId(row.try_get("id")?),
    channel_id: ChannelId(row.try_get("channel_id")?),
    algorithm: row.try_get("algorithm")?,
    value: row.try_get("value")?,
    created_at: row.try_get("created_at")?,
});

/// How many secrets of a channel can be active: the old and the new one of a rotation.
const MAX_SECRETS: i64 = 2;

fn to_json(settings: &ChannelSettings) -> Result<String> {
    serde_json::to_string(settings).map_err(|_| Error::Corrupt("settings"))
}

impl Store {
    /// [`Error::NotFound`] when the team is not of this workspace.
    pub async fn insert_channel(
        &self,
        workspace: WorkspaceId,
        name: &str,
        key: &ChannelKey,
        settings: &ChannelSettings,
        team: Option<TeamId>,
        now: Millis,
    ) -> Result<Channel> {
        let channel = Channel {
            id: ChannelId(self.ids.next(now)),
            workspace_id: workspace,
            name: name.to_owned(),
            key: key.clone(),
            settings: settings.clone(),
            team_id: team,
            created_at: now,
            seen_at: None,
            seen_origin: None,
        };
        let settings = to_json(&channel.settings)?;
        let mut tx = self.pool.begin().await?;
        require_team(&mut tx, channel.workspace_id, channel.team_id).await?;
        on_tx!(&mut tx, |db| sqlx::query(
            "insert into channels (workspace_id, id, name, key, settings, team_id, created_at)
             values ($1, $2, $3, $4, $5, $6, $7)"
        )
        .bind(channel.workspace_id.0)
        .bind(channel.id.0)
        .bind(&channel.name)
        .bind(&channel.key.0)
        .bind(settings)
        .bind(channel.team_id.map(|id| id.0))
        .bind(now)
        .execute(db)
        .await
        .map(|_| ()))?;
        tx.commit().await?;
        Ok(channel)
    }

    pub async fn find_channel(&self, workspace: WorkspaceId, id: ChannelId) -> Result<Option<Channel>> {
        let sql = format!("select {COLUMNS} from channels where workspace_id = $1 and id = $2");
        let row = on!(&self.pool, |db| sqlx::query_as::<_, Row<Channel>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        Ok(row.map(|Row(channel)| channel))
    }

    /// The channel that a script tag names, in whatever workspace.
    pub async fn find_channel_by_key(&self, key: &str) -> Result<Option<Channel>> {
        let sql = format!("select {COLUMNS} from channels where key = $1");
        let row = on!(&self.pool, |db| sqlx::query_as::<_, Row<Channel>>(sqlx::AssertSqlSafe(sql))
            .bind(key)
            .fetch_optional(db)
            .await)?;
        Ok(row.map(|Row(channel)| channel))
    }

    /// In the order in which they were added.
    pub async fn list_channels(&self, workspace: WorkspaceId) -> Result<Vec<Channel>> {
        let sql = format!("select {COLUMNS} from channels where workspace_id = $1 order by id");
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<Channel>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .fetch_all(db)
            .await)?;
        Ok(rows.into_iter().map(|Row(channel)| channel).collect())
    }

    /// [`Error::NotFound`] when the channel or the team is not of this workspace.
    pub async fn update_channel(
        &self,
        workspace: WorkspaceId,
        id: ChannelId,
        name: &str,
        settings: &ChannelSettings,
        team: Option<TeamId>,
    ) -> Result<Channel> {
        let settings = to_json(settings)?;
        let sql = format!(
            "update channels set name = $3, settings = $4, team_id = $5
             where workspace_id = $1 and id = $2 returning {COLUMNS}"
        );
        let mut tx = self.pool.begin().await?;
        require_team(&mut tx, workspace, team).await?;
        let row = on_tx!(&mut tx, |db| sqlx::query_as::<_, Row<Channel>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(id.0)
            .bind(name)
            .bind(settings)
            .bind(team.map(|id| id.0))
            .fetch_optional(db)
            .await)?;
        tx.commit().await?;
        row.map(|Row(channel)| channel).ok_or(Error::NotFound)
    }

    /// The script on a page of `origin` was heard of.
    pub async fn touch_channel(
        &self,
        workspace: WorkspaceId,
        id: ChannelId,
        origin: &str,
        now: Millis,
    ) -> Result<()> {
        on_write!(&self.pool, |db| sqlx::query(
            "update channels set seen_at = $3, seen_origin = $4 where workspace_id = $1 and id = $2"
        )
        .bind(workspace.0)
        .bind(id.0)
        .bind(now)
        .bind(origin)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(())
    }

    /// `secret.id` comes from [`Store::next_id`], because the value may be sealed to it.
    /// [`Error::SecretLimit`] beyond two.
    pub async fn insert_secret(&self, workspace: WorkspaceId, secret: &Secret) -> Result<()> {
        let channel = secret.channel_id;
        let mut tx = self.pool.begin().await?;
        // Whoever holds the channel's row counts alone.
        let lock = match tx.word("", "for update") {
            "" => "select id from channels where workspace_id = $1 and id = $2",
            _ => "select id from channels where workspace_id = $1 and id = $2 for update",
        };
        let held: Option<i64> = on_tx!(&mut tx, |db| sqlx::query_scalar(lock)
            .bind(workspace.0)
            .bind(channel.0)
            .fetch_optional(db)
            .await)?;
        if held.is_none() {
            return Err(Error::NotFound);
        }
        let count: i64 = on_tx!(&mut tx, |db| sqlx::query_scalar(
            "select count(*) from channel_secrets where workspace_id = $1 and channel_id = $2"
        )
        .bind(workspace.0)
        .bind(channel.0)
        .fetch_one(db)
        .await)?;
        if count >= MAX_SECRETS {
            return Err(Error::SecretLimit);
        }
        on_tx!(&mut tx, |db| sqlx::query(
            "insert into channel_secrets (workspace_id, id, channel_id, algorithm, value, created_at)
             values ($1, $2, $3, $4, $5, $6)"
        )
        .bind(workspace.0)
        .bind(secret.id.0)
        .bind(channel.0)
        .bind(&secret.algorithm)
        .bind(&secret.value)
        .bind(secret.created_at)
        .execute(db)
        .await
        .map(|_| ()))?;
        tx.commit().await
    }

    /// The active secrets of a channel, newest first.
    pub async fn list_secrets(&self, workspace: WorkspaceId, channel: ChannelId) -> Result<Vec<Secret>> {
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<Secret>>(
            "select id, channel_id, algorithm, value, created_at from channel_secrets
             where workspace_id = $1 and channel_id = $2 order by id desc"
        )
        .bind(workspace.0)
        .bind(channel.0)
        .fetch_all(db)
        .await)?;
        Ok(rows.into_iter().map(|Row(secret)| secret).collect())
    }

    /// False when the channel has no such secret.
    pub async fn delete_secret(
        &self,
        workspace: WorkspaceId,
        channel: ChannelId,
        id: ChannelSecretId,
    ) -> Result<bool> {
        let deleted = on_write!(&self.pool, |db| sqlx::query(
            "delete from channel_secrets where workspace_id = $1 and channel_id = $2 and id = $3"
        )
        .bind(workspace.0)
        .bind(channel.0)
        .bind(id.0)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
        Ok(deleted > 0)
    }
}

async fn require_team(tx: &mut Tx, workspace: WorkspaceId, team: Option<TeamId>) -> Result<()> {
    match team {
        Some(team) if !teams::exists(tx, workspace, team).await? => Err(Error::NotFound),
        _ => Ok(()),
    }
}
