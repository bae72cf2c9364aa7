//! Conversations as a lane wrote them last, so that the next change to one need not read it first.
//!
//! Invariant: who works with these compares their versions with the database before anything is written; another
//! node may have written since.

use model::Conversation;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::time::Instant;

/// People who talk fast are written many times a second. Who was silent for longer is read anew: on several nodes
/// somebody else may well have answered.
const FRESH: Duration = Duration::from_secs(1);
/// At this many the old ones are let go of.
const ROOM: usize = 1024;

#[derive(Default)]
pub struct Recent(HashMap<i64, (Arc<Conversation>, Instant)>);

impl Recent {
    /// All of these, if all are here.
    pub fn all(&self, ids: &[i64]) -> Option<Vec<Arc<Conversation>>> {
        ids.iter()
            .map(|id| {
                let (conversation, at) = self.0.get(id)?;
                (at.elapsed() < FRESH).then(|| Arc::clone(conversation))
            })
            .collect()
    }

    pub fn keep(&mut self, written: impl IntoIterator<Item = Arc<Conversation>>) {
        let now = Instant::now();
        if self.0.len() >= ROOM {
            self.0.retain(|_, (_, at)| now - *at < FRESH);
        }
        if self.0.len() >= ROOM {
            self.0.clear();
        }
        self.0.extend(written.into_iter().map(|conversation| (conversation.id.0, (conversation, now))));
    }

    pub fn forget<'a>(&mut self, ids: impl IntoIterator<Item = &'a i64>) {
        for id in ids {
            self.0.remove(id);
        }
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{ChannelId, ContactId, ConversationId, NewConversation, WorkspaceId};

    fn conversation(id: i64) -> Arc<Conversation> {
        let new = NewConversation {
            id: ConversationId(id),
            workspace_id: WorkspaceId(1),
            channel_id: ChannelId(1),
            contact_id: ContactId(id),
            contact_name: String::new(),
            team_id: None,
            bot: false,
        };
        Arc::new(new.open(0))
    }

    #[tokio::test(start_paused = true)]
    async fn who_was_silent_for_a_second_or_was_written_elsewhere_is_read_anew() {
        let mut recent = Recent::default();
        recent.keep([conversation(1), conversation(2)]);
        assert_eq!(recent.all(&[1, 2]).map(|all| all.len()), Some(2));
        assert!(recent.all(&[1, 3]).is_none(), "one of them is not here");
        recent.forget([&2]);
        assert!(recent.all(&[2]).is_none() && recent.all(&[1]).is_some());
        tokio::time::advance(FRESH).await;
        assert!(recent.all(&[1]).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn memory_is_bounded_by_what_one_batch_adds() {
        let mut recent = Recent::default();
        for batch in 0..20 {
            recent.keep((0..400).map(|place| conversation(batch * 400 + place)));
            assert!(recent.0.len() < ROOM + 400);
        }
    }
}
