//! The contract of `bus`: what holds with and without Redis (`both`), and what only a
//! cluster can show (`cluster`). The Redis half runs when `OCTIM_TEST_REDIS_URL` is set.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking; the configured exception covers only #[test] functions"
)]

mod both;
mod cluster;
mod proxy;

use bus::{Bus, Delivery, Options};
use model::{AgentId, Envelope, Event, Topic, WorkspaceId};
use std::{future::Future, sync::Arc, time::Duration};
use tokio::{sync::mpsc, time::timeout};

const PATIENCE: Duration = Duration::from_secs(10);

/// Where the buses of one test meet; no other test meets there.
enum Place {
    Here(Bus),
    Redis { url: String, prefix: String },
}

impl Place {
    fn redis() -> Option<Self> {
        let url = std::env::var("OCTIM_TEST_REDIS_URL").ok()?;
        let prefix = format!("test-{}", uuid::Uuid::new_v4().simple());
        Some(Self::Redis { url, prefix })
    }

    /// A short heartbeat, so that a test of it takes a moment.
    fn options(&self) -> Options {
        let prefix = match self {
            Self::Here(_) => String::new(),
            Self::Redis { prefix, .. } => prefix.clone(),
        };
        Options { prefix, heartbeat: Duration::from_millis(50), ..Options::default() }
    }

    fn url(&self) -> &str {
        match self {
            Self::Here(_) => "",
            Self::Redis { url, .. } => url,
        }
    }

    async fn bus(&self) -> Bus {
        match self {
            Self::Here(bus) => bus.clone(),
            Self::Redis { url, .. } => Bus::redis_with(url, self.options(), None).await.unwrap(),
        }
    }
}

/// What a bus handed to one subscriber.
struct Inbox(mpsc::UnboundedReceiver<Delivery>);

impl Inbox {
    fn of(bus: &Bus) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        bus.subscribe(Arc::new(move |delivery| drop(sender.send(delivery))));
        Self(receiver)
    }

    async fn next(&mut self) -> Delivery {
        timeout(PATIENCE, self.0.recv()).await.expect("the bus delivers in time").unwrap()
    }

    /// The next event, which must not be preceded by a gap.
    async fn event(&mut self) -> Envelope {
        match self.next().await {
            Delivery::Event(envelope) => (*envelope).clone(),
            Delivery::Gap => panic!("a gap without need"),
        }
    }

    /// Drops events until a gap comes.
    async fn gap(&mut self) {
        while let Delivery::Event(_) = self.next().await {}
    }

    /// Drops gaps and other events until this one comes.
    async fn until(&mut self, wanted: &Envelope) {
        loop {
            if let Delivery::Event(envelope) = self.next().await
                && *envelope == *wanted
            {
                return;
            }
        }
    }

    fn now(&mut self) -> Option<Envelope> {
        match self.0.try_recv().ok()? {
            Delivery::Event(envelope) => Some((*envelope).clone()),
            Delivery::Gap => panic!("a gap without need"),
        }
    }
}

/// An event that is told apart from others by a number.
fn event(number: i64) -> Envelope {
    Envelope {
        topic: Topic::Workspace(WorkspaceId(1)),
        event: Event::AccessChanged { agent_id: AgentId(number) },
    }
}

/// Asks until the answer is yes. Each question is an exchange with Redis, not a busy loop.
async fn eventually<F: Future<Output = bool>>(mut question: impl FnMut() -> F) {
    timeout(PATIENCE, async {
        while !question().await {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the answer becomes yes");
}
