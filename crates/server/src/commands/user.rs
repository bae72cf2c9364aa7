//! `octim user …`: the agents, for an operator who cannot or need not log in.

use super::{explain, offline::Offline, password, say};
use crate::{
    cli::{Failure, User},
    config::Config,
};
use anyhow::Context as _;
use model::{Agent, AgentState, Role, Workspace};
use service::{
    Services,
    agents::{Addition, Edit},
};

pub async fn run(config: &Config, user: User) -> anyhow::Result<()> {
    let offline = Offline::open(config).await?;
    let done = act(&offline.services, config, user).await;
    offline.close().await;
    done
}

async fn act(services: &Services, config: &Config, user: User) -> anyhow::Result<()> {
    let workspace = &services
        .store
        .first_workspace()
        .await?
        .ok_or_else(|| Failure::NotSetUp(config.public_url.join("/setup")))?;
    match user {
        User::List => {
            for agent in services.agents.list(workspace.id).await? {
                let state = match agent.state {
                    AgentState::Active => "active",
                    AgentState::Disabled => "disabled",
                };
                let (role, code) = (role(agent.role), if agent.has_totp { "2-step" } else { "-" });
                say(format_args!("{}\t{role}\t{state}\t{code}\t{}", agent.email, agent.name));
            }
        }
        User::Add(add) => {
            let addition = Addition {
                password: password::read(&add.password_file)?,
                email: add.email,
                name: add.name,
                role: add.role.into(),
                teams: Vec::new(),
                is_senior: false,
            };
            let agent = services.agents.add_to(workspace.id, addition).await.map_err(explain)?;
            say(format_args!("{} was added.", agent.email));
        }
        User::Password(set) => {
            let agent = find(services, workspace, &set.email).await?;
            let password = Some(password::read(&set.password_file)?);
            let edit = Edit { password, ..Edit::default() };
            services.agents.edit_in(workspace.id, agent.id, edit, None).await.map_err(explain)?;
            say(format_args!("The password of {} was set; all sessions ended.", agent.email));
        }
        User::Disable { email } => {
            let agent = find(services, workspace, &email).await?;
            let edit = Edit { active: Some(false), ..Edit::default() };
            services.agents.edit_in(workspace.id, agent.id, edit, None).await.map_err(explain)?;
            say(format_args!("{} was disabled; all sessions ended.", agent.email));
        }
    }
    Ok(())
}

async fn find(services: &Services, workspace: &Workspace, email: &str) -> anyhow::Result<Agent> {
    let agents = services.agents.list(workspace.id).await?;
    agents
        .into_iter()
        .find(|agent| agent.email.eq_ignore_ascii_case(email.trim()))
        .with_context(|| format!("there is no agent {email}; `octim user list` shows them all"))
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Admin => "admin",
        Role::Supervisor => "supervisor",
        Role::Agent => "agent",
    }
}
