//! A node of a cluster that meets at one Redis: the local bus, and the tasks that carry
//! things there and back. Invariant: no caller waits for Redis longer than the timeout, and
//! the tasks end with the last handle.

use crate::{
    Error, LocalBus, Member, Options,
    detour::{Detour, Relay},
    intake::Intake,
    outbox::{Outbox, Sender},
    redis_presence::RedisPresence,
    subscriber::{Link, Subscriber},
    wire,
};
use redis::{
    AsyncTypedCommands as _, Client, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::{
    task::AbortHandle,
    time::{Instant, timeout},
};

pub struct RedisBus {
    name: Arc<str>,
    node: Arc<LocalBus>,
    outbox: Arc<Outbox>,
    intake: Arc<Intake>,
    detour: Arc<Detour>,
    presence: Arc<RedisPresence>,
    link: Arc<Link>,
    redis: ConnectionManager,
    options: Options,
    tasks: Vec<AbortHandle>,
    /// When it was last asked for a limit in vain.
    silent: Mutex<Option<Instant>>,
}

impl RedisBus {
    pub async fn open(url: &str, options: Options, relay: Option<Relay>) -> Result<Self, Error> {
        let client = Client::open(url).map_err(|error| Error::Address(error.to_string()))?;
        // One quick attempt a command: whoever calls has a fallback and no time.
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(options.timeout))
            .set_response_timeout(Some(options.timeout));
        let redis = ConnectionManager::new_lazy_with_config(client.clone(), config)
            .map_err(|error| Error::Address(error.to_string()))?;

        let name: Arc<str> = uuid::Uuid::new_v4().simple().to_string().into();
        let node = Arc::new(LocalBus::default());
        let link = Arc::new(Link::default());
        let (outbox, queue) = Outbox::new(options.queue);
        let presence = Arc::new(RedisPresence::new(
            redis.clone(),
            Arc::clone(&name),
            Arc::clone(&node),
            Arc::clone(&link),
            &options,
        ));
        let detour = Arc::new(Detour::new(relay, Arc::clone(&link), options.presence_ttl));
        let fanout = Arc::clone(&node.fanout);
        let intake = Arc::new(Intake::new(Arc::clone(&name), fanout, Arc::clone(&detour)));
        let subscriber = Subscriber {
            client,
            options: options.clone(),
            intake: Arc::clone(&intake),
            link: Arc::clone(&link),
        };
        let sender = Sender {
            outbox: Arc::clone(&outbox),
            redis: redis.clone(),
            link: Arc::clone(&link),
            detour: Arc::clone(&detour),
            intake: Arc::clone(&intake),
            local: Arc::clone(&node),
            node: Arc::clone(&name),
            options: options.clone(),
        };
        let tasks = vec![
            tokio::spawn(subscriber.run()).abort_handle(),
            tokio::spawn(sender.run(queue)).abort_handle(),
            tokio::spawn(Arc::clone(&presence).run(options.heartbeat)).abort_handle(),
        ];
        link.first_attempt().await;
        Ok(Self {
            name,
            node,
            outbox,
            intake,
            detour,
            presence,
            link,
            redis,
            options,
            tasks,
            silent: Mutex::default(),
        })
    }

    pub(crate) fn node(&self) -> &LocalBus {
        &self.node
    }

    pub(crate) fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    pub(crate) fn presence(&self) -> &RedisPresence {
        &self.presence
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.link.is_connected()
    }

    pub(crate) fn touch(&self, member: Member) {
        self.presence.touch(member);
        if self.detour.is_needed() {
            self.detour.changed.notify_one();
        }
    }

    pub(crate) fn detour_knows(&self, member: Member) -> bool {
        matches!(member, Member::Agent(workspace, agent) if self.detour.agents(workspace).contains(&agent))
    }

    pub(crate) fn intake(&self) -> &Intake {
        &self.intake
    }

    pub(crate) fn detour(&self) -> &Detour {
        &self.detour
    }

    pub(crate) fn silent_since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn connection(&self) -> ConnectionManager {
        self.redis.clone()
    }

    pub(crate) fn key(&self, kind: &str, name: &str) -> String {
        format!("{}:{kind}:{name}", self.options.prefix)
    }

    pub(crate) async fn close(&self) {
        // The order of events ends here; what Redis does not take in time is lost to it.
        if timeout(self.options.timeout, self.outbox.drained()).await.is_err() {
            tracing::warn!("events were left in the queue to Redis");
        }
        for task in &self.tasks {
            task.abort();
        }
        self.take_leave().await;
        self.presence.withdraw().await;
    }

    /// Without a word the others would take this node for dead.
    async fn take_leave(&self) {
        let position = self.outbox.idle_position().unwrap_or_default();
        let Ok(farewell) = wire::encode_farewell(&self.name, position) else { return };
        let channel = format!("{}:events", self.options.prefix);
        if self.detour.exists() {
            drop(timeout(self.options.timeout, self.detour.send(vec![farewell.clone()])).await);
        }
        self.answered(self.connection().publish(channel, farewell)).await;
    }

    pub(crate) async fn answered<T>(&self, command: impl Future<Output = RedisResult<T>>) -> Option<T> {
        match timeout(self.options.timeout, command).await {
            Ok(Ok(answer)) => Some(answer),
            Ok(Err(error)) => {
                tracing::debug!(%error, "Redis did not answer");
                None
            }
            Err(_) => None,
        }
    }
}

impl Drop for RedisBus {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}
