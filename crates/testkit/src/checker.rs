//! Judges a [`History`](crate::history::History) by the delivery contract of docs/reliability.md:
//! I1 an acknowledged message stays; I2 nothing is stored twice; I3 positions are 1, 2, 3 … and
//! everybody sees the same; I4 a resume is whole or says that it is not; I5 who is connected
//! misses nothing. It knows nothing of how the server works.

mod view;

use crate::history::{Observation, Seen};
use model::{ConversationId, Seq};
use std::collections::{BTreeMap, HashMap};
use view::View;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// I1
    Durable,
    /// I2
    Once,
    /// I3
    Ordered,
    /// I4
    WholeResume,
    /// I5
    NoHole,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub invariant: Invariant,
    /// What happened, for the person who reads the failed test.
    pub story: String,
}

#[derive(Default)]
struct Checker {
    violations: Vec<Violation>,
    /// What each sender handed in, by client and client id.
    sent: HashMap<(String, String), String>,
    /// The position that each acknowledgement promised.
    acked: BTreeMap<(String, String), (ConversationId, Seq)>,
    /// What any observer saw at a position.
    seen: BTreeMap<(ConversationId, Seq), Seen>,
    views: HashMap<(String, ConversationId), View>,
    stored: BTreeMap<ConversationId, Vec<Seen>>,
    settled: Vec<(String, ConversationId)>,
}

/// Every way in which the history breaks the contract; empty is green.
///
/// A history without a stored conversation at its end proves nothing, and is a violation.
pub fn check(history: &[Observation]) -> Vec<Violation> {
    let mut checker = Checker::default();
    for observation in history {
        checker.observe(observation);
    }
    checker.compare_with_stored();
    checker.violations
}

impl Checker {
    fn blame(&mut self, invariant: Invariant, story: String) {
        self.violations.push(Violation { invariant, story });
    }

    fn observe(&mut self, observation: &Observation) {
        match observation {
            Observation::Sent { client, client_id, body } => {
                let key = (client.clone(), client_id.clone());
                self.sent.insert(key, body.clone());
            }
            Observation::Acked { client, conversation, client_id, seq } => {
                self.ack(client, *conversation, client_id, *seq);
            }
            Observation::Resumed { client, conversation, messages, .. } => {
                self.see(client, *conversation, messages);
                let view = self.views.entry((client.clone(), *conversation));
                let complaints = view.or_default().resume(observation);
                for complaint in complaints {
                    let story = format!("{client}, conversation {conversation}: {complaint}");
                    self.blame(Invariant::WholeResume, story);
                }
            }
            Observation::Pushed { client, conversation, messages } => {
                self.see(client, *conversation, messages);
                let view = self.views.entry((client.clone(), *conversation));
                if let Some(complaint) = view.or_default().push(messages) {
                    let story = format!("{client}, conversation {conversation}: {complaint}");
                    self.blame(Invariant::Ordered, story);
                }
            }
            Observation::Settled { client, conversation } => {
                self.settled.push((client.clone(), *conversation));
            }
            Observation::Restored { conversation, last_seq } => {
                self.restore(*conversation, *last_seq);
            }
            Observation::Stored { conversation, messages } => {
                self.stored.insert(*conversation, messages.clone());
            }
        }
    }

    fn ack(&mut self, client: &str, conversation: ConversationId, client_id: &str, seq: Seq) {
        let key = (client.to_owned(), client_id.to_owned());
        if !self.sent.contains_key(&key) {
            let story = format!("{client} got an acknowledgement of {client_id}, never sent");
            self.blame(Invariant::Ordered, story);
        }
        let before = self.acked.insert(key, (conversation, seq));
        if let Some(before) = before.filter(|before| *before != (conversation, seq)) {
            let story = format!(
                "{client_id} of {client} was acknowledged at {before:?} and at {:?}",
                (conversation, seq)
            );
            self.blame(Invariant::Once, story);
        }
    }

    fn see(&mut self, client: &str, conversation: ConversationId, messages: &[Seen]) {
        for message in messages {
            let key = (conversation, message.seq);
            let first = self.seen.entry(key).or_insert_with(|| message.clone());
            if first != message {
                let story = format!("at {key:?} {client} saw {message:?}, others {first:?}");
                self.blame(Invariant::Ordered, story);
            }
        }
    }

    /// What came after the backup is gone, and no promise about it holds.
    fn restore(&mut self, conversation: ConversationId, last_seq: Seq) {
        let gone = |at: ConversationId, seq: Seq| at == conversation && seq > last_seq;
        self.acked.retain(|_, (at, seq)| !gone(*at, *seq));
        self.seen.retain(|(at, seq), _| !gone(*at, *seq));
        for ((_, at), view) in &mut self.views {
            if *at == conversation {
                view.restore(last_seq);
            }
        }
    }

    fn compare_with_stored(&mut self) {
        if self.stored.is_empty() {
            let story = "the history ends without what is stored".to_owned();
            self.blame(Invariant::Durable, story);
        }
        let stored = std::mem::take(&mut self.stored);
        for (conversation, messages) in &stored {
            self.check_numbering(*conversation, messages);
            self.check_duplicates(*conversation, messages);
        }
        let at = |conversation: &ConversationId, seq: Seq| {
            let index = usize::try_from(seq - 1).ok()?;
            stored.get(conversation)?.get(index)
        };
        for ((client, client_id), (conversation, seq)) in self.acked.clone() {
            let found = at(&conversation, seq);
            let body = self.sent.get(&(client.clone(), client_id.clone()));
            let is_it = found.is_some_and(|found| {
                found.client_id.as_ref() == Some(&client_id) && Some(&found.body) == body
            });
            if !is_it {
                let story = format!(
                    "{client_id} of {client}, acknowledged at {conversation}/{seq}; there is {found:?}"
                );
                self.blame(Invariant::Durable, story);
            }
        }
        for ((conversation, seq), seen) in self.seen.clone() {
            let found = at(&conversation, seq);
            if found != Some(&seen) {
                let story = format!("{conversation}: {seen:?} was shown; there is {found:?}");
                self.blame(Invariant::Ordered, story);
            }
        }
        for (client, conversation) in std::mem::take(&mut self.settled) {
            let end = stored.get(&conversation).map_or(0, Vec::len);
            let view = self.views.remove(&(client.clone(), conversation));
            let position = view.unwrap_or_default().position();
            if usize::try_from(position).ok() != Some(end) {
                let story = format!("{client} ends at {position} of {end} in {conversation}");
                self.blame(Invariant::NoHole, story);
            }
        }
    }

    fn check_numbering(&mut self, conversation: ConversationId, messages: &[Seen]) {
        for (expected, message) in (1..).zip(messages) {
            if message.seq != expected {
                let story = format!("{conversation}: {} stands where {expected} belongs", message.seq);
                return self.blame(Invariant::Ordered, story);
            }
        }
    }

    /// By the sender's id, and by the body: every body that a test sends is different.
    fn check_duplicates(&mut self, conversation: ConversationId, messages: &[Seen]) {
        let mut ids = HashMap::new();
        let mut bodies = HashMap::new();
        for message in messages.iter().filter(|message| message.client_id.is_some()) {
            let twice =
                ids.insert(&message.client_id, message.seq).or(bodies.insert(&message.body, message.seq));
            if let Some(first) = twice {
                let story = format!("{conversation}: {message:?} is stored at {first} too");
                self.blame(Invariant::Once, story);
            }
        }
    }
}

#[cfg(test)]
mod tests;
