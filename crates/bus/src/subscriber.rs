//! The one subscribing connection of a node. Invariant: whenever it was lost, a gap is
//! delivered after it is subscribed again and before any newer event.

use crate::{Options, intake::Intake};
use futures_util::StreamExt as _;
use redis::{Client, aio::PubSub};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};

const FIRST_RETRY: Duration = Duration::from_millis(50);
const LAST_RETRY: Duration = Duration::from_secs(2);

pub struct Subscriber {
    pub client: Client,
    pub options: Options,
    pub intake: Arc<Intake>,
    pub link: Arc<Link>,
}

/// Whether the node hears the others by Redis.
#[derive(Default)]
pub struct Link {
    connected: watch::Sender<bool>,
    /// Woken after every attempt to connect.
    attempted: Notify,
}

impl Link {
    pub fn is_connected(&self) -> bool {
        *self.connected.borrow()
    }

    pub fn watch(&self) -> watch::Receiver<bool> {
        self.connected.subscribe()
    }

    pub async fn first_attempt(&self) {
        self.attempted.notified().await;
    }

    fn set(&self, connected: bool) {
        self.connected.send_if_modified(|before| std::mem::replace(before, connected) != connected);
        metrics::gauge!("octim_bus_connected").set(f64::from(u8::from(connected)));
        self.attempted.notify_one();
    }
}

impl Subscriber {
    pub async fn run(self) {
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
                        self.intake.gap();
                    }
                    self.listen(connection).await;
                    tracing::warn!("the bus lost its connection to Redis");
                }
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the bus cannot reach Redis");
                }
                Err(_) => tracing::warn!("Redis does not answer the bus"),
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
    async fn listen(&self, mut connection: PubSub) {
        let silence = self.options.heartbeat * 3 + self.options.timeout;
        let mut messages = connection.on_message();
        while let Ok(Some(message)) = timeout(silence, messages.next()).await {
            self.intake.read(message.get_payload_bytes());
        }
    }
}
