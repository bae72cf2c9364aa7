//! What one transaction did to one conversation, to be told at once: a burst of messages is
//! one event, not one each. Order within a conversation is kept.

use super::Committed;
use model::{Conversation, ConversationId, Message};
use std::{collections::HashMap, sync::Arc};

/// A longer burst is told in several pieces.
const MESSAGES: usize = 32;

#[derive(Clone, Debug)]
pub struct Publication {
    /// The newest state.
    pub conversation: Arc<Conversation>,
    /// The state before, when it was seen by others than the newest.
    pub before: Option<Arc<Conversation>>,
    /// In order.
    pub messages: Vec<Arc<Message>>,
    /// Job rows were written with it; the runner can be woken.
    pub has_jobs: bool,
}

/// Joins the changes of each conversation. One that altered who may see it begins anew, so
/// that nobody is told what was said out of their sight.
pub fn gather<'a>(committed: impl Iterator<Item = &'a Committed>) -> Vec<Publication> {
    let mut gathered: Vec<Publication> = Vec::new();
    let mut newest: HashMap<ConversationId, usize> = HashMap::new();
    for change in committed.filter(|change| change.changed) {
        let id = change.conversation.id;
        if let Some(open) = newest.get(&id).and_then(|index| gathered.get_mut(*index))
            && change.before.is_none()
            && open.messages.len() + change.messages.len() <= MESSAGES
        {
            open.conversation = Arc::clone(&change.conversation);
            open.messages.extend_from_slice(&change.messages);
            open.has_jobs |= change.has_jobs;
        } else {
            newest.insert(id, gathered.len());
            gathered.push(Publication {
                conversation: Arc::clone(&change.conversation),
                before: change.before.clone(),
                messages: change.messages.clone(),
                has_jobs: change.has_jobs,
            });
        }
    }
    gathered
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{ChannelId, ContactId, Content, MessageId, NewConversation, Sender, WorkspaceId};

    fn change(id: i64, seq: i64, hides: bool) -> Committed {
        let mut conversation = NewConversation {
            id: ConversationId(id),
            workspace_id: WorkspaceId(1),
            channel_id: ChannelId(1),
            contact_id: ContactId(id),
            contact_name: String::new(),
            team_id: None,
            bot: false,
        }
        .open(0);
        let before = hides.then(|| Arc::new(conversation.clone()));
        conversation.last_seq = seq;
        let message = Message {
            id: MessageId(seq),
            conversation_id: conversation.id,
            seq,
            sender: Sender::System,
            client_id: None,
            content: Content::Text { text: "".into() },
            created_at: 0,
        };
        Committed {
            conversation: Arc::new(conversation),
            before,
            messages: vec![Arc::new(message)],
            duplicate: false,
            changed: true,
            has_jobs: false,
        }
    }

    /// (conversation, newest seq, seqs of the messages) of each publication.
    fn told(changes: &[Committed]) -> Vec<(i64, i64, Vec<i64>)> {
        let seqs = |messages: &[Arc<Message>]| messages.iter().map(|message| message.seq).collect();
        gather(changes.iter())
            .iter()
            .map(|told| (told.conversation.id.0, told.conversation.last_seq, seqs(&told.messages)))
            .collect()
    }

    #[test]
    fn messages_of_a_conversation_are_told_together_and_in_order() {
        let changes = [change(1, 1, false), change(2, 1, false), change(1, 2, false), change(1, 3, false)];
        assert_eq!(told(&changes), [(1, 3, vec![1, 2, 3]), (2, 1, vec![1])]);
    }

    #[test]
    fn change_of_who_may_see_it_is_told_apart_from_what_was_before() {
        let changes = [change(1, 1, false), change(1, 2, true), change(1, 3, false)];
        assert_eq!(told(&changes), [(1, 1, vec![1]), (1, 3, vec![2, 3])]);
        assert!(gather(changes.iter())[1].before.is_some());
    }

    #[test]
    fn long_burst_is_told_in_pieces_and_what_changed_nothing_is_not_told() {
        let mut changes: Vec<Committed> = (1..=40).map(|seq| change(1, seq, false)).collect();
        changes.push(Committed { changed: false, ..change(1, 41, false) });
        let told = told(&changes);
        assert_eq!(
            told.iter().map(|(_, last, seqs)| (*last, seqs.len())).collect::<Vec<_>>(),
            [(32, 32), (40, 8)]
        );
    }
}
