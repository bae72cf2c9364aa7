//! Help for the agent who has a conversation.

use super::Conversations;
use crate::{Result, Staff};
use model::{Action, Conversation, ConversationId, Permission};
use std::sync::Arc;

impl Conversations {
    /// Whoever has it asks for help.
    pub async fn ask_help(&self, staff: &Staff, id: ConversationId) -> Result<Arc<Conversation>> {
        staff.require(Permission::Reply)?;
        self.act(staff, id, Action::AskHelp { agent: staff.id() }).await
    }

    /// Whoever has it goes on without help.
    pub async fn decline_help(&self, staff: &Staff, id: ConversationId) -> Result<Arc<Conversation>> {
        staff.require(Permission::Reply)?;
        self.act(staff, id, Action::DeclineHelp { agent: staff.id() }).await
    }

    /// Takes over a conversation that has help; of several who try, one gets it.
    pub async fn take_over(&self, staff: &Staff, id: ConversationId) -> Result<Arc<Conversation>> {
        staff.require(Permission::Assign)?;
        self.act(staff, id, Action::TakeOver { agent: staff.id() }).await
    }
}
