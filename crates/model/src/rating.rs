//! A visitor's rating (满意度) of a conversation.

use crate::{ConversationId, Millis};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rating {
    pub conversation_id: ConversationId,
    /// 1 to 5.
    pub stars: i16,
    pub tags: Vec<String>,
    pub solved: Option<bool>,
    pub text: String,
    pub created_at: Millis,
    /// When the visitor changed it; it can be changed once.
    pub changed_at: Option<Millis>,
}
