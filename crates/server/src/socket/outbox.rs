//! What waits to be written to one socket. Bounded in frames and bytes: a client that does
//! not read is cut off and resumes later; nothing is lost, because the log is in the database.
//! While nothing waits it holds no memory for frames: most sockets are silent.

use super::sync::{Arc, Mutex, MutexGuard, Notify, PoisonError};
use axum::extract::ws::Utf8Bytes;
use std::collections::VecDeque;

/// The most frames that wait for one socket.
pub(super) const FRAMES: usize = 256;
/// The most bytes that wait for one socket.
pub(super) const BYTES: usize = 256 * 1024;

/// Why a connection is cut: a close code and a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    pub code: u16,
    pub reason: &'static str,
}

/// The sending end, in the hub's hands.
pub struct Outbox(Arc<Shared>);

/// The receiving end, in the connection's hands.
pub struct Frames(Arc<Shared>);

struct Shared {
    waiting: Mutex<Waiting>,
    /// Rung when the first frame waits, and for a cut.
    bell: Notify,
    /// The most of each.
    frames: usize,
    bytes: usize,
}

#[derive(Default)]
struct Waiting {
    frames: VecDeque<Utf8Bytes>,
    bytes: usize,
    /// The first reason counts.
    cut: Option<Cut>,
}

pub fn outbox() -> (Outbox, Frames) {
    if store::sabotage::is("endless_outbox") { bounded(1 << 20, usize::MAX) } else { bounded(FRAMES, BYTES) }
}

/// For so many frames, and bytes.
pub fn bounded(frames: usize, bytes: usize) -> (Outbox, Frames) {
    let shared = Arc::new(Shared { waiting: Mutex::default(), bell: Notify::default(), frames, bytes });
    (Outbox(Arc::clone(&shared)), Frames(shared))
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outbox {
    /// Queues a frame; when there is no room the connection is cut.
    pub fn push(&self, frame: Utf8Bytes) {
        // Each of its own, as if every socket had other things to say.
        let frame = if store::sabotage::is("endless_outbox") { frame.to_string().into() } else { frame };
        let mut waiting = self.0.waiting();
        let (is_first, bytes) = (waiting.frames.is_empty(), waiting.bytes + frame.len());
        // One large frame is let into an empty queue: a snapshot may be bigger than the bound.
        let fits = is_first || waiting.frames.len() < self.0.frames && bytes <= self.0.bytes;
        if fits {
            waiting.bytes = bytes;
            waiting.frames.push_back(frame);
            drop(waiting);
            if is_first {
                self.0.bell.notify_one();
            }
        } else {
            drop(waiting);
            self.cut(Cut { code: protocol::frame::close::SLOW, reason: "slow" });
        }
    }

    pub fn cut(&self, cut: Cut) {
        self.0.waiting().cut.get_or_insert(cut);
        self.0.bell.notify_one();
    }
}

impl Frames {
    /// The next frame; a cut goes before all that wait.
    pub async fn next(&self) -> Result<Utf8Bytes, Cut> {
        loop {
            if let Some(cut) = self.0.waiting().cut {
                return Err(cut);
            }
            if let Some(frame) = self.waiting() {
                return Ok(frame);
            }
            self.0.bell.notified().await;
        }
    }

    /// A frame that waits already.
    pub fn waiting(&self) -> Option<Utf8Bytes> {
        let mut waiting = self.0.waiting();
        let frame = waiting.frames.pop_front()?;
        waiting.bytes -= frame.len();
        if waiting.frames.is_empty() {
            waiting.frames = VecDeque::new();
        }
        Some(frame)
    }

    /// Waits until the connection is to be cut.
    pub async fn cut(&self) -> Cut {
        loop {
            if let Some(cut) = self.0.waiting().cut {
                return cut;
            }
            // It may ring for a frame; whoever wants one looks before waiting.
            self.0.bell.notified().await;
        }
    }
}
