//! Who may come in at once. After a broken network or a restart all clients return in the same
//! moment; letting them in a few at a time keeps the database free for those who are in.
//!
//! Invariant: nobody waits at the door for longer than a client's patience, and who is sent away
//! is told when to come back.

use super::outbox::Cut;
use protocol::frame::close;
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

/// Connections whose credential is looked at together.
const AT_ONCE: usize = 16;
/// How many may wait for that.
const QUEUE: usize = 1_000;
/// How long they may wait; clients give a connection without `welcome` up after 10 s.
const PATIENCE: Duration = Duration::from_secs(4);
/// Conversations that are read together for clients which resume.
const RESUMES: usize = 8;

/// Seconds after which those who are sent away may come back: different ones, in turn.
const LATER: [(u64, &str); 8] = [
    (1, "retry_after=1"),
    (2, "retry_after=2"),
    (3, "retry_after=3"),
    (4, "retry_after=4"),
    (5, "retry_after=5"),
    (6, "retry_after=6"),
    (7, "retry_after=7"),
    (8, "retry_after=8"),
];

/// A door; agents and visitors have one each, so that a crowd of visitors keeps no agent out.
pub struct Door {
    places: Semaphore,
    waiting: AtomicUsize,
    sent_away: AtomicUsize,
}

/// The doors of a node, and how many may resume at once.
pub struct Admission {
    pub staff: Door,
    pub visitors: Door,
    resumes: Semaphore,
}

/// Come back after so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Later(usize);

impl Later {
    pub const fn seconds(self) -> u64 {
        LATER[self.0].0
    }

    pub const fn cut(self) -> Cut {
        Cut { code: close::RATE, reason: LATER[self.0].1 }
    }
}

impl Default for Door {
    fn default() -> Self {
        Self { places: Semaphore::new(AT_ONCE), waiting: AtomicUsize::new(0), sent_away: AtomicUsize::new(0) }
    }
}

impl Default for Admission {
    fn default() -> Self {
        Self { staff: Door::default(), visitors: Door::default(), resumes: Semaphore::new(RESUMES) }
    }
}

impl Door {
    /// A place inside, in the order of arrival.
    pub async fn enter(&self) -> Result<SemaphorePermit<'_>, Later> {
        let waiting = Waiting::behind(&self.waiting);
        if waiting.ahead >= QUEUE {
            return Err(self.later());
        }
        // A semaphore is never closed here, so an error means that time is up.
        timeout(PATIENCE, self.places.acquire()).await.ok().and_then(Result::ok).ok_or_else(|| self.later())
    }

    fn later(&self) -> Later {
        metrics::counter!("octim_sockets_deferred_total").increment(1);
        Later(self.sent_away.fetch_add(1, Ordering::Relaxed) % LATER.len())
    }
}

impl Admission {
    /// A turn to read what a client missed; none only when the server is going down.
    pub async fn resume(&self) -> Option<SemaphorePermit<'_>> {
        self.resumes.acquire().await.ok()
    }
}

/// Counts itself while it lives, also when the client goes away.
struct Waiting<'a> {
    count: &'a AtomicUsize,
    ahead: usize,
}

impl<'a> Waiting<'a> {
    fn behind(count: &'a AtomicUsize) -> Self {
        Self { ahead: count.fetch_add(1, Ordering::Relaxed), count }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join_all;

    #[tokio::test(start_paused = true)]
    async fn who_finds_no_place_in_time_is_told_when_to_come_back() {
        let door = Door::default();
        let mut inside = Vec::new();
        for _ in 0..AT_ONCE {
            inside.push(door.enter().await.unwrap());
        }
        let (first, second) = tokio::join!(door.enter(), door.enter());
        let (first, second) = (first.unwrap_err(), second.unwrap_err());
        assert_eq!(first.cut().code, 4029);
        assert_eq!(first.cut().reason, format!("retry_after={}", first.seconds()));
        assert_ne!(first, second, "they do not come back together");
        inside.pop();
        assert!(door.enter().await.is_ok());
        assert_eq!(door.waiting.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn queue_that_is_full_sends_away_at_once() {
        let door = Door::default();
        let mut inside = Vec::new();
        for _ in 0..AT_ONCE {
            inside.push(door.enter().await.unwrap());
        }
        let began = tokio::time::Instant::now();
        let arrivals = (0..=QUEUE).map(async |_| (door.enter().await.is_err(), began.elapsed()));
        let outcomes = join_all(arrivals).await;
        let at_once = outcomes.iter().filter(|(away, took)| *away && took.is_zero()).count();
        assert_eq!(at_once, 1);
        assert!(outcomes.iter().all(|(away, _)| *away));
    }
}
