//! A chat client for tests, written from docs/client-protocol.md and independent of `web/client`:
//! it keeps an outbox, reconnects, resends, resumes by epoch and position, and writes down all
//! that it sees. One task a client; the test tells it what to do and awaits its status.

mod client;
mod connection;

pub use client::{Credential, TestSocket};

use model::{ConversationId, Seq};
use protocol::ErrorCode;
use std::collections::BTreeMap;

/// Where a client stands.
#[derive(Clone, Debug, Default)]
pub struct Status {
    pub connected: bool,
    /// Connections so far.
    pub connections: u64,
    pub epoch: Option<String>,
    /// Not yet acknowledged.
    pub outbox: usize,
    pub acked: u64,
    /// The newest position of each watched conversation, without a hole before it.
    pub positions: BTreeMap<ConversationId, Seq>,
    /// Watches that the server could not recover.
    pub snapshots: u64,
    /// Sends that were refused with "try again", and the last reason.
    pub refused: u64,
    pub refusal: Option<ErrorCode>,
    /// The server broke the protocol or refused for good; the client has stopped.
    pub failure: Option<String>,
}
