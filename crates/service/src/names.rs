//! Names of agents and teams, kept in memory for the message path.

use crate::Result;
use model::{AgentId, TeamId, WorkspaceId};
use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
};
use store::Store;

#[derive(Clone)]
pub struct Names {
    store: Store,
    known: Arc<RwLock<Known>>,
}

#[derive(Default)]
struct Known {
    agents: HashMap<AgentId, String>,
    teams: HashMap<TeamId, String>,
}

impl Names {
    pub fn new(store: Store) -> Self {
        Self { store, known: Arc::default() }
    }

    /// Reads them again; after a change, and at the start.
    pub async fn refresh(&self, workspace: WorkspaceId) -> Result<()> {
        let agents = self.store.list_agents(workspace).await?;
        let teams = self.store.list_teams(workspace).await?;
        if let Ok(mut known) = self.known.write() {
            known.agents.extend(agents.into_iter().map(|agent| (agent.id, agent.name)));
            known.teams.extend(teams.into_iter().map(|team| (team.id, team.name)));
        }
        Ok(())
    }

    /// Empty for one that is not known.
    pub fn agent(&self, id: AgentId) -> String {
        self.known.read().ok().and_then(|known| known.agents.get(&id).cloned()).unwrap_or_default()
    }

    pub fn team(&self, id: TeamId) -> String {
        self.known.read().ok().and_then(|known| known.teams.get(&id).cloned()).unwrap_or_default()
    }
}
