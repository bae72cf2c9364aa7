//! From model to frames, with the names that people see.

use axum::extract::ws::Utf8Bytes;
use model::{AgentId, Conversation, Message, TeamId};
use protocol::{
    frame::{AgentFrame, VisitorFrame},
    inbox::AgentConversation,
    message::{MessageView, Names},
    visitor::VisitorConversation,
};
use serde::Serialize;

/// The service's names, for the views.
pub struct Named<'a>(pub &'a service::names::Names);

impl Names for Named<'_> {
    fn agent(&self, id: AgentId) -> String {
        self.0.agent(id)
    }

    fn team(&self, id: TeamId) -> String {
        self.0.team(id)
    }
}

impl Named<'_> {
    pub fn messages(&self, messages: &[Message]) -> Vec<MessageView> {
        messages.iter().map(|message| MessageView::of(message, self)).collect()
    }

    pub fn changed_for_staff(&self, conversation: &Conversation, messages: &[Message]) -> Utf8Bytes {
        let conversation = AgentConversation::from(conversation);
        text(&AgentFrame::Changed { conversation, messages: self.messages(messages) })
    }

    pub fn changed_for_visitor(&self, conversation: &Conversation, messages: &[Message]) -> Utf8Bytes {
        let conversation = VisitorConversation::of(conversation, self);
        text(&VisitorFrame::Changed { conversation, messages: self.messages(messages) })
    }
}

/// A frame as JSON text.
pub fn text(frame: &impl Serialize) -> Utf8Bytes {
    // Frames hold strings, numbers and lists only; these always have a JSON form.
    serde_json::to_string(frame).unwrap_or_default().into()
}
