//! What waits to be written to one socket. Bounded in frames and bytes: a client that does
//! not read is cut off and resumes later; nothing is lost, because the log is in the database.

use super::sync::{Arc, AtomicUsize, Notify, OnceLock, Ordering, mpsc};
use axum::extract::ws::Utf8Bytes;

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
pub struct Outbox {
    frames: mpsc::Sender<Utf8Bytes>,
    bytes: Arc<AtomicUsize>,
    /// The most of these.
    room: usize,
    cut: Arc<CutSwitch>,
}

/// The receiving end, in the connection's hands.
pub struct Frames {
    frames: mpsc::Receiver<Utf8Bytes>,
    bytes: Arc<AtomicUsize>,
}

/// Thrown once; the first reason counts.
#[derive(Default)]
pub struct CutSwitch {
    cut: OnceLock<Cut>,
    thrown: Notify,
}

impl CutSwitch {
    pub fn throw(&self, cut: Cut) {
        self.cut.get_or_init(|| cut);
        self.thrown.notify_one();
    }

    pub async fn thrown(&self) -> Cut {
        loop {
            if let Some(cut) = self.cut.get() {
                return *cut;
            }
            self.thrown.notified().await;
        }
    }
}

pub fn outbox() -> (Outbox, Frames, Arc<CutSwitch>) {
    bounded(if store::sabotage::is("endless_outbox") { 1 << 20 } else { FRAMES }, BYTES)
}

/// For so many frames, and bytes.
pub fn bounded(frames: usize, room: usize) -> (Outbox, Frames, Arc<CutSwitch>) {
    let (sender, receiver) = mpsc::channel(frames);
    let bytes = Arc::<AtomicUsize>::default();
    let cut = Arc::<CutSwitch>::default();
    let outbox = Outbox { frames: sender, bytes: Arc::clone(&bytes), room, cut: Arc::clone(&cut) };
    (outbox, Frames { frames: receiver, bytes }, cut)
}

impl Outbox {
    /// Queues a frame; when there is no room the connection is cut.
    pub fn push(&self, frame: Utf8Bytes) {
        if store::sabotage::is("endless_outbox") {
            drop(self.frames.try_send(frame.to_string().into()));
            return;
        }
        let size = frame.len();
        let waiting = self.bytes.fetch_add(size, Ordering::Relaxed);
        // One large frame is let into an empty queue: a snapshot may be bigger than the bound.
        let fits = waiting == 0 || waiting + size <= self.room;
        if !fits || self.frames.try_send(frame).is_err() {
            self.bytes.fetch_sub(size, Ordering::Relaxed);
            self.cut(Cut { code: protocol::frame::close::SLOW, reason: "slow" });
        }
    }

    pub fn cut(&self, cut: Cut) {
        self.cut.throw(cut);
    }
}

impl Frames {
    /// The next frame; none when the hub has let go.
    pub async fn next(&mut self) -> Option<Utf8Bytes> {
        self.frames.recv().await.inspect(|frame| self.taken(frame))
    }

    /// A frame that waits already.
    pub fn waiting(&mut self) -> Option<Utf8Bytes> {
        self.frames.try_recv().ok().inspect(|frame| self.taken(frame))
    }

    fn taken(&self, frame: &Utf8Bytes) {
        if !store::sabotage::is("endless_outbox") {
            self.bytes.fetch_sub(frame.len(), Ordering::Relaxed);
        }
    }
}
