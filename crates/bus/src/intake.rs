//! Takes in what other nodes say, by whichever way it comes. Invariant: no event is delivered twice,
//! and none after a newer one of its node.

use crate::{
    Delivery,
    detour::Detour,
    fanout::Fanout,
    positions::Positions,
    wire::{self, Packet},
};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

pub struct Intake {
    node: Arc<str>,
    fanout: Arc<Fanout>,
    detour: Arc<Detour>,
    /// Held while an event is delivered, so that the next one, by the other way, comes after it.
    positions: Mutex<Positions>,
}

impl Intake {
    pub fn new(node: Arc<str>, fanout: Arc<Fanout>, detour: Arc<Detour>) -> Self {
        Self { node, fanout, detour, positions: Mutex::default() }
    }

    pub fn read(&self, bytes: &[u8]) {
        match wire::decode(bytes) {
            Ok(packet) if *packet.node == *self.node => {}
            Ok(packet) => self.take(packet),
            Err(error) => {
                tracing::warn!(%error, "the bus got something that is no packet");
                self.gap();
            }
        }
    }

    fn take(&self, packet: Packet) {
        if let Some(standing) = packet.standing {
            self.detour.heard(&packet.node, standing);
        }
        let mut positions = self.positions();
        let seen = positions.observe(&packet.node, packet.position, packet.is_event);
        if seen.gap || seen.fresh && packet.is_unreadable {
            self.gap();
        }
        if let (true, Some(envelope)) = (seen.fresh, packet.envelope) {
            self.fanout.deliver(&Delivery::Event(Arc::new(envelope)));
        }
        if packet.leaves {
            positions.left(&packet.node);
            self.detour.left(&packet.node);
        }
    }

    /// A node that has said nothing for so long may have died after a commit, before it told anybody.
    pub fn notice_silence(&self, limit: Duration) {
        if self.positions().silenced(limit) > 0 {
            tracing::warn!("a node has fallen silent");
            self.gap();
        }
    }

    pub fn gap(&self) {
        metrics::counter!("octim_bus_gaps_total").increment(1);
        self.fanout.deliver(&Delivery::Gap);
    }

    fn positions(&self) -> MutexGuard<'_, Positions> {
        self.positions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
