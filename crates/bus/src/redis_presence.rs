//! Presence across nodes. Each node owns two sets in Redis, of its agents and of its
//! contacts, with a lifetime that it renews; who is present is the union over the nodes.
//!
//! Invariant: what a node wrote can be lost at any time (flush, restart, failover); the
//! next heartbeat writes it whole again.

use crate::{LocalBus, Member, Options, subscriber::Link};
use model::{AgentId, WorkspaceId};
use redis::{AsyncTypedCommands as _, Pipeline, RedisResult, aio::ConnectionManager};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{MissedTickBehavior, interval, timeout},
};

pub struct RedisPresence {
    redis: ConnectionManager,
    node: Arc<str>,
    local: Arc<LocalBus>,
    link: Arc<Link>,
    prefix: String,
    ttl: Duration,
    timeout: Duration,
    /// Members whose presence on this node changed and is not written yet.
    touched: Mutex<HashSet<Member>>,
    changed: Notify,
}

#[derive(Clone, Copy)]
enum Kind {
    Agents,
    Contacts,
}

impl Member {
    fn kind(self) -> Kind {
        match self {
            Self::Agent(..) => Kind::Agents,
            Self::Contact(..) => Kind::Contacts,
        }
    }

    pub fn text(self) -> String {
        match self {
            Self::Agent(workspace, agent) => format!("{workspace}/{agent}"),
            Self::Contact(workspace, contact) => format!("{workspace}/{contact}"),
        }
    }
}

impl RedisPresence {
    pub fn new(
        redis: ConnectionManager,
        node: Arc<str>,
        local: Arc<LocalBus>,
        link: Arc<Link>,
        options: &Options,
    ) -> Self {
        Self {
            redis,
            node,
            local,
            link,
            prefix: options.prefix.clone(),
            ttl: options.presence_ttl,
            timeout: options.timeout,
            touched: Mutex::default(),
            changed: Notify::new(),
        }
    }

    pub fn touch(&self, member: Member) {
        self.touched.lock().unwrap_or_else(PoisonError::into_inner).insert(member);
        self.changed.notify_one();
    }

    /// Whether another node has the member; false when Redis cannot tell.
    pub async fn knows(&self, member: Member) -> bool {
        self.ask(async |nodes, mut redis| {
            let mut pipe = redis::pipe();
            for node in &nodes {
                pipe.sismember(self.key(member.kind(), node), member.text());
            }
            let answers: Vec<bool> = pipe.query_async(&mut redis).await?;
            Ok(answers.contains(&true))
        })
        .await
    }

    /// Agents of the workspace on other nodes; none when Redis cannot tell.
    pub async fn agents(&self, workspace: WorkspaceId) -> Vec<AgentId> {
        let prefix = format!("{workspace}/");
        self.ask(async |nodes, mut redis| {
            let mut pipe = redis::pipe();
            for node in &nodes {
                pipe.smembers(self.key(Kind::Agents, node));
            }
            let sets: Vec<HashSet<String>> = pipe.query_async(&mut redis).await?;
            Ok(sets.iter().flatten().filter_map(|text| text.strip_prefix(&prefix)?.parse().ok()).collect())
        })
        .await
    }

