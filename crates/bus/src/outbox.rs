//! Events on their way to the other nodes: numbered, queued, sent in batches by one task.
//! Invariant: numbers are in the order of the queue, and a dropped event is counted before
//! the next packet is sent.

use crate::{
    Exchange, LocalBus, Options, detour::Detour, intake::Intake, numbers::Numbers, positions::Position,
    subscriber::Link, wire,
};
use model::Envelope;
use std::sync::Arc;
use tokio::{
    sync::{Notify, mpsc},
    time::{MissedTickBehavior, interval},
};

const BATCH: usize = 256;

pub struct Outbox {
    queue: mpsc::Sender<(u64, Arc<Envelope>)>,
    numbers: Numbers,
    /// Woken when nothing is pending.
    idle: Notify,
}

impl Outbox {
    pub fn new(capacity: usize) -> (Arc<Self>, mpsc::Receiver<(u64, Arc<Envelope>)>) {
        let (queue, receiver) = mpsc::channel(capacity);
        (Arc::new(Self { queue, numbers: Numbers::default(), idle: Notify::new() }), receiver)
    }

    pub fn push(&self, envelope: Arc<Envelope>) {
        if !self.numbers.give(|seq| self.queue.try_send((seq, envelope)).is_ok()) {
            metrics::counter!("octim_bus_lost_total").increment(1);
        }
    }

    /// Waits until everything that was queued has been sent or dropped.
    pub async fn drained(&self) {
        loop {
            let idle = self.idle.notified();
            if self.numbers.pending() == 0 {
                return;
            }
            idle.await;
        }
    }

    fn count_lost(&self, events: usize) {
        self.numbers.lose(events);
        metrics::counter!("octim_bus_lost_total").increment(events as u64);
    }

    fn position(&self, seq: u64) -> Position {
        self.numbers.position(seq)
    }

    /// So many left the queue, for wherever. How many are still there or on their way?
    pub fn sent(&self, events: usize) -> usize {
        let pending = self.numbers.done(events);
        if pending == 0 {
            self.idle.notify_waiters();
        }
        pending
    }

    /// The position to repeat; none while events are queued, for their numbers come first.
    pub fn idle_position(&self) -> Option<Position> {
        self.numbers.idle()
    }
}

/// Sends what is queued, and repeats this node's position.
pub struct Sender {
    pub outbox: Arc<Outbox>,
    pub exchange: Arc<dyn Exchange>,
    pub link: Arc<Link>,
    pub detour: Arc<Detour>,
    pub intake: Arc<Intake>,
    pub local: Arc<LocalBus>,
    pub node: Arc<str>,
    pub options: Options,
}

impl Sender {
    /// Until the outbox is gone.
    pub async fn run(self, mut queue: mpsc::Receiver<(u64, Arc<Envelope>)>) {
        let mut heartbeat = interval(self.options.heartbeat);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut link = self.link.watch();
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let stands = tokio::select! {
                received = queue.recv_many(&mut batch, BATCH) => {
                    if received == 0 {
                        return;
                    }
                    false
                }
                _ = heartbeat.tick() => {
                    self.intake.notice_silence(self.options.presence_ttl + self.options.heartbeat);
                    true
                }
                // The link lives as long as this.
                _ = link.changed() => true,
                () = self.detour.changed.notified() => self.detour.is_needed(),
            };
            self.send(&batch, stands).await;
            let pending = self.outbox.sent(batch.len());
            batch.clear();
            metrics::gauge!("octim_bus_queue_depth").set(pending as f64);
        }
    }

    /// `stands`: with this node's position and standing.
    async fn send(&self, batch: &[(u64, Arc<Envelope>)], stands: bool) {
        let needs_detour = self.detour.is_needed();
        let mut packets: Vec<String> = (batch.iter())
            .filter_map(|(seq, envelope)| self.packet(self.outbox.position(*seq), Some(envelope)))
            .collect();
        let idle = self.outbox.idle_position().filter(|_| stands);
        // Without a detour the exchange is tried in any case.
        let took = if self.link.is_connected() || !self.detour.exists() {
            let position = idle.and_then(|position| self.packet(position, None));
            self.publish(packets.iter().chain(&position).cloned().collect()).await
        } else {
            false
        };
        let takes_detour = needs_detour || !took;
        if !takes_detour {
            packets.clear();
        }
        if stands && self.detour.exists() {
            // Numbers count on the way that the events took.
            let position = idle.filter(|_| takes_detour).unwrap_or_default();
            let standing = self.detour.standing(&self.local.roster);
            packets.extend(wire::encode_standing(&self.node, position, &standing).ok());
        }
        let relayed = !packets.is_empty() && self.detour.exists() && self.detour.send(packets).await;
        if !took && !relayed && !batch.is_empty() {
            tracing::debug!(events = batch.len(), "events were not taken");
            self.outbox.count_lost(batch.len());
        }
    }

    fn packet(&self, position: Position, envelope: Option<&Envelope>) -> Option<String> {
        // A number that stays missing is noticed by the other nodes.
        wire::encode(&self.node, position, envelope)
            .inspect_err(|error| tracing::error!(%error, "an event cannot be encoded"))
            .ok()
    }

    async fn publish(&self, packets: Vec<String>) -> bool {
        packets.is_empty() || self.exchange.publish(packets).await
    }
}
