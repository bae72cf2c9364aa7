//! What one client holds of one conversation: a run of positions without a hole, as long as the
//! server keeps to the protocol.

use crate::history::{Observation, Seen};
use model::Seq;

/// A client that sees a push that does not follow what it has stops there until it has resumed,
/// as docs/client-protocol.md demands.
#[derive(Debug, Default)]
pub struct View {
    /// The newest position that it holds.
    position: Seq,
    /// The epoch in which it got there.
    epoch: Option<String>,
    /// A backup was restored under it, and it has positions that no longer exist.
    ahead: bool,
}

impl View {
    pub const fn position(&self) -> Seq {
        self.position
    }

    /// Takes the answer to `watch`, and says what is wrong with it.
    pub fn resume(&mut self, observation: &Observation) -> Vec<String> {
        let mut complaints = Vec::new();
        let Observation::Resumed { asked, epoch, recovered, last_seq, messages, .. } = observation else {
            return complaints;
        };
        if *recovered {
            match asked {
                None => complaints.push("recovered, but nothing was asked for".to_owned()),
                Some((shown, after)) => {
                    if shown != epoch {
                        complaints.push(format!("recovered from epoch {shown} into {epoch}"));
                    }
                    if self.ahead {
                        complaints.push("recovered from a position that was lost".to_owned());
                    }
                    let expected: Vec<Seq> = (after + 1..=*last_seq).collect();
                    let brought: Vec<Seq> = messages.iter().map(|m| m.seq).collect();
                    if brought != expected {
                        complaints
                            .push(format!("recovered after {after} up to {last_seq}, but got {brought:?}"));
                    }
                }
            }
        } else {
            // The newest, without a hole, up to the end.
            let ends_right = messages.last().map_or(*last_seq == 0, |m| m.seq == *last_seq);
            let whole = messages.windows(2).all(|pair| pair[0].seq + 1 == pair[1].seq);
            if !ends_right || !whole {
                let brought: Vec<Seq> = messages.iter().map(|m| m.seq).collect();
                complaints.push(format!("a snapshot up to {last_seq} brought {brought:?}"));
            }
        }
        if self.epoch.as_ref() == Some(epoch) && *last_seq < self.position && !self.ahead {
            complaints.push(format!(
                "the conversation shrank from {} to {last_seq} within an epoch",
                self.position
            ));
        }
        self.position = *last_seq;
        self.epoch = Some(epoch.clone());
        self.ahead = false;
        complaints
    }

    /// Takes a push. Repeating what is known is harmless; a hole waits for the next resume.
    pub fn push(&mut self, messages: &[Seen]) -> Option<String> {
        let mut complaint = None;
        for pair in messages.windows(2) {
            if pair[0].seq + 1 != pair[1].seq {
                complaint = Some(format!("one push held {} and {}", pair[0].seq, pair[1].seq));
            }
        }
        for message in messages {
            if message.seq == self.position + 1 {
                self.position = message.seq;
            }
        }
        complaint
    }

    pub fn restore(&mut self, last_seq: Seq) {
        self.ahead = self.position > last_seq;
    }
}
