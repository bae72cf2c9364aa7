//! A message and who sent it.

use crate::{AgentId, ContactId, Content, ConversationId, MessageId, Millis, Seq};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Immutable once stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    pub id: MessageId,
    pub conversation_id: ConversationId,
    pub seq: Seq,
    pub sender: Sender,
    /// The sender's own name for the message, which makes a resend harmless.
    pub client_id: Option<Arc<str>>,
    pub content: Content,
    pub created_at: Millis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Sender {
    Visitor(ContactId),
    Agent(AgentId),
    Bot,
    System,
}

impl Sender {
    /// The two columns in which a sender is stored.
    pub const fn columns(self) -> (&'static str, i64) {
        match self {
            Self::Visitor(id) => ("visitor", id.0),
            Self::Agent(id) => ("agent", id.0),
            Self::Bot => ("bot", 0),
            Self::System => ("system", 0),
        }
    }

    pub fn from_columns(kind: &str, id: i64) -> Option<Self> {
        Some(match kind {
            "visitor" => Self::Visitor(ContactId(id)),
            "agent" => Self::Agent(AgentId(id)),
            "bot" => Self::Bot,
            "system" => Self::System,
            _ => return None,
        })
    }

    /// The side of the conversation that this sender speaks for; none for the system.
    pub const fn side(self) -> Option<Side> {
        match self {
            Self::Visitor(_) => Some(Side::Visitor),
            Self::Agent(_) | Self::Bot => Some(Side::Staff),
            Self::System => None,
        }
    }
}

/// The two sides that receive and read messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Visitor,
    Staff,
}
