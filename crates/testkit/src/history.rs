//! What clients saw, in the order in which they saw it. The checker judges this alone: nothing in
//! here comes from the server's own bookkeeping.

use model::{ConversationId, Seq};
use protocol::message::{ContentView, MessageView};
use std::sync::{Arc, Mutex, PoisonError};

/// A message as an observer got it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub seq: Seq,
    /// Of the sender; system messages have none.
    pub client_id: Option<String>,
    pub body: String,
}

impl From<&MessageView> for Seen {
    fn from(message: &MessageView) -> Self {
        let body = match &message.content {
            ContentView::Text { text, .. } => text.to_string(),
            other => serde_json::to_string(other).unwrap_or_default(),
        };
        Self { seq: message.seq, client_id: message.client_id.as_deref().map(str::to_owned), body }
    }
}

/// One thing that one client did or saw. `client` is the test's name for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// Handed to the network for the first time; resends are not recorded.
    Sent {
        client: String,
        client_id: String,
        body: String,
    },
    Acked {
        client: String,
        conversation: ConversationId,
        client_id: String,
        seq: Seq,
    },
    /// An answer to `watch`. `asked`: the epoch and position that the client showed.
    Resumed {
        client: String,
        conversation: ConversationId,
        asked: Option<(String, Seq)>,
        /// Of the connection.
        epoch: String,
        recovered: bool,
        /// The newest seq by the server's word.
        last_seq: Seq,
        messages: Vec<Seen>,
    },
    /// Pushed while connected.
    Pushed {
        client: String,
        conversation: ConversationId,
        messages: Vec<Seen>,
    },
    /// The client was connected and undisturbed until everything had been acknowledged: it must
    /// have the whole conversation by now.
    Settled {
        client: String,
        conversation: ConversationId,
    },
    /// The operator restored a backup that ends at this position.
    Restored {
        conversation: ConversationId,
        last_seq: Seq,
    },
    /// The whole conversation, read by somebody who was not there, at the end.
    Stored {
        conversation: ConversationId,
        messages: Vec<Seen>,
    },
}

/// A recorder that all clients of a test share.
#[derive(Clone, Debug, Default)]
pub struct History(Arc<Mutex<Vec<Observation>>>);

impl History {
    pub fn record(&self, observation: Observation) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(observation);
    }

    /// Everything so far.
    pub fn observations(&self) -> Vec<Observation> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many messages were acknowledged so far.
    pub fn acked(&self) -> usize {
        let observations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let acked = |o: &&Observation| matches!(o, Observation::Acked { .. });
        observations.iter().filter(acked).count()
    }
}