    /// Asks about the other nodes, if there are any and Redis is there.
    async fn ask<T: Default>(
        &self,
        question: impl AsyncFnOnce(Vec<String>, ConnectionManager) -> RedisResult<T>,
    ) -> T {
        if !self.link.is_connected() {
            return T::default();
        }
        let answer = timeout(self.timeout, async {
            let mut nodes = self.redis.clone().smembers(self.nodes_key()).await?;
            nodes.remove(&*self.node);
            if nodes.is_empty() {
                return Ok(T::default());
            }
            question(nodes.into_iter().collect(), self.redis.clone()).await
        });
        match answer.await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => {
                tracing::debug!(%error, "Redis did not tell who is present");
                T::default()
            }
            Err(_) => T::default(),
        }
    }

    /// Writes changes as they come, and the whole again whenever Redis has lost it.
    pub async fn run(self: Arc<Self>, heartbeat: Duration) {
        let mut heartbeat = interval(heartbeat);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut whole = true;
        loop {
            let beat = tokio::select! {
                () = self.changed.notified() => false,
                _ = heartbeat.tick() => true,
            };
            let written = match () {
                () if whole => self.write_whole().await.map(|()| true),
                () if beat => self.renew().await,
                () => self.write_changes().await.map(|()| true),
            };
            whole = match written {
                Ok(is_there) => !is_there,
                Err(error) => {
                    tracing::debug!(%error, "presence was not written to Redis");
                    true
                }
            };
            if whole && beat && self.link.is_connected() {
                self.changed.notify_one();
            }
        }
    }

    async fn write_changes(&self) -> RedisResult<()> {
        let touched = self.take_touched();
        if touched.is_empty() {
            return Ok(());
        }
        let mut pipe = redis::pipe();
        for member in touched {
            let key = self.key(member.kind(), &self.node);
            if self.local.roster.contains(member) {
                pipe.sadd(key, member.text()).ignore();
            } else {
                pipe.srem(key, member.text()).ignore();
            }
        }
        self.expire(&mut pipe);
        pipe.exec_async(&mut self.redis.clone()).await
    }

    async fn write_whole(&self) -> RedisResult<()> {
        self.take_touched();
        let mut pipe = redis::pipe();
        pipe.atomic();
        self.delete_sets(&mut pipe);
        for member in self.local.roster.all() {
            pipe.sadd(self.key(member.kind(), &self.node), member.text()).ignore();
        }
        self.expire(&mut pipe);
        pipe.exec_async(&mut self.redis.clone()).await
    }

    /// False when Redis does not have what was written.
    async fn renew(&self) -> RedisResult<bool> {
        self.write_changes().await?;
        let mut pipe = redis::pipe();
        self.expire(&mut pipe);
        pipe.scard(self.key(Kind::Agents, &self.node)).scard(self.key(Kind::Contacts, &self.node));
        let (agents, contacts): (usize, usize) = pipe.query_async(&mut self.redis.clone()).await?;
        self.forget_dead_nodes().await?;
        let is_unwritten = !self.touched.lock().unwrap_or_else(PoisonError::into_inner).is_empty();
        Ok(is_unwritten || agents + contacts == self.local.roster.len())
    }

    /// A living node puts itself back with its next heartbeat.
    async fn forget_dead_nodes(&self) -> RedisResult<()> {
        let mut redis = self.redis.clone();
        for node in redis.smembers(self.nodes_key()).await? {
            let keys = [self.key(Kind::Agents, &node), self.key(Kind::Contacts, &node)];
            let sets: usize = redis::cmd("EXISTS").arg(&keys).query_async(&mut redis).await?;
            if sets == 0 && *node != *self.node {
                redis.srem(self.nodes_key(), node).await?;
            }
        }
        Ok(())
    }

    /// Takes this node out of the cluster.
    pub async fn withdraw(&self) {
        let mut pipe = redis::pipe();
        self.delete_sets(&mut pipe);
        pipe.srem(self.nodes_key(), &*self.node).ignore();
        let mut redis = self.redis.clone();
        if let Ok(Err(error)) = timeout(self.timeout, pipe.exec_async(&mut redis)).await {
            tracing::debug!(%error, "presence was not withdrawn; it will expire");
        }
    }

    fn delete_sets(&self, pipe: &mut Pipeline) {
        for kind in [Kind::Agents, Kind::Contacts] {
            pipe.del(self.key(kind, &self.node)).ignore();
        }
    }

    fn expire(&self, pipe: &mut Pipeline) {
        pipe.sadd(self.nodes_key(), &*self.node).ignore();
        for kind in [Kind::Agents, Kind::Contacts] {
            pipe.pexpire(self.key(kind, &self.node), self.ttl.as_millis() as i64).ignore();
        }
    }

    fn take_touched(&self) -> HashSet<Member> {
        std::mem::take(&mut *self.touched.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn nodes_key(&self) -> String {
        format!("{}:nodes", self.prefix)
    }

    fn key(&self, kind: Kind, node: &str) -> String {
        let kind = match kind {
            Kind::Agents => "agents",
            Kind::Contacts => "contacts",
        };
        format!("{}:{kind}:{node}", self.prefix)
    }
}
