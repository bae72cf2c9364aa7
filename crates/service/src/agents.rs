//! Administration of agents: adding, changing, disabling.

use crate::{Clock, Error, Result, Staff, accounts, names::Names, text};
use bus::Bus;
use crypto::Passwords;
use model::{
    Agent, AgentId, AgentState, Envelope, Event, Locale, Permission, Role, SessionId, TeamId, Topic,
    WorkspaceId,
};
use std::sync::Arc;
use store::{Store, accounts::AgentEdit, accounts::NewAgent};

#[derive(Clone)]
pub struct Agents {
    store: Store,
    bus: Bus,
    clock: Clock,
    passwords: Arc<Passwords>,
    names: Names,
}

/// An agent to be added.
pub struct Addition {
    pub email: String,
    pub name: String,
    pub role: Role,
    pub password: String,
    pub teams: Vec<TeamId>,
    pub is_senior: bool,
}

/// What to change; `None` stays.
#[derive(Default)]
pub struct Edit {
    pub name: Option<String>,
    pub role: Option<Role>,
    pub active: Option<bool>,
    pub password: Option<String>,
    pub teams: Option<Vec<TeamId>>,
    pub reset_totp: bool,
    pub is_senior: Option<bool>,
}

impl Agents {
    pub fn new(store: Store, bus: Bus, clock: Clock, passwords: Arc<Passwords>, names: Names) -> Self {
        Self { store, bus, clock, passwords, names }
    }

    pub async fn list(&self, workspace: WorkspaceId) -> Result<Vec<Agent>> {
        Ok(self.store.list_agents(workspace).await?)
    }

    /// Which agent is in which team.
    pub async fn memberships(&self, workspace: WorkspaceId) -> Result<Vec<(TeamId, AgentId)>> {
        Ok(self.store.list_memberships(workspace).await?)
    }

    pub async fn add(&self, staff: &Staff, addition: Addition) -> Result<Agent> {
        staff.require(Permission::ManageAgents)?;
        if !staff.agent.role.may_manage(addition.role) {
            return Err(Error::Forbidden);
        }
        self.add_to(staff.workspace(), addition).await
    }

    /// Adds an agent in the name of the operator (set-up and command line).
    pub async fn add_to(&self, workspace: WorkspaceId, addition: Addition) -> Result<Agent> {
        self.check_teams(workspace, &addition.teams).await?;
        let new = NewAgent {
            workspace_id: workspace,
            email: text::email(&addition.email)?,
            name: text::line("name", &addition.name, 60)?,
            password_hash: accounts::hash_checked(&self.passwords, &addition.password).await?,
            role: addition.role,
            locale: Locale::default(),
        };
        let added = self.store.insert_agent(new, self.clock.now()).await;
        let agent = added.map_err(|error| {
            if error.is_taken("agents", "email") { Error::EmailTaken } else { error.into() }
        })?;
        let mut agent = agent;
        if addition.is_senior {
            let senior = AgentEdit { is_senior: Some(true), ..AgentEdit::default() };
            agent = self.store.update_agent(workspace, agent.id, senior).await?;
        }
        if !addition.teams.is_empty() {
            self.store.set_teams_of(workspace, agent.id, &addition.teams).await?;
        }
        self.changed(workspace, agent.id).await?;
        Ok(agent)
    }

    pub async fn edit(&self, staff: &Staff, id: AgentId, edit: Edit) -> Result<Agent> {
        staff.require(Permission::ManageAgents)?;
        let agent = self.store.find_agent(staff.workspace(), id).await?.ok_or(Error::NotFound)?;
        let role = edit.role.unwrap_or(agent.role);
        if !staff.agent.role.may_manage(agent.role) || !staff.agent.role.may_manage(role) {
            return Err(Error::Forbidden);
        }
        let kept = (id == staff.id()).then(|| staff.session_id());
        self.edit_in(staff.workspace(), id, edit, kept).await
    }

    /// Changes an agent in the name of the operator; `kept` is a session that does not end.
    pub async fn edit_in(
        &self,
        workspace: WorkspaceId,
        id: AgentId,
        edit: Edit,
        kept: Option<SessionId>,
    ) -> Result<Agent> {
        self.check_teams(workspace, edit.teams.as_deref().unwrap_or_default()).await?;
        let password_hash = match &edit.password {
            Some(password) => Some(accounts::hash_checked(&self.passwords, password).await?),
            None => None,
        };
        let ends_sessions = password_hash.is_some() || edit.active == Some(false) || edit.reset_totp;
        let row = AgentEdit {
            name: edit.name.map(|name| text::line("name", &name, 60)).transpose()?,
            role: edit.role,
            state: edit.active.map(|active| if active { AgentState::Active } else { AgentState::Disabled }),
            password_hash,
            is_senior: edit.is_senior,
            ..AgentEdit::default()
        };
        self.store.update_agent(workspace, id, row).await.map_err(|error| match error {
            store::Error::LastOwner => Error::LastOwner,
            error => error.into(),
        })?;
        if let Some(teams) = edit.teams {
            self.store.set_teams_of(workspace, id, &teams).await?;
        }
        if edit.reset_totp {
            self.store.clear_totp(workspace, id).await?;
        }
        if ends_sessions {
            let ended = self.store.delete_sessions_of(workspace, id, kept).await?;
            accounts::publish_ended(&self.bus, workspace, &ended);
        }
        self.changed(workspace, id).await?;
        self.store.find_agent(workspace, id).await?.ok_or(Error::NotFound)
    }

    /// Before anything is written, so that a wrong team leaves nothing behind.
    async fn check_teams(&self, workspace: WorkspaceId, teams: &[TeamId]) -> Result<()> {
        if teams.is_empty() {
            return Ok(());
        }
        let known = self.store.list_teams(workspace).await?;
        let all_known = teams.iter().all(|id| known.iter().any(|team| team.id == *id));
        if all_known { Ok(()) } else { Err(Error::Field("team_ids")) }
    }

    async fn changed(&self, workspace: WorkspaceId, agent_id: AgentId) -> Result<()> {
        self.names.refresh(workspace).await?;
        self.bus.publish(Envelope {
            topic: Topic::Workspace(workspace),
            event: Event::AccessChanged { agent_id },
        });
        Ok(())
    }
}
