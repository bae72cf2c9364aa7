//! Search over messages, with the hits marked.

use crate::{Result, Staff};
use model::{Conversation, Message, MessageId, Permission};
use store::{Store, search::Query};

/// How many characters around the first hit are shown.
const BEFORE: usize = 30;
const EXCERPT: usize = 160;

#[derive(Clone)]
pub struct Search {
    store: Store,
}

pub struct Hit {
    pub conversation: Conversation,
    pub message: Message,
    pub excerpt: String,
    /// Ranges of characters in the excerpt.
    pub highlights: Vec<(usize, usize)>,
}

impl Search {
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Messages that contain the query, newest first, within what the agent may see.
    pub async fn messages(
        &self,
        staff: &Staff,
        query: &str,
        before: Option<MessageId>,
        limit: i64,
    ) -> Result<Vec<Hit>> {
        staff.require(Permission::ViewConversations)?;
        let query = Query::parse(query);
        if query.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.store.search_messages(&staff.scope, &query, before, limit.clamp(1, 50)).await?;
        Ok(found.into_iter().map(|(conversation, message)| hit(&query, conversation, message)).collect())
    }
}

fn hit(query: &Query, conversation: Conversation, message: Message) -> Hit {
    let text = message.content.searchable().unwrap_or_default();
    let marks = query.highlights(text);
    let start = marks.first().map_or(0, |(first, _)| first.saturating_sub(BEFORE));
    let excerpt: String = text.chars().skip(start).take(EXCERPT).collect();
    let length = excerpt.chars().count();
    let highlights = marks
        .into_iter()
        .map(|(from, to)| (from - start, (to - start).min(length)))
        .filter(|(from, to)| from < to)
        .collect();
    Hit { conversation, message, excerpt, highlights }
}
