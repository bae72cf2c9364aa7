//! The numbers of what a node publishes.
//!
//! Invariant: a number is given and its event queued in one step, so that numbers are in the order of
//! the queue; and a position that is repeated names no event that still waits to be sent: all up to it
//! were said, or are counted as lost.

use super::{
    positions::Position,
    sync::{AtomicU64, AtomicUsize, Mutex, Ordering, PoisonError},
};

#[derive(Default)]
pub struct Numbers {
    /// The newest; held while queueing.
    newest: Mutex<u64>,
    lost: AtomicU64,
    /// Queued or on their way.
    pending: AtomicUsize,
}

impl Numbers {
    /// Gives the next number to what `queue` takes; what it does not take is lost.
    pub fn give(&self, queue: impl FnOnce(u64) -> bool) -> bool {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        *newest += 1;
        self.pending.fetch_add(1, Ordering::Relaxed);
        let queued = queue(*newest);
        if !queued {
            self.pending.fetch_sub(1, Ordering::Relaxed);
            self.lose(1);
        }
        queued
    }

    /// So many were not taken by anybody.
    pub fn lose(&self, events: usize) {
        self.lost.fetch_add(events as u64, Ordering::Relaxed);
    }

    /// So many are on their way no more, said or lost. How many others are there?
    pub fn done(&self, events: usize) -> usize {
        self.pending.fetch_sub(events, Ordering::AcqRel) - events
    }

    pub fn pending(&self) -> usize {
        self.pending.load(Ordering::Acquire)
    }

    /// What is said with the event of this number.
    pub fn position(&self, seq: u64) -> Position {
        Position { seq, lost: self.lost.load(Ordering::Relaxed) }
    }

    /// The position to repeat; none while events wait, for their numbers come first.
    pub fn idle(&self) -> Option<Position> {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        (self.pending() == 0).then(|| self.position(*newest))
    }
}
