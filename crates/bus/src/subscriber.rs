//! The one listening connection of a node. Invariant: whenever it was lost, a gap is
//! delivered after it is subscribed again and before any newer event.

use crate::{Exchange, Options, exchange::Heard, intake::Intake};
use futures_util::StreamExt as _;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};

const FIRST_RETRY: Duration = Duration::from_millis(50);
const LAST_RETRY: Duration = Duration::from_secs(2);

pub struct Subscriber {
    pub exchange: Arc<dyn Exchange>,
    pub options: Options,
    pub intake: Arc<Intake>,
    pub link: Arc<Link>,
}

/// Whether the node hears the others.
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
            match timeout(self.options.timeout * 2, self.exchange.listen()).await {
                Ok(Ok(heard)) => {
                    tracing::info!("the bus is connected to Redis");
                    retry = FIRST_RETRY;
                    self.link.set(true);
                    if missed {
                        self.intake.gap();
                    }
                    self.listen(heard).await;
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

    /// Returns when the connection is gone. A node hears its own heartbeats, so silence
    /// means that the connection is dead although nobody closed it.
    async fn listen(&self, mut heard: Heard) {
        let silence = self.options.heartbeat * 3 + self.options.timeout;
        while let Ok(Some(packet)) = timeout(silence, heard.next()).await {
            self.intake.read(&packet);
        }
    }
}
