//! Events on their way to Redis: numbered, queued, sent in pipelined batches by one task.
//! Invariant: numbers are in the order of the queue, and a dropped event is counted before
//! the next packet is sent.

use crate::{Options, positions::Position, wire};
use model::Envelope;
use redis::aio::ConnectionManager;
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};
use tokio::{
    sync::{Notify, mpsc},
    time::{MissedTickBehavior, interval},
};

const BATCH: usize = 256;

pub struct Outbox {
    queue: mpsc::Sender<(u64, Arc<Envelope>)>,
    /// The newest number; held while queueing, so that the order is the same.
    assigned: Mutex<u64>,
    lost: AtomicU64,
    /// Queued or on their way.
    pending: AtomicUsize,
    /// Woken when nothing is pending.
    idle: Notify,
}

impl Outbox {
    pub fn new(capacity: usize) -> (Arc<Self>, mpsc::Receiver<(u64, Arc<Envelope>)>) {
        let (queue, receiver) = mpsc::channel(capacity);
        let outbox = Self {
            queue,
            assigned: Mutex::new(0),
            lost: AtomicU64::new(0),
            pending: AtomicUsize::new(0),
            idle: Notify::new(),
        };
        (Arc::new(outbox), receiver)
    }

    pub fn push(&self, envelope: Arc<Envelope>) {
        let mut assigned = self.assigned.lock().unwrap_or_else(PoisonError::into_inner);
        *assigned += 1;
        self.pending.fetch_add(1, Ordering::Relaxed);
        if self.queue.try_send((*assigned, envelope)).is_err() {
            self.pending.fetch_sub(1, Ordering::Relaxed);
            self.count_lost(1);
        }
    }

    /// Waits until everything that was queued has been sent or dropped.
    pub async fn drained(&self) {
        loop {
            let idle = self.idle.notified();
            if self.pending.load(Ordering::Acquire) == 0 {
                return;
            }
            idle.await;
        }
    }

    fn count_lost(&self, events: usize) {
        self.lost.fetch_add(events as u64, Ordering::Relaxed);
        metrics::counter!("octim_bus_lost_total").increment(events as u64);
    }

    fn position(&self, seq: u64) -> Position {
        let lost = self.lost.load(Ordering::Relaxed);
        Position { seq, lost }
    }

    /// The position to repeat; none while events are queued, for their numbers come first.
    fn idle_position(&self) -> Option<Position> {
        let assigned = self.assigned.lock().unwrap_or_else(PoisonError::into_inner);
        (self.pending.load(Ordering::Acquire) == 0).then(|| self.position(*assigned))
    }
}

/// Sends until the outbox is gone.
pub async fn send(
    outbox: Arc<Outbox>,
    mut queue: mpsc::Receiver<(u64, Arc<Envelope>)>,
    mut redis: ConnectionManager,
    node: Arc<str>,
    options: Options,
) {
    let channel = format!("{}:events", options.prefix);
    let mut heartbeat = interval(options.heartbeat);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            received = queue.recv_many(&mut batch, BATCH) => if received == 0 { return },
            _ = heartbeat.tick() => {}
        }
        let mut pipe = redis::pipe();
        for (seq, envelope) in &batch {
            match wire::encode(&node, outbox.position(*seq), Some(envelope)) {
                Ok(bytes) => drop(pipe.publish(&channel, bytes).ignore()),
                // The number stays missing, so other nodes learn of it.
                Err(error) => tracing::error!(%error, "an event cannot be encoded"),
            }
        }
        if batch.is_empty()
            && let Some(position) = outbox.idle_position()
            && let Ok(bytes) = wire::encode(&node, position, None)
        {
            pipe.publish(&channel, bytes).ignore();
        }
        if !pipe.is_empty() {
            // Once more, as the first failure may only tell that an old connection is gone;
            // whoever got the events already knows their numbers.
            let mut sent = pipe.exec_async(&mut redis).await;
            if sent.is_err() {
                sent = pipe.exec_async(&mut redis).await;
            }
            if let Err(error) = sent {
                tracing::debug!(%error, events = batch.len(), "Redis did not take events");
                outbox.count_lost(batch.len());
            }
        }
        let pending = outbox.pending.fetch_sub(batch.len(), Ordering::AcqRel) - batch.len();
        batch.clear();
        metrics::gauge!("octim_bus_queue_depth").set(pending as f64);
        if pending == 0 {
            outbox.idle.notify_waiters();
        }
    }
}
