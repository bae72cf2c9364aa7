//! What visitors see and send over HTTP.

use crate::{bot::AnswerFeedback, inbox::RatingView};
use model::{AgentId, ChannelKey, ContactId, ConversationId, Locale, Millis, Seq, Side, Status};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};
use utoipa::ToSchema;

/// A conversation as its visitor sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VisitorConversation {
    pub id: ConversationId,
    pub status: Status,
    /// The person who answers.
    pub agent: Option<AgentName>,
    pub last_seq: Seq,
    pub staff_delivered: Seq,
    pub staff_read: Seq,
    pub visitor_read: Seq,
    /// Answers that this visitor has not read.
    pub unread: i64,
    pub preview: String,
    pub preview_side: Option<Side>,
    pub stars: Option<i16>,
    pub created_at: Millis,
    pub active_at: Millis,
    /// Grows with every change.
    pub version: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AgentName {
    pub id: AgentId,
    pub name: String,
}

impl VisitorConversation {
    pub fn of(c: &model::Conversation, names: &impl crate::message::Names) -> Self {
        Self {
            id: c.id,
            status: c.status,
            agent: c.assignee_id.map(|id| AgentName { id, name: names.agent(id) }),
            last_seq: c.last_seq,
            staff_delivered: c.staff_delivered,
            staff_read: c.staff_read,
            visitor_read: c.visitor_read,
            unread: c.visitor_unread,
            preview: c.preview.clone(),
            preview_side: c.preview_side,
            stars: c.stars,
            created_at: c.created_at,
            active_at: c.active_at,
            version: c.version,
        }
    }
}

/// Start, continue or identify a visitor session.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartSession {
    #[schema(value_type = String)]
    pub channel: ChannelKey,
    /// The token of an earlier session on the same channel. An invalid one is ignored and a
    /// new session starts.
    #[serde(default)]
    pub token: Option<String>,
    /// A JWT that the site's server signed.
    #[serde(default)]
    pub identity: Option<String>,
    /// What the page says about the visitor; shown as unverified, never used to find anybody.
    #[serde(default)]
    pub hints: Hints,
    #[serde(default)]
    pub page: Page,
    #[serde(default)]
    pub locale: Option<Locale>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Hints {
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    /// At most 50, keys of 50 and values of 500 characters.
    pub attributes: BTreeMap<String, String>,
}

/// The page that the visitor is on. Longer values are cut.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Page {
    pub url: String,
    pub title: String,
    pub referrer: String,
    /// IANA name, as the browser tells it.
    pub time_zone: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct VisitorSessionView {
    /// Bearer token for everything else; keep it in the window's own storage.
    pub token: String,
    pub expires_at: Millis,
    pub contact_id: ContactId,
    pub name: String,
    pub verified: bool,
    pub channel: WindowSettings,
    /// The conversation that is queued or open, if there is one.
    pub conversation: Option<VisitorConversation>,
    pub epoch: String,
}

/// How the window looks and greets.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WindowSettings {
    pub title: String,
    pub greeting: String,
    pub color: String,
    /// The channel's language; missing: the visitor's own.
    pub locale: Option<Locale>,
    /// Somebody is online to answer now.
    pub staffed: bool,
    /// A bot answers first; missing: people answer.
    pub bot: Option<WindowBot>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WindowBot {
    /// Empty means the product's own word.
    pub name: String,
}

/// Newest first, 50 at most.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct VisitorConversations {
    pub conversations: Vec<VisitorConversation>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitorSend {
    #[schema(value_type = String)]
    pub client_id: Arc<str>,
    #[serde(default)]
    pub conversation_id: Option<ConversationId>,
    pub content: crate::message::NewContent,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// 1 to 5.
    pub stars: i16,
    /// At most 10, of 30 characters.
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(default)]
    pub solved: Option<bool>,
    /// At most 1,000 characters.
    #[serde(default)]
    pub text: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct VisitorConversationDetail {
    pub conversation: VisitorConversation,
    pub rating: Option<RatingView>,
    /// What this visitor said of the bot's messages.
    pub feedback: Vec<AnswerFeedback>,
}
