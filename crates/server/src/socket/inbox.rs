//! Changes for the lists of agents, gathered so that a busy conversation costs each agent a
//! few frames a second, not one a message.

use super::{encode::text, hub::Hub};
use axum::extract::ws::Utf8Bytes;
use model::{Conversation, ConversationId, Scope};
use protocol::frame::AgentFrame;
use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    time::Duration,
};

/// The shortest time between two frames to one list.
const PAUSE: Duration = Duration::from_millis(250);
/// The most conversations in one frame.
const FRAME: usize = 100;

/// What changed since the last flush, newest state each.
#[derive(Default)]
pub struct Inbox {
    changed: HashMap<ConversationId, Change>,
}

struct Change {
    now: Arc<Conversation>,
    /// Earlier states, seen by others than the newest.
    before: Vec<Arc<Conversation>>,
}

impl Inbox {
    /// True when it was empty, so that somebody has to be woken.
    pub fn note(&mut self, conversation: &Arc<Conversation>, before: Option<&Arc<Conversation>>) -> bool {
        let was_empty = self.changed.is_empty();
        let change = self
            .changed
            .entry(conversation.id)
            .or_insert_with(|| Change { now: Arc::clone(conversation), before: Vec::new() });
        if change.now.version <= conversation.version {
            change.now = Arc::clone(conversation);
        }
        change.before.extend(before.map(Arc::clone));
        was_empty
    }

    pub fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    pub fn is_empty(&self) -> bool {
        self.changed.is_empty()
    }

    /// What an agent with this scope is told.
    pub fn frames_for(&self, scope: &Scope) -> Vec<Utf8Bytes> {
        let (seen, unseen): (Vec<&Change>, Vec<&Change>) =
            self.changed.values().partition(|change| scope.sees(&change.now));
        let mut frames: Vec<Utf8Bytes> = seen
            .chunks(FRAME)
            .map(|chunk| {
                let conversations = chunk.iter().map(|change| change.now.as_ref().into()).collect();
                text(&AgentFrame::Inbox { conversations })
            })
            .collect();
        let lost = unseen.iter().filter(|change| change.before.iter().any(|before| scope.sees(before)));
        let conversation_ids: Vec<ConversationId> = lost.map(|change| change.now.id).collect();
        if !conversation_ids.is_empty() {
            frames.push(text(&AgentFrame::Hidden { conversation_ids }));
        }
        frames
    }
}

/// Flushes the inbox while the hub lives: at once after a quiet time, then at most every
/// [`PAUSE`].
pub async fn run(hub: Weak<Hub>) {
    loop {
        let Some(alive) = hub.upgrade() else { return };
        alive.inbox_changed.notified().await;
        alive.flush_inbox();
        drop(alive);
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{AgentId, ChannelId, ContactId, NewConversation, WorkspaceId};

    fn conversation(assignee: Option<i64>, version: i64) -> Arc<Conversation> {
        let mut conversation = NewConversation {
            id: ConversationId(1),
            workspace_id: WorkspaceId(1),
            channel_id: ChannelId(1),
            contact_id: ContactId(1),
            contact_name: String::new(),
            team_id: None,
            bot: false,
        }
        .open(0);
        conversation.assignee_id = assignee.map(AgentId);
        if assignee.is_some() {
            conversation.status = model::Status::Open;
        }
        conversation.version = version;
        Arc::new(conversation)
    }

    fn scope(agent: i64) -> Scope {
        Scope {
            workspace_id: WorkspaceId(1),
            agent_id: AgentId(agent),
            all: false,
            teams: Vec::new(),
            senior: false,
        }
    }

    #[test]
    fn newest_state_is_sent_once_however_many_changes() {
        let mut inbox = Inbox::default();
        assert!(inbox.note(&conversation(None, 1), None));
        assert!(!inbox.note(&conversation(None, 3), None));
        assert!(!inbox.note(&conversation(None, 2), None));
        let frames = inbox.frames_for(&scope(7));
        assert_eq!(frames.len(), 1);
        assert!(frames[0].contains("\"version\":3"));
    }

    #[test]
    fn who_lost_sight_is_told_the_id_and_others_nothing() {
        let mut inbox = Inbox::default();
        let before = conversation(Some(7), 1);
        inbox.note(&conversation(Some(8), 2), Some(&before));
        assert_eq!(&*inbox.frames_for(&scope(7))[0], r#"{"type":"hidden","conversation_ids":["1"]}"#);
        assert!(inbox.frames_for(&scope(8))[0].contains("\"type\":\"inbox\""));
        assert!(inbox.frames_for(&scope(9)).is_empty());
    }
}
