//! Agents: their profiles, credentials and what they say about being available.
//!
//! Invariant: a workspace that has an active owner keeps one.

use crate::{
    Error, Ids, Result, Store, Tx,
    pool::{on, on_tx},
    row::{Row, parsed, read},
};
use model::{Agent, AgentId, AgentState, Locale, Millis, Presence, Role, Theme, WorkspaceId};

/// For `agents a`.
pub(crate) const COLUMNS: &str = "a.id, a.workspace_id, a.email, a.name, a.role, a.state, \
    a.locale, a.theme, a.presence, a.totp_secret is not null as has_totp, a.is_senior, a.created_at";

read!(Agent, |row| Agent {
    id: AgentId(row.try_get("id")?),
    workspace_id: WorkspaceId(row.try_get("workspace_id")?),
    email: row.try_get("email")?,
    name: row.try_get("name")?,
    role: parsed("role", Role::from_code(row.try_get("role")?))?,
    state: parsed("state", state(row.try_get("state")?))?,
    locale: Locale::from_tag(row.try_get("locale")?),
    theme: parsed("theme", Theme::from_code(row.try_get("theme")?))?,
    presence: parsed("presence", Presence::from_code(row.try_get("presence")?))?,
    has_totp: row.try_get("has_totp")?,
    is_senior: row.try_get("is_senior")?,
    created_at: row.try_get("created_at")?,
});

const fn state_code(state: AgentState) -> &'static str {
    match state {
        AgentState::Active => "active",
        AgentState::Disabled => "disabled",
    }
}

fn state(code: &str) -> Option<AgentState> {
    [AgentState::Active, AgentState::Disabled].into_iter().find(|state| state_code(*state) == code)
}

#[derive(Clone, Debug)]
pub struct NewAgent {
    pub workspace_id: WorkspaceId,
    /// In lower case; one address has one account in the whole database.
    pub email: String,
    pub name: String,
    pub password_hash: String,
    pub role: Role,
    pub locale: Locale,
}

/// Fields that are none stay as they are.
#[derive(Clone, Debug, Default)]
pub struct AgentEdit {
    pub name: Option<String>,
    pub role: Option<Role>,
    pub state: Option<AgentState>,
    pub locale: Option<Locale>,
    pub theme: Option<Theme>,
    pub password_hash: Option<String>,
    pub is_senior: Option<bool>,
}

/// An agent with what proves that it is them.
#[derive(Clone)]
pub struct Login {
    pub agent: Agent,
    pub password_hash: String,
    /// Encrypted; codes made with it are asked for.
    pub totp_secret: Option<String>,
    /// Encrypted; becomes the secret once a code made with it was confirmed.
    pub totp_pending: Option<String>,
    /// The last time step that was used.
    pub totp_step: i64,
}

read!(Login, |row| Login {
    agent: <Row<Agent> as sqlx::FromRow<_>>::from_row(row)?.0,
    password_hash: row.try_get("password_hash")?,
    totp_secret: row.try_get("totp_secret")?,
    totp_pending: row.try_get("totp_pending")?,
    totp_step: row.try_get("totp_step")?,
});

const LOGIN: &str = "a.password_hash, a.totp_secret, a.totp_pending, a.totp_step";

impl Store {
    /// [`Error::Taken`] when the address has an account.
    pub async fn insert_agent(&self, new: NewAgent, now: Millis) -> Result<Agent> {
        let mut tx = self.pool.begin().await?;
        let agent = insert(&mut tx, &self.ids, new, now).await?;
        tx.commit().await?;
        Ok(agent)
    }

