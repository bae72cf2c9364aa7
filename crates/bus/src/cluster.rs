//! A node of a cluster that meets at one exchange: the local bus, and the tasks that carry
//! things there and back. Invariant: no caller waits for Redis longer than the timeout, and
//! the tasks end with the last handle.

use crate::{
    Error, Exchange, LocalBus, Member, Options,
    detour::{Detour, Relay},
    exchange::RedisChannel,
    intake::Intake,
    outbox::{Outbox, Sender},
    redis_presence::RedisPresence,
    subscriber::{Link, Subscriber},
    wire,
};
use model::{AgentId, WorkspaceId};
use redis::{
    Client, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    task::AbortHandle,
    time::{Instant, timeout},
};

pub struct ClusterBus {
    name: Arc<str>,
    node: Arc<LocalBus>,
    outbox: Arc<Outbox>,
    intake: Arc<Intake>,
    detour: Arc<Detour>,
    link: Arc<Link>,
    exchange: Arc<dyn Exchange>,
    options: Options,
    tasks: Vec<AbortHandle>,
    common: Option<Common>,
}

/// What the nodes keep in common, in Redis.
pub struct Common {
    pub redis: ConnectionManager,
    presence: Arc<RedisPresence>,
    prefix: String,
    timeout: Duration,
    /// When it was last asked for a limit in vain.
    silent: Mutex<Option<Instant>>,
}

impl ClusterBus {
    pub async fn at_redis(url: &str, options: Options, relay: Option<Relay>) -> Result<Self, Error> {
        let client = Client::open(url).map_err(|error| Error::Address(error.to_string()))?;
        // One quick attempt a command: whoever calls has a fallback and no time.
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(options.timeout))
            .set_response_timeout(Some(options.timeout));
        let redis = ConnectionManager::new_lazy_with_config(client.clone(), config)
            .map_err(|error| Error::Address(error.to_string()))?;
        let name = format!("{}:events", options.prefix);
        let exchange = RedisChannel { client, redis: redis.clone(), name };
        Ok(Self::at(Arc::new(exchange), Some(redis), options, relay).await)
    }

    /// With Redis for what they keep in common, or without.
    pub async fn at(
        exchange: Arc<dyn Exchange>,
        redis: Option<ConnectionManager>,
        options: Options,
        relay: Option<Relay>,
    ) -> Self {
        let name: Arc<str> = uuid::Uuid::new_v4().simple().to_string().into();
        let node = Arc::new(LocalBus::default());
        let link = Arc::new(Link::default());
        let (outbox, queue) = Outbox::new(options.queue);
        let detour = Arc::new(Detour::new(relay, Arc::clone(&link), options.presence_ttl));
        let fanout = Arc::clone(&node.fanout);
        let intake = Arc::new(Intake::new(Arc::clone(&name), fanout, Arc::clone(&detour)));
        let subscriber = Subscriber {
            exchange: Arc::clone(&exchange),
            options: options.clone(),
            intake: Arc::clone(&intake),
            link: Arc::clone(&link),
        };
        let sender = Sender {
            outbox: Arc::clone(&outbox),
            exchange: Arc::clone(&exchange),
            link: Arc::clone(&link),
            detour: Arc::clone(&detour),
            intake: Arc::clone(&intake),
            local: Arc::clone(&node),
            node: Arc::clone(&name),
            options: options.clone(),
        };
        let mut tasks = vec![
            tokio::spawn(subscriber.run()).abort_handle(),
            tokio::spawn(sender.run(queue)).abort_handle(),
        ];
        let common = redis.map(|redis| {
            let parts = (Arc::clone(&name), Arc::clone(&node), Arc::clone(&link));
            let presence = Arc::new(RedisPresence::new(redis.clone(), parts.0, parts.1, parts.2, &options));
            tasks.push(tokio::spawn(Arc::clone(&presence).run(options.heartbeat)).abort_handle());
            let (prefix, timeout) = (options.prefix.clone(), options.timeout);
            Common { redis, presence, prefix, timeout, silent: Mutex::default() }
        });
        link.first_attempt().await;
        Self { name, node, outbox, intake, detour, link, exchange, options, tasks, common }
    }

    pub(crate) fn node(&self) -> &LocalBus {
        &self.node
    }

    pub(crate) fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    pub(crate) fn common(&self) -> Option<&Common> {
        self.common.as_ref()
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.link.is_connected()
    }

    pub(crate) fn touch(&self, member: Member) {
        if let Some(common) = &self.common {
            common.presence.touch(member);
        }
        if self.detour.is_needed() {
            self.detour.changed.notify_one();
        }
    }

    /// Whether another node has the member.
    pub(crate) async fn knows(&self, member: Member) -> bool {
        if let Member::Agent(workspace, agent) = member
            && self.detour.agents(workspace).contains(&agent)
        {
            return true;
        }
        match &self.common {
            Some(common) => common.presence.knows(member).await,
            None => false,
        }
    }

    /// Agents of the workspace on other nodes, as far as is known.
    pub(crate) async fn agents(&self, workspace: WorkspaceId) -> Vec<AgentId> {
        let mut agents = self.detour.agents(workspace);
        if let Some(common) = &self.common {
            agents.extend(common.presence.agents(workspace).await);
        }
        agents
    }

    pub(crate) fn intake(&self) -> &Intake {
        &self.intake
    }

    pub(crate) fn detour(&self) -> &Detour {
        &self.detour
    }

    pub(crate) async fn close(&self) {
        // The order of events ends here; what the exchange does not take in time is lost to it.
        if timeout(self.options.timeout, self.outbox.drained()).await.is_err() {
            tracing::warn!("events were left in the queue to the other nodes");
        }
        for task in &self.tasks {
            task.abort();
        }
        self.take_leave().await;
        if let Some(common) = &self.common {
            common.presence.withdraw().await;
        }
    }

    /// Without a word the others would take this node for dead.
    async fn take_leave(&self) {
        let position = self.outbox.idle_position().unwrap_or_default();
        let Ok(farewell) = wire::encode_farewell(&self.name, position) else { return };
        if self.detour.exists() {
            drop(timeout(self.options.timeout, self.detour.send(vec![farewell.clone()])).await);
        }
        drop(timeout(self.options.timeout, self.exchange.publish(vec![farewell])).await);
    }
}

impl Common {
    pub(crate) fn silent_since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn key(&self, kind: &str, name: &str) -> String {
        format!("{}:{kind}:{name}", self.prefix)
    }

    pub(crate) async fn answered<T>(&self, command: impl Future<Output = RedisResult<T>>) -> Option<T> {
        match timeout(self.timeout, command).await {
            Ok(Ok(answer)) => Some(answer),
            Ok(Err(error)) => {
                tracing::debug!(%error, "Redis did not answer");
                None
            }
            Err(_) => None,
        }
    }
}

impl Drop for ClusterBus {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}
