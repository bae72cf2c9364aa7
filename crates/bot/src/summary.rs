//! What an agent should know who takes over from the bot: extracted, never invented.

use crate::words::short;
use model::{Content, HandOffReason, Message, Millis, Outcome, Sender, StoredTurn, rules::UsedRule};

/// The most questions and tries that a summary holds.
const KEPT: usize = 8;

#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    pub reason: HandOffReason,
    /// The rule that gave it away, if one did.
    pub rule: Option<UsedRule>,
    pub at: Millis,
    /// The band of what was looked up last.
    pub band: Option<String>,
    pub probability: Option<f32>,
    /// What the visitor asked, in their words.
    pub questions: Vec<String>,
    /// What the bot tried.
    pub tried: Vec<Tried>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    pub outcome: Outcome,
    /// What was looked up.
    pub question: String,
    /// The entries that it answered with or offered.
    pub entries: Vec<String>,
}

/// None when the bot gave nothing away. Both lists are oldest first.
pub fn summarise(messages: &[Message], turns: &[StoredTurn]) -> Option<Summary> {
    let last = turns.iter().rev().find(|turn| turn.evidence.hand_off.is_some())?;
    let looked_up = turns.iter().rev().find(|turn| turn.evidence.band.is_some());
    let questions = messages.iter().filter(|message| message.seq <= last.seq).filter_map(question);
    let tried = turns.iter().filter_map(tried);
    Some(Summary {
        reason: last.evidence.hand_off?,
        rule: last.evidence.rule.as_deref().cloned(),
        at: last.created_at,
        band: looked_up.and_then(|turn| turn.evidence.band.clone()),
        probability: looked_up.and_then(|turn| turn.evidence.probability),
        questions: newest(questions.collect()),
        tried: newest(tried.collect()),
    })
}

fn newest<T>(mut all: Vec<T>) -> Vec<T> {
    all.split_off(all.len().saturating_sub(KEPT))
}

/// Whether a text says something: it is no small talk, nor the wish for a person, nor "none of these".
pub fn is_question(text: &str) -> bool {
    use crate::signals::{asks_for_person, declines_choices, small_talk};
    let is_talk = small_talk(text).is_some() || asks_for_person(text) || declines_choices(text);
    !is_talk && crate::words::has_words(text)
}

/// The words of a visitor, unless they are small talk or the wish for a person.
fn question(message: &Message) -> Option<String> {
    match (&message.sender, &message.content) {
        (Sender::Visitor(_), Content::Text { text }) => {
            is_question(text).then(|| short(&text.split_whitespace().collect::<Vec<_>>().join(" "), 120))
        }
        (Sender::Visitor(_), Content::File(file)) => Some(file.name.clone()),
        _ => None,
    }
}

fn tried(turn: &StoredTurn) -> Option<Tried> {
    let evidence = &turn.evidence;
    let name = |id| {
        evidence.candidates.iter().find(|entry| entry.entry_id == id).map(|entry| entry.question.clone())
    };
    let entries = match evidence.outcome {
        Outcome::Answered => evidence.entry_id.and_then(name).into_iter().collect(),
        Outcome::Clarified => {
            evidence.candidates.iter().take(crate::MAX_OPTIONS).map(|entry| entry.question.clone()).collect()
        }
        Outcome::Missed => Vec::new(),
        Outcome::SmallTalk | Outcome::HandedOff => return None,
    };
    Some(Tried { outcome: evidence.outcome, question: short(&evidence.question, 120), entries })
}