    pub async fn find_agent(&self, workspace: WorkspaceId, id: AgentId) -> Result<Option<Agent>> {
        let sql = format!("select {COLUMNS} from agents a where a.workspace_id = $1 and a.id = $2");
        let row = on!(&self.pool, |db| sqlx::query_as::<_, Row<Agent>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        Ok(row.map(|Row(agent)| agent))
    }

    /// Whoever has this address, disabled agents included. `email` is in lower case.
    pub async fn find_login(&self, email: &str) -> Result<Option<Login>> {
        let sql = format!("select {COLUMNS}, {LOGIN} from agents a where a.email = $1");
        let row = on!(&self.pool, |db| sqlx::query_as::<_, Row<Login>>(sqlx::AssertSqlSafe(sql))
            .bind(email)
            .fetch_optional(db)
            .await)?;
        Ok(row.map(|Row(login)| login))
    }

    /// The credentials of an agent who is known already.
    pub async fn find_login_of(&self, workspace: WorkspaceId, id: AgentId) -> Result<Option<Login>> {
        let sql = format!("select {COLUMNS}, {LOGIN} from agents a where a.workspace_id = $1 and a.id = $2");
        let row = on!(&self.pool, |db| sqlx::query_as::<_, Row<Login>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        Ok(row.map(|Row(login)| login))
    }

    /// Everybody, in the order in which they were added.
    pub async fn list_agents(&self, workspace: WorkspaceId) -> Result<Vec<Agent>> {
        let sql = format!("select {COLUMNS} from agents a where a.workspace_id = $1 order by a.id");
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<Agent>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .fetch_all(db)
            .await)?;
        Ok(rows.into_iter().map(|Row(agent)| agent).collect())
    }

    /// [`Error::LastOwner`] when the workspace would be left without an active owner.
    pub async fn update_agent(&self, workspace: WorkspaceId, id: AgentId, edit: AgentEdit) -> Result<Agent> {
        let mut tx = self.pool.begin().await?;
        let may_unseat = edit.role.is_some() || edit.state.is_some();
        let owners_before = if may_unseat { lock_owners(&mut tx, workspace).await? } else { Vec::new() };
        let updated = on_tx!(&mut tx, |db| sqlx::query(
            "update agents set name = coalesce($3, name), role = coalesce($4, role),
                 state = coalesce($5, state), locale = coalesce($6, locale),
                 theme = coalesce($7, theme), password_hash = coalesce($8, password_hash),
                 is_senior = coalesce($9, is_senior)
             where workspace_id = $1 and id = $2"
        )
        .bind(workspace.0)
        .bind(id.0)
        .bind(&edit.name)
        .bind(edit.role.map(Role::code))
        .bind(edit.state.map(state_code))
        .bind(edit.locale.map(Locale::code))
        .bind(edit.theme.map(Theme::code))
        .bind(&edit.password_hash)
        .bind(edit.is_senior)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
        if updated == 0 {
            return Err(Error::NotFound);
        }
        if owners_before.contains(&id) && count_owners(&mut tx, workspace).await? == 0 {
            return Err(Error::LastOwner);
        }
        let sql = format!("select {COLUMNS} from agents a where a.workspace_id = $1 and a.id = $2");
        let Row(agent) = on_tx!(&mut tx, |db| sqlx::query_as::<_, Row<Agent>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(id.0)
            .fetch_one(db)
            .await)?;
        tx.commit().await?;
        Ok(agent)
    }

    pub async fn count_active_owners(&self, workspace: WorkspaceId) -> Result<i64> {
        Ok(on!(&self.pool, |db| sqlx::query_scalar(OWNERS).bind(workspace.0).fetch_one(db).await)?)
    }
}

pub(crate) async fn insert(tx: &mut Tx, ids: &Ids, new: NewAgent, now: Millis) -> Result<Agent> {
    let agent = Agent {
        id: AgentId(ids.next(now)),
        workspace_id: new.workspace_id,
        email: new.email,
        name: new.name,
        role: new.role,
        state: AgentState::Active,
        locale: new.locale,
        theme: Theme::default(),
        presence: Presence::default(),
        has_totp: false,
        is_senior: false,
        created_at: now,
    };
    on_tx!(tx, |db| sqlx::query(
        "insert into agents (workspace_id, id, email, name, password_hash, role, state, locale,
             theme, presence, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    )
    .bind(agent.workspace_id.0)
    .bind(agent.id.0)
    .bind(&agent.email)
    .bind(&agent.name)
    .bind(&new.password_hash)
    .bind(agent.role.code())
    .bind(state_code(agent.state))
    .bind(agent.locale.code())
    .bind(agent.theme.code())
    .bind(agent.presence.code())
    .bind(now)
    .execute(db)
    .await
    .map(|_| ()))?;
    Ok(agent)
}

const OWNERS: &str = "select count(*) from agents
    where workspace_id = $1 and role = 'owner' and state = 'active'";

/// The active owners, while nobody else can change who they are. The workspace is locked
/// and not the owners, so that two who demote each other cannot both succeed.
async fn lock_owners(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<AgentId>> {
    let lock = match tx.word("", "for update") {
        "" => "select id from workspaces where id = $1",
        _ => "select id from workspaces where id = $1 for update",
    };
    on_tx!(tx, |db| sqlx::query(lock).bind(workspace.0).execute(db).await.map(|_| ()))?;
    let owners: Vec<i64> = on_tx!(tx, |db| sqlx::query_scalar(
        "select id from agents where workspace_id = $1 and role = 'owner' and state = 'active'"
    )
    .bind(workspace.0)
    .fetch_all(db)
    .await)?;
    Ok(owners.into_iter().map(AgentId).collect())
}

async fn count_owners(tx: &mut Tx, workspace: WorkspaceId) -> Result<i64> {
    Ok(on_tx!(tx, |db| sqlx::query_scalar(OWNERS).bind(workspace.0).fetch_one(db).await)?)
}
