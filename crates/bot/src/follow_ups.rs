//! What goes with answers: the images and cards of each, and what may be asked next, the follow-ups of the last.

use crate::{BotAction, Knowledge};
use model::{EntryId, FollowUp, Outcome, Shown};

/// Offered below the last of these actions. Nothing when that is no answer, or when people take
/// over; an entry that does not answer now, or just did, is left out.
pub fn follow_ups(actions: &[BotAction], knowledge: &dyn Knowledge) -> Vec<FollowUp> {
    let said: Vec<EntryId> = actions.iter().filter_map(answered).collect();
    let Some(entry) = actions.last().and_then(answered).and_then(|id| knowledge.entry(id)) else {
        return Vec::new();
    };
    let offered = entry.follow_ups.into_iter().filter_map(|one| match one.entry_id {
        None => Some(one),
        Some(id) if said.contains(&id) => None,
        // In the words that the entry has now.
        Some(id) => knowledge.entry(id).map(|entry| FollowUp { question: entry.question, ..one }),
    });
    offered.collect()
}

/// Shown below the words of an entry; none where a sentence of an article answers.
pub fn shown(action: &BotAction, knowledge: &dyn Knowledge) -> Shown {
    answered(action).and_then(|id| knowledge.entry(id)).map(|entry| entry.shown).unwrap_or_default()
}

fn answered(action: &BotAction) -> Option<EntryId> {
    match action {
        BotAction::Say { evidence, .. } if evidence.outcome == Outcome::Answered => evidence.entry_id,
        _ => None,
    }
}
