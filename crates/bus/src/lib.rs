//! The bus between the parts of a node and between the nodes of a cluster: events,
//! presence and single-use tickets.
//!
//! Invariant: nothing here is the truth. Whoever loses the bus asks the database again.
//!
//! # Events
//! [`Bus::publish`] never waits and never fails. Subscribers of the same node have got the
//! event when it returns, in the order of the calls of one publisher, with or without Redis.
//! Subscribers of other nodes get it at most once, in the order in which its node published.
//! An event may be lost on the way (a full queue, a broken connection); then every node
//! that may have missed one is told so with [`Delivery::Gap`], after which everything newer
//! arrives. A gap may be announced without need, never withheld. A sender therefore
//! publishes after its commit, and a subscriber answers a gap by reading the database.
//!
//! How a loss is noticed: each node numbers what it publishes and counts what it had to
//! drop. A missing number, a grown count or an own lost connection is a gap. Idle nodes
//! repeat their position, so that the loss of the last event is noticed too.
//!
//! # Presence
//! [`Bus::connect`] and [`Bus::disconnect`] keep, for each [`Member`], the set of this node's
//! connections. With Redis every node writes its members under a lifetime that it renews:
//! a node that dies is forgotten after [`Options::presence_ttl`]. Without Redis each node
//! answers from what it knows itself.
//!
//! # Tickets
//! A ticket is taken at most once in the whole cluster. A ticket that was put while Redis
//! was away can be taken on the same node only. (One hole is known and accepted: Redis took
//! a ticket, died before it answered, and came back with its memory within the lifetime.)

mod fanout;
mod outbox;
mod positions;
mod presence;
mod redis_bus;
mod redis_presence;
mod subscriber;
mod tickets;
mod wire;

use fanout::Fanout;
use model::{AgentId, Envelope, Millis, WorkspaceId};
use presence::Roster;
use redis_bus::RedisBus;
use std::{sync::Arc, time::Duration};
use thiserror::Error;
use tickets::Tickets;

pub use presence::{ConnectionId, Member};

/// What a subscriber is handed.
#[derive(Clone, Debug)]
pub enum Delivery {
    Event(Arc<Envelope>),
    /// Events of other nodes may have been missed; what follows is complete again.
    Gap,
}

/// Called on the publisher's own task: it must not block, and pushes to bounded queues.
pub type Sink = Arc<dyn Fn(Delivery) + Send + Sync>;

#[derive(Debug, Error)]
pub enum Error {
    #[error("the Redis address is not valid: {0}")]
    Address(String),
    #[error("too many tickets are waiting to be used")]
    TooManyTickets,
}

/// How a node uses Redis. The defaults suit production; tests shorten the times.
#[derive(Clone, Debug)]
pub struct Options {
    /// Starts every key and channel; clusters that share one Redis need different ones.
    pub prefix: String,
    /// Events that may wait for Redis; more are dropped and become a gap for other nodes.
    pub queue: usize,
    /// How often a node repeats its position and renews its presence.
    pub heartbeat: Duration,
    /// After this long without a heartbeat a node counts as gone.
    pub presence_ttl: Duration,
    /// The longest that one exchange with Redis may take.
    pub timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            prefix: "octim".to_owned(),
            queue: 8_192,
            heartbeat: Duration::from_secs(5),
            presence_ttl: Duration::from_secs(20),
            timeout: Duration::from_secs(1),
        }
    }
}

/// A handle; clones are the same node. The tasks of a Redis bus end with its last handle.
#[derive(Clone)]
pub enum Bus {
    Local(Arc<LocalBus>),
    Redis(Arc<RedisBus>),
}

/// What every node has, and all that a single one needs.
#[derive(Default)]
pub struct LocalBus {
    fanout: Arc<Fanout>,
    roster: Roster,
    tickets: Tickets,
}

impl Bus {
    pub fn local() -> Self {
        Self::Local(Arc::default())
    }

    /// Joins the cluster that meets at this Redis. An unreachable Redis is no error: the node
    /// works alone, keeps trying, and [`Bus::is_connected`] tells.
    pub async fn redis(url: &str) -> Result<Self, Error> {
        Self::redis_with(url, Options::default()).await
    }

    pub async fn redis_with(url: &str, options: Options) -> Result<Self, Error> {
        Ok(Self::Redis(Arc::new(RedisBus::open(url, options).await?)))
    }

    fn node(&self) -> &LocalBus {
        match self {
            Self::Local(bus) => bus,
            Self::Redis(bus) => bus.node(),
        }
    }

    /// Hands everything from now on to `sink`, for as long as the bus lives.
    pub fn subscribe(&self, sink: Sink) {
        self.node().fanout.add(sink);
    }

    pub fn publish(&self, envelope: Envelope) {
        let envelope = Arc::new(envelope);
        self.node().fanout.deliver(&Delivery::Event(Arc::clone(&envelope)));
        if let Self::Redis(bus) = self {
            bus.outbox().push(envelope);
        }
    }

    /// True when it is this node's first connection of the member.
    pub fn connect(&self, member: Member, connection: ConnectionId) -> bool {
        let first = self.node().roster.connect(member, connection);
        if let (true, Self::Redis(bus)) = (first, self) {
            bus.presence().touch(member);
        }
        first
    }

    /// True when it was this node's last connection of the member.
    pub fn disconnect(&self, member: Member, connection: ConnectionId) -> bool {
        let last = self.node().roster.disconnect(member, connection);
        if let (true, Self::Redis(bus)) = (last, self) {
            bus.presence().touch(member);
        }
        last
    }

    /// Whether the member has a connection on any node.
    pub async fn is_present(&self, member: Member) -> bool {
        self.node().roster.contains(member)
            || match self {
                Self::Local(_) => false,
                Self::Redis(bus) => bus.presence().knows(member).await,
            }
    }

    /// Agents of the workspace with a connected console on any node, in order of their ids.
    pub async fn present_agents(&self, workspace: WorkspaceId) -> Vec<AgentId> {
        let mut agents = self.node().roster.agents(workspace);
        if let Self::Redis(bus) = self {
            agents.extend(bus.presence().agents(workspace).await);
        }
        agents.sort_unstable();
        agents.dedup();
        agents
    }

    /// Keeps `payload` for whoever names `hash` first, until `ttl` has passed.
    pub async fn put_ticket(
        &self,
        hash: &str,
        payload: &str,
        ttl: Duration,
        now: Millis,
    ) -> Result<(), Error> {
        if let Self::Redis(bus) = self
            && bus.put_ticket(hash, payload, ttl).await
        {
            return Ok(());
        }
        self.node().tickets.put(hash, payload, ttl, now)
    }

    /// The payload, for exactly one of all callers; none when it is unknown, used or expired.
    pub async fn take_ticket(&self, hash: &str, now: Millis) -> Option<String> {
        match (self.node().tickets.take(hash, now), self) {
            (None, Self::Redis(bus)) => bus.take_ticket(hash).await,
            (payload, _) => payload,
        }
    }

    /// False while a Redis bus works alone.
    pub fn is_connected(&self) -> bool {
        match self {
            Self::Local(_) => true,
            Self::Redis(bus) => bus.is_connected(),
        }
    }

    /// Leaves the cluster: sends what is queued and withdraws this node's presence, so that
    /// others need not wait for it to expire. For the end of a graceful stop.
    pub async fn close(&self) {
        if let Self::Redis(bus) = self {
            bus.close().await;
        }
    }
}
