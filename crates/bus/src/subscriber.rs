//! The one subscribing connection of a node. Invariant: whenever it was lost, a gap is
//! delivered after it is subscribed again and before any newer event.

use crate::{
    Delivery, Options,
    fanout::Fanout,
    positions::Positions,
    wire::{self, Packet},
};
use futures_util::StreamExt as _;
use redis::{Client, aio::PubSub};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

const FIRST_RETRY: Duration = Duration::from_millis(50);
const LAST_RETRY: Duration = Duration::from_secs(2);

pub struct Subscriber {
    pub client: Client,
    pub node: Arc<str>,
    pub options: Options,
    pub fanout: Arc<Fanout>,
    pub link: Arc<Link>,
}

/// Whether the node hears the others.
#[derive(Default)]
pub struct Link {
    connected: AtomicBool,
    /// Woken after every attempt to connect.
    attempted: Notify,
}

impl Link {
    pub fn is_connected(&self) -> bool {
        self.connected.load(Ordering::Acquire)
    }

    pub async fn first_attempt(&self) {
        self.attempted.notified().await;
    }

    fn set(&self, connected: bool) {
        self.connected.store(connected, Ordering::Release);
        metrics::gauge!("octim_bus_connected").set(f64::from(u8::from(connected)));
        self.attempted.notify_one();
    }
}

impl Subscriber {
    pub async fn run(self) {
        let mut positions = Positions::default();
        let mut retry = FIRST_RETRY;
        // The first connection needs no gap: there is nobody yet who could have missed
        // something, unless it took more than one attempt.
        let mut missed = false;
        loop {
            match timeout(self.options.timeout * 2, self.subscribe()).await {
                Ok(Ok(connection)) => {
                    tracing::info!("the bus is connected to Redis");
                    retry = FIRST_RETRY;
                    self.link.set(true);
                    if missed {
                        positions.reconnected();
                        self.gap();
                    }
                    self.listen(connection, &mut positions).await;
                    tracing::warn!("the bus lost its connection to Redis; working alone");
                }
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the bus cannot reach Redis; working alone");
                }
                Err(_) => tracing::warn!("Redis does not answer the bus; working alone"),
            }
            missed = true;
            self.link.set(false);
            sleep(retry).await;
            retry = (retry * 2).min(LAST_RETRY);
        }
    }

    async fn subscribe(&self) -> redis::RedisResult<PubSub> {
        let mut connection = self.client.get_async_pubsub().await?;
        let channel = format!("{}:events", self.options.prefix);
        connection.subscribe(channel).await?;
        Ok(connection)
    }

    /// Returns when the connection is gone. A node hears its own heartbeats, so silence
    /// means that the connection is dead although nobody closed it.
    async fn listen(&self, mut connection: PubSub, positions: &mut Positions) {
        let silence = self.options.heartbeat * 3 + self.options.timeout;
        let mut messages = connection.on_message();
        while let Ok(Some(message)) = timeout(silence, messages.next()).await {
            match wire::decode(message.get_payload_bytes()) {
                Ok(packet) if *packet.node == *self.node => {}
                Ok(packet) => self.receive(packet, positions),
                Err(error) => {
                    tracing::warn!(%error, "the bus got something that is no packet");
                    self.gap();
                }
            }
        }
    }

    fn receive(&self, packet: Packet, positions: &mut Positions) {
        let seen = positions.observe(&packet.node, packet.position, packet.is_event);
        if seen.gap {
            self.gap();
        }
        if let (true, Some(envelope)) = (seen.fresh, packet.envelope) {
            self.fanout.deliver(&Delivery::Event(Arc::new(envelope)));
        }
    }

    fn gap(&self) {
        metrics::counter!("octim_bus_gaps_total").increment(1);
        self.fanout.deliver(&Delivery::Gap);
    }
}
