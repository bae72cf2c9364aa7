//! Teams (技能组): who answers which queue.

use crate::{Clock, Error, Result, Staff, conversations, names::Names, text};
use bus::Bus;
use model::{AgentId, Envelope, Event, Permission, Scope, Team, TeamId, Topic, WorkspaceId};
use store::{
    Store,
    conversations::{Listing, Order},
};

/// The most conversations of a removed team whose new place is told at once.
const ANNOUNCED: i64 = 1_000;

#[derive(Clone)]
pub struct Teams {
    store: Store,
    bus: Bus,
    clock: Clock,
    names: Names,
}

impl Teams {
    pub fn new(store: Store, bus: Bus, clock: Clock, names: Names) -> Self {
        Self { store, bus, clock, names }
    }

    pub async fn list(&self, workspace: WorkspaceId) -> Result<Vec<Team>> {
        Ok(self.store.list_teams(workspace).await?)
    }

    pub async fn add(&self, staff: &Staff, name: &str, members: &[AgentId]) -> Result<Team> {
        staff.require(Permission::ManageTeams)?;
        self.add_to(staff.workspace(), name, members).await
    }

    /// Adds a team in the name of the operator.
    pub async fn add_to(&self, workspace: WorkspaceId, name: &str, members: &[AgentId]) -> Result<Team> {
        let name = text::line("name", name, 60)?;
        let team =
            self.store.insert_team(workspace, &name, members, self.clock.now()).await.map_err(taken)?;
        self.changed(workspace, members).await?;
        Ok(team)
    }

    pub async fn edit(&self, staff: &Staff, id: TeamId, name: &str, members: &[AgentId]) -> Result<Team> {
        staff.require(Permission::ManageTeams)?;
        let workspace = staff.workspace();
        let before = self.find(workspace, id).await?;
        let name = text::line("name", name, 60)?;
        self.store.update_team(workspace, id, &name, members).await.map_err(taken)?;
        let mut touched = before.members;
        touched.extend_from_slice(members);
        self.changed(workspace, &touched).await?;
        self.find(workspace, id).await
    }

    /// Its conversations go to everybody's queue.
    pub async fn remove(&self, staff: &Staff, id: TeamId) -> Result<()> {
        staff.require(Permission::ManageTeams)?;
        let workspace = staff.workspace();
        let team = self.find(workspace, id).await?;
        let whole = Scope {
            workspace_id: workspace,
            agent_id: staff.id(),
            all: true,
            teams: Vec::new(),
            senior: false,
        };
        let listing = Listing::Team { team: Some(id) };
        let held = self.store.list_conversations(&whole, listing, Order::Time, None, None, ANNOUNCED).await?;
        self.store.delete_team(workspace, id).await?;
        for before in held {
            if let Some(now) = self.store.find_conversation(workspace, before.id).await? {
                conversations::announce_one(&self.bus, now, Some(before));
            }
        }
        self.changed(workspace, &team.members).await
    }

    async fn find(&self, workspace: WorkspaceId, id: TeamId) -> Result<Team> {
        let teams = self.store.list_teams(workspace).await?;
        teams.into_iter().find(|team| team.id == id).ok_or(Error::NotFound)
    }

    async fn changed(&self, workspace: WorkspaceId, members: &[AgentId]) -> Result<()> {
        self.names.refresh(workspace).await?;
        for &agent_id in members {
            self.bus.publish(Envelope {
                topic: Topic::Workspace(workspace),
                event: Event::AccessChanged { agent_id },
            });
        }
        Ok(())
    }
}

fn taken(error: store::Error) -> Error {
    if error.is_taken("teams", "name") {
        Error::NameTaken
    } else if matches!(error, store::Error::NotFound) {
        Error::Field("member_ids")
    } else {
        error.into()
    }
}
