//! Small translations between services and the wire that several places need.

use crate::{app::AppState, socket::Named};
use axum::extract::ws::Utf8Bytes;
use model::Shown;
use protocol::{
    frame::ServerFrame,
    message::{MessagePage, NewContent, Receipt},
};
use serde::Serialize;
use service::conversations::{Page, Posted};
use std::sync::Arc;
use store::Committed;

pub fn posted(content: NewContent) -> Posted {
    match content {
        NewContent::Text { text } => Posted::Text(text),
        NewContent::File { attachment_id } => Posted::File(attachment_id),
        NewContent::Answer { text, images, cards } => {
            let images = images.into_iter().map(Into::into).collect();
            Posted::Answer(text, Shown { images, cards: cards.into_iter().map(Into::into).collect() })
        }
    }
}

/// What the sender is told once the message is on disk.
pub fn receipt(client_id: Arc<str>, committed: &Committed) -> Receipt {
    // A post may add system lines before the message itself.
    let posted = committed.messages.iter().find(|message| message.client_id.as_ref() == Some(&client_id));
    Receipt {
        seq: posted.map_or(0, |message| message.seq),
        created_at: posted.map_or(0, |message| message.created_at),
        client_id,
        conversation_id: committed.conversation.id,
        duplicate: committed.duplicate,
    }
}

/// The same as a frame.
pub fn sent<C: Serialize>(client_id: Arc<str>, committed: &Committed) -> Utf8Bytes {
    let Receipt { client_id, conversation_id, seq, created_at, duplicate } = receipt(client_id, committed);
    crate::socket::text(&ServerFrame::<C>::Sent { client_id, conversation_id, seq, created_at, duplicate })
}

pub fn page_for_visitor(app: &AppState, page: Page) -> MessagePage {
    let messages = Named(&app.services.names).for_visitor(&page.messages);
    MessagePage { messages, has_more: page.has_more }
}

pub fn page(app: &AppState, page: Page) -> MessagePage {
    MessagePage { messages: Named(&app.services.names).messages(&page.messages), has_more: page.has_more }
}
