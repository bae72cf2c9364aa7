//! Who may see which conversation: one predicate for single objects, lists and live
//! events. The store turns the same `Scope` into SQL, and a test holds the two together.

use crate::{AgentId, ChannelId, ContactId, Conversation, Permission, Role, Status, TeamId, WorkspaceId};
use std::sync::Arc;

/// On whose behalf a conversation is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    Staff(Arc<Scope>),
    /// A visitor: one's own conversations on one channel.
    Contact {
        channel: ChannelId,
        contact: ContactId,
    },
    /// The product itself: routing, jobs.
    System,
}

impl Viewer {
    pub fn sees(&self, conversation: &Conversation) -> bool {
        match self {
            Self::Staff(scope) => scope.sees(conversation),
            Self::Contact { channel, contact } => {
                conversation.channel_id == *channel && conversation.contact_id == *contact
            }
            Self::System => true,
        }
    }
}

/// The part of a workspace's conversations that one agent may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    pub workspace_id: WorkspaceId,
    pub agent_id: AgentId,
    /// Sees everything in the workspace.
    pub all: bool,
    pub teams: Vec<TeamId>,
    /// Sees conversations of no team that have help.
    pub senior: bool,
}

impl Scope {
    pub fn of(workspace_id: WorkspaceId, agent_id: AgentId, role: Role, teams: Vec<TeamId>) -> Self {
        let all = role.may(Permission::ViewAllConversations);
        Self { workspace_id, agent_id, all, teams, senior: false }
    }

    /// Own conversations, those of own teams, and of those that belong to no team the queue and
    /// what the bot has; senior agents also those that have help.
    pub fn sees(&self, conversation: &Conversation) -> bool {
        self.workspace_id == conversation.workspace_id
            && (self.all
                || conversation.assignee_id == Some(self.agent_id)
                || match conversation.team_id {
                    Some(team) => self.teams.contains(&team),
                    None => {
                        matches!(conversation.status, Status::Queued | Status::Bot)
                            || self.senior && conversation.help.is_some()
                    }
                })
    }
}
