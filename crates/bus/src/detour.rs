//! The detour: packets go another way between the nodes while one of them, or all, have lost Redis.
//! The way itself (`PostgreSQL`) is given by whoever has it.
//!
//! Invariant: while a node is deaf to Redis, all others send it everything by the detour; what comes
//! by both ways is told apart by its number.

use crate::{Bus, presence::Roster, subscriber::Link, wire::Standing};
use futures_util::future::BoxFuture;
use model::{AgentId, WorkspaceId};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};

/// Sends packets to all nodes, in order, all or none; false when it could not.
pub type Relay = Arc<dyn Fn(Vec<String>) -> BoxFuture<'static, bool> + Send + Sync>;

pub struct Detour {
    relay: Option<Relay>,
    link: Arc<Link>,
    /// What is said by a node that is not heard again counts this long.
    ttl: Duration,
    others: Mutex<HashMap<String, (Standing, Instant)>>,
    /// Rung when this node's standing changed.
    pub changed: Notify,
}

impl Detour {
    pub fn new(relay: Option<Relay>, link: Arc<Link>, ttl: Duration) -> Self {
        Self { relay, link, ttl, others: Mutex::default(), changed: Notify::new() }
    }

    pub const fn exists(&self) -> bool {
        self.relay.is_some()
    }

    /// Whether events have to take it, for this node's sake or another's.
    pub fn is_needed(&self) -> bool {
        let deaf = |(standing, at): &(Standing, Instant)| standing.deaf && at.elapsed() < self.ttl;
        self.exists() && (!self.link.is_connected() || self.others().values().any(deaf))
    }

    pub async fn send(&self, packets: Vec<String>) -> bool {
        match &self.relay {
            Some(relay) => relay(packets).await,
            None => false,
        }
    }

    /// This node's own.
    pub fn standing(&self, roster: &Roster) -> Standing {
        let deaf = !self.link.is_connected();
        let agents = if self.is_needed() { roster.agent_names() } else { Vec::new() };
        Standing { deaf, agents }
    }

    pub fn heard(&self, node: &str, standing: Standing) {
        let mut others = self.others();
        others.retain(|_, (_, at)| at.elapsed() < self.ttl);
        let newly_deaf = standing.deaf && !others.get(node).is_some_and(|(before, _)| before.deaf);
        others.insert(node.to_owned(), (standing, Instant::now()));
        if newly_deaf {
            // It should know at once who is here.
            self.changed.notify_one();
        }
    }

    pub fn left(&self, node: &str) {
        self.others().remove(node);
    }

    /// Agents of whom other nodes said so by the detour.
    pub fn agents(&self, workspace: WorkspaceId) -> Vec<AgentId> {
        let prefix = format!("{workspace}/");
        let others = self.others();
        let fresh = others.values().filter(|(_, at)| at.elapsed() < self.ttl);
        let names = fresh.flat_map(|(standing, _)| &standing.agents);
        names.filter_map(|name| name.strip_prefix(&prefix)?.parse().ok()).collect()
    }

    fn others(&self) -> MutexGuard<'_, HashMap<String, (Standing, Instant)>> {
        self.others.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bus {
    /// Takes in a packet that came by the detour.
    pub fn hear(&self, packet: &str) {
        if let Self::Cluster(bus) = self {
            bus.intake().read(packet.as_bytes());
        }
    }

    /// Something may have been lost on the detour.
    pub fn detour_broke(&self) {
        if let Self::Cluster(bus) = self
            && bus.detour().is_needed()
        {
            bus.intake().gap();
        }
    }
}
