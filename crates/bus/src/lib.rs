//! The bus between the parts of a node and between the nodes of a cluster: events,
//! presence, tickets and limits.
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
//! Agents with a console are also told by the detour, for as long as it is needed.
//!
//! # The detour
//! A [`Relay`] carries packets some other way between the nodes. While a node has lost Redis, all
//! send by both ways. Losing Redis then costs latency, not events.
//!
//! # Tickets and limits
//! Tickets of a node that is alone are in its memory: [`Bus::tickets`]. [`Bus::count_use`] counts
//! what all nodes limit together, for as long as Redis is there.

mod cluster;
mod detour;
mod exchange;
mod fanout;
mod intake;
mod limits;
mod numbers;
mod outbox;
mod positions;
mod presence;
mod redis_presence;
mod subscriber;
mod sync;
mod tickets;
mod wire;

use cluster::ClusterBus;
use fanout::Fanout;
use model::{AgentId, Envelope, WorkspaceId};
use presence::Roster;
use std::{sync::Arc, time::Duration};
use thiserror::Error;

pub use detour::Relay;
pub use exchange::{Exchange, Heard};
pub use presence::{ConnectionId, Member};
pub use tickets::Tickets;

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
            heartbeat: Duration::from_secs(2),
            presence_ttl: Duration::from_secs(10),
            timeout: Duration::from_secs(1),
        }
    }
}

/// A handle; clones are the same node. The tasks of a cluster's bus end with its last handle.
#[derive(Clone)]
pub enum Bus {
    Local(Arc<LocalBus>),
    Cluster(Arc<ClusterBus>),
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
        Self::redis_with(url, Options::default(), None).await
    }

    /// What comes by the relay is to be handed to [`Bus::hear`].
    pub async fn redis_with(url: &str, options: Options, relay: Option<Relay>) -> Result<Self, Error> {
        Ok(Self::Cluster(Arc::new(ClusterBus::at_redis(url, options, relay).await?)))
    }

    /// Joins the nodes that meet at this exchange. Without Redis they have no presence and no limits
    /// in common.
    pub async fn meeting_at(exchange: Arc<dyn Exchange>, options: Options, relay: Option<Relay>) -> Self {
        Self::Cluster(Arc::new(ClusterBus::at(exchange, None, options, relay).await))
    }

    fn node(&self) -> &LocalBus {
        match self {
            Self::Local(bus) => bus,
            Self::Cluster(bus) => bus.node(),
        }
    }

    /// Hands everything from now on to `sink`, for as long as the bus lives.
    pub fn subscribe(&self, sink: Sink) {
        self.node().fanout.add(sink);
    }

    pub fn publish(&self, envelope: Envelope) {
        let envelope = Arc::new(envelope);
        self.node().fanout.deliver(&Delivery::Event(Arc::clone(&envelope)));
        if let Self::Cluster(bus) = self {
            bus.outbox().push(envelope);
        }
    }

    /// True when it is this node's first connection of the member.
    pub fn connect(&self, member: Member, connection: ConnectionId) -> bool {
        let first = self.node().roster.connect(member, connection);
        if let (true, Self::Cluster(bus)) = (first, self) {
            bus.touch(member);
        }
        first
    }

    /// True when it was this node's last connection of the member.
    pub fn disconnect(&self, member: Member, connection: ConnectionId) -> bool {
        let last = self.node().roster.disconnect(member, connection);
        if let (true, Self::Cluster(bus)) = (last, self) {
            bus.touch(member);
        }
        last
    }

    /// Whether the member has a connection on any node.
    pub async fn is_present(&self, member: Member) -> bool {
        self.node().roster.contains(member)
            || match self {
                Self::Local(_) => false,
                Self::Cluster(bus) => bus.knows(member).await,
            }
    }

    /// Agents of the workspace with a connected console on any node, in order of their ids.
    pub async fn present_agents(&self, workspace: WorkspaceId) -> Vec<AgentId> {
        let mut agents = self.node().roster.agents(workspace);
        if let Self::Cluster(bus) = self {
            agents.extend(bus.agents(workspace).await);
        }
        agents.sort_unstable();
        agents.dedup();
        agents
    }

    /// Where this node keeps its tickets; none in a cluster, where any node may be asked for one.
    pub fn tickets(&self) -> Option<&Tickets> {
        match self {
            Self::Local(bus) => Some(&bus.tickets),
            Self::Cluster(_) => None,
        }
    }

    /// Whether there may be other nodes.
    pub const fn is_cluster(&self) -> bool {
        matches!(self, Self::Cluster(_))
    }

    /// False while a cluster's bus works alone.
    pub fn is_connected(&self) -> bool {
        match self {
            Self::Local(_) => true,
            Self::Cluster(bus) => bus.is_connected(),
        }
    }

    /// Leaves the cluster: sends what is queued and withdraws this node's presence, so that
    /// others need not wait for it to expire. For the end of a graceful stop.
    pub async fn close(&self) {
        if let Self::Cluster(bus) = self {
            bus.close().await;
        }
    }
}
