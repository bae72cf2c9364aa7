//! Events: past facts that are published after a commit. They may be missed (the
//! database is the truth), so each carries enough to notice that one was.

use crate::{
    AgentId, ChannelId, ContactId, Conversation, ConversationId, Message, Presence, SessionId, Side,
    VisitorSessionId, WorkspaceId,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where an event is published; a subscriber names topics, not events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "topic", content = "id", rename_all = "snake_case")]
pub enum Topic {
    /// Everybody who looks at one conversation.
    Conversation(ConversationId),
    /// The agents of a workspace.
    Workspace(WorkspaceId),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// One commit on one conversation: its new state and the messages it added, in order.
    /// `before` is the old state when it changed who may see the conversation.
    ConversationChanged {
        conversation: Arc<Conversation>,
        before: Option<Arc<Conversation>>,
        messages: Vec<Arc<Message>>,
    },
    /// `agent_id` is set when staff types. Never stored.
    Typing {
        conversation_id: ConversationId,
        channel_id: ChannelId,
        contact_id: ContactId,
        side: Side,
        agent_id: Option<AgentId>,
        active: bool,
    },
    PresenceChanged {
        agent_id: AgentId,
        presence: Presence,
    },
    /// Role, state or teams of an agent changed: sockets look again at what they may see.
    AccessChanged {
        agent_id: AgentId,
    },
    SessionEnded {
        session_id: SessionId,
    },
    VisitorSessionEnded {
        session_id: VisitorSessionId,
    },
    /// What is published in the knowledge base changed: whoever answers from it looks again.
    EntriesChanged {
        workspace_id: WorkspaceId,
    },
    /// Of a kind that only newer nodes know. Never published.
    #[serde(other)]
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    pub topic: Topic,
    pub event: Event,
}
