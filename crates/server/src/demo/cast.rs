//! The people of the demo shop: workspace, teams, agents and channels, founded through the
//! services.

use super::people;
use model::{BotSettings, Channel, Locale, Millis, TeamId, WorkspaceId};
use service::{Error, Result, Services, Staff, accounts::Device, agents, channels, setup::Founding};
use std::{
    collections::HashMap,
    sync::atomic::{AtomicI64, Ordering},
};

/// Who works in the shop.
pub struct Cast {
    pub workspace: WorkspaceId,
    pub channel: Channel,
    pub teams: HashMap<String, TeamId>,
    pub staff: HashMap<String, Staff>,
    pub owner: String,
}

impl Cast {
    /// `time` is the services' clock; everybody logs in at `work_begins`.
    pub async fn found(services: &Services, time: &AtomicI64, work_begins: Millis) -> Result<Self> {
        let people = people().map_err(Error::internal)?;
        let (owner, others) = people.agents.split_first().ok_or_else(|| Error::internal("no agents"))?;
        let founding = Founding {
            workspace: people.workspace,
            owner_name: owner.name.clone(),
            owner_email: owner.email.clone(),
            owner_password: super::PASSWORD.to_owned(),
            locale: Locale::ZhCn,
        };
        let (workspace, founder) = services.setup.found(founding).await?;
        let mut agents = vec![(owner.key.clone(), founder)];
        let mut teams = HashMap::new();
        for team in people.teams {
            let id = services.teams.add_to(workspace.id, &team.name, &[]).await?.id;
            teams.insert(team.key, id);
        }
        for agent in others {
            let addition = agents::Addition {
                email: agent.email.clone(),
                name: agent.name.clone(),
                role: agent.role,
                password: super::PASSWORD.to_owned(),
                teams: agent.teams.iter().filter_map(|key| teams.get(key).copied()).collect(),
                is_senior: false,
            };
            agents.push((agent.key.clone(), services.agents.add_to(workspace.id, addition).await?));
        }
        let draft = |channel: super::Channel, enabled| channels::Draft {
            name: channel.name,
            team: teams.get(&channel.team).copied(),
            title: channel.title,
            greeting: channel.greeting,
            color: channel.color,
            bot: Some(BotSettings { enabled, ..BotSettings::default() }),
            ..channels::Draft::default()
        };
        let channel = services.channels.add_to(workspace.id, draft(people.channel, false)).await?;
        services.channels.add_to(workspace.id, draft(people.bot_channel, true)).await?;
        time.store(work_begins, Ordering::SeqCst);
        let mut staff = HashMap::new();
        for (key, agent) in agents {
            let device = Device { address: "127.0.0.1".into(), user_agent: "demo".into() };
            let (_, session) = services.accounts.open_session(agent, device).await?;
            staff.insert(key, session);
        }
        Ok(Self { workspace: workspace.id, channel, teams, staff, owner: owner.key.clone() })
    }

    pub fn staff(&self, key: &str) -> Result<&Staff> {
        self.staff.get(key).ok_or_else(|| Error::internal(format!("unknown agent {key}")))
    }
}
