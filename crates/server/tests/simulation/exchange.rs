//! Where the nodes meet: like a channel of Redis it forgets what nobody heard, and whoever is cut off has missed
//! what was under way. A second one is the detour.

use super::time::wait;
use bus::{Bus, Exchange, Heard, Relay};
use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::unfold};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use testkit::chaos::Dice;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until, timeout},
};

/// A node hears what it says itself: after so much silence it hears nothing.
const SILENCE: Duration = Duration::from_secs(10);

struct State {
    dice: Dice,
    /// By node: a new one for each connection.
    listeners: BTreeMap<usize, Listener>,
    /// Nodes that cannot reach it.
    away: Vec<usize>,
}

struct Listener {
    packets: mpsc::UnboundedSender<(Instant, Vec<u8>)>,
    /// Dropped when the connection is.
    _cut: watch::Sender<()>,
    /// Packets that will not arrive.
    deaf_for: u64,
}

#[derive(Clone)]
pub struct Meeting(Arc<Mutex<State>>);

/// One node's way to it, for one life of that node.
#[derive(Clone)]
pub struct Seat {
    meeting: Meeting,
    node: usize,
    dead: watch::Receiver<bool>,
}

impl Meeting {
    pub fn new(seed: u64) -> Self {
        let state = State { dice: Dice::new(seed), listeners: BTreeMap::new(), away: Vec::new() };
        Self(Arc::new(Mutex::new(state)))
    }

    pub fn seat(&self, node: usize, dead: watch::Receiver<bool>) -> Seat {
        Seat { meeting: self.clone(), node, dead }
    }

    /// The connections of a node are gone, and it gets none for now.
    pub fn keep_away(&self, node: usize) {
        let mut state = self.state();
        state.away.push(node);
        state.listeners.remove(&node);
    }

    /// A node's connection is gone, with what was under way.
    pub fn cut(&self, node: usize) {
        self.state().listeners.remove(&node);
    }

    /// It begins anew and knows nobody.
    pub fn forget(&self) {
        self.state().listeners.clear();
    }

    /// The next packets do not arrive at this node, which is not told.
    pub fn lose(&self, node: usize, packets: u64) {
        if let Some(listener) = self.state().listeners.get_mut(&node) {
            listener.deaf_for = packets;
        }
    }

    pub fn heal(&self) {
        self.state().away.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    fn is_away(&self) -> bool {
        *self.dead.borrow() || self.meeting.state().away.contains(&self.node)
    }

    /// For the detour.
    pub fn relay(self) -> Relay {
        Arc::new(move |packets| self.publish(packets))
    }
}

impl Exchange for Seat {
    fn publish(&self, packets: Vec<String>) -> BoxFuture<'static, bool> {
        let seat = self.clone();
        async move {
            let delay = 1 + seat.meeting.state().dice.roll(10);
            wait(delay).await;
            if seat.is_away() {
                return false;
            }
            let mut state = seat.meeting.state();
            let State { dice, listeners, .. } = &mut *state;
            let now = Instant::now();
            for packet in packets {
                for listener in listeners.values_mut() {
                    if listener.deaf_for > 0 {
                        listener.deaf_for -= 1;
                        continue;
                    }
                    let most = if dice.roll(8) == 0 { 200 } else { 10 };
                    let at = now + Duration::from_millis(dice.roll(most));
                    // One that is gone hears nothing.
                    drop(listener.packets.send((at, packet.clone().into_bytes())));
                }
            }
            true
        }
        .boxed()
    }

    fn listen(&self) -> BoxFuture<'static, Result<Heard, String>> {
        let seat = self.clone();
        async move {
            wait(5).await;
            if seat.is_away() {
                return Err("it cannot be reached".to_owned());
            }
            let (packets, receiver) = mpsc::unbounded_channel();
            let (cut, connected) = watch::channel(());
            let listener = Listener { packets, _cut: cut, deaf_for: 0 };
            seat.meeting.state().listeners.insert(seat.node, listener);
            let heard = unfold((receiver, connected), async |(mut receiver, mut connected)| {
                let next = async {
                    let (at, packet) = receiver.recv().await?;
                    sleep_until(at).await;
                    Some(packet)
                };
                let packet = tokio::select! {
                    biased;
                    _ = connected.changed() => None,
                    packet = next => packet,
                }?;
                Some((packet, (receiver, connected)))
            });
            Ok(heard.boxed())
        }
        .boxed()
    }
}

/// As `cluster.rs` does it.
pub async fn take_detour(seat: Seat, bus: Bus) {
    loop {
        if let Ok(mut heard) = seat.listen().await {
            bus.detour_broke();
            while let Ok(Some(packet)) = timeout(SILENCE, heard.next()).await {
                bus.hear(&String::from_utf8_lossy(&packet));
            }
        }
        wait(1_000).await;
    }
}
