//! From model to frames, with the names that people see.

use axum::extract::ws::Utf8Bytes;
use model::{AgentId, Conversation, Message, TeamId};
use protocol::{
    inbox::AgentConversation,
    message::{MessageView, Names},
    visitor::VisitorConversation,
};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use std::sync::Arc;

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
    pub fn messages<'m>(&self, messages: impl IntoIterator<Item = &'m Message>) -> Vec<MessageView> {
        messages.into_iter().map(|message| MessageView::of(message, self)).collect()
    }

    pub fn for_visitor<'m>(&self, messages: impl IntoIterator<Item = &'m Message>) -> Vec<MessageView> {
        messages.into_iter().map(|message| MessageView::for_visitor(message, self)).collect()
    }
}

/// `changed` for both audiences: they see different sides of the conversation, but the same
/// messages, which are encoded once; except for those that only staff sees.
pub struct Changed<'a> {
    named: Named<'a>,
    conversation: &'a Conversation,
    messages: Box<RawValue>,
    to_visitor: Option<Box<RawValue>>,
}

/// [`protocol::frame::ServerFrame::Changed`] with its messages encoded already.
#[derive(Serialize)]
#[serde(tag = "type", rename = "changed")]
struct ChangedFrame<'a, C> {
    conversation: C,
    messages: &'a RawValue,
}

impl<'a> Changed<'a> {
    pub fn new(
        names: &'a service::names::Names,
        conversation: &'a Conversation,
        messages: &[Arc<Message>],
    ) -> Self {
        let named = Named(names);
        let each = || messages.iter().map(AsRef::as_ref);
        let encoded = |views: Vec<MessageView>| to_raw_value(&views).unwrap_or_default();
        let is_internal = each().any(|message: &Message| message.content.is_internal());
        let to_visitor = is_internal.then(|| encoded(named.for_visitor(each())));
        Self { messages: encoded(named.messages(each())), to_visitor, named, conversation }
    }

    pub fn for_staff(&self) -> Utf8Bytes {
        let conversation = AgentConversation::from(self.conversation);
        text(&ChangedFrame { conversation, messages: &self.messages })
    }

    pub fn for_visitor(&self) -> Utf8Bytes {
        let conversation = VisitorConversation::of(self.conversation, &self.named);
        let messages = self.to_visitor.as_ref().unwrap_or(&self.messages);
        text(&ChangedFrame { conversation, messages })
    }
}

/// A frame as JSON text.
pub fn text(frame: &impl Serialize) -> Utf8Bytes {
    // Frames hold strings, numbers and lists only; these always have a JSON form.
    serde_json::to_string(frame).unwrap_or_default().into()
}
