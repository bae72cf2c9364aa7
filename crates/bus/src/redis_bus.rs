//! A node of a cluster that meets at one Redis: the local bus, and the tasks that carry
//! things there and back. Invariant: no caller waits for Redis longer than the timeout, and
//! the tasks end with the last handle.

use crate::{
    Error, LocalBus, Options,
    outbox::{self, Outbox},
    redis_presence::RedisPresence,
    subscriber::{Link, Subscriber},
};
use redis::{
    AsyncTypedCommands as _, Client, RedisResult, SetExpiry, SetOptions,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use std::{sync::Arc, time::Duration};
use tokio::{task::AbortHandle, time::timeout};

pub struct RedisBus {
    node: Arc<LocalBus>,
    outbox: Arc<Outbox>,
    presence: Arc<RedisPresence>,
    link: Arc<Link>,
    redis: ConnectionManager,
    options: Options,
    tasks: Vec<AbortHandle>,
}

impl RedisBus {
    pub async fn open(url: &str, options: Options) -> Result<Self, Error> {
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
        let subscriber = Subscriber {
            client,
            node: Arc::clone(&name),
            options: options.clone(),
            fanout: Arc::clone(&node.fanout),
            link: Arc::clone(&link),
        };
        let sender = outbox::send(Arc::clone(&outbox), queue, redis.clone(), name, options.clone());
        let tasks = vec![
            tokio::spawn(subscriber.run()).abort_handle(),
            tokio::spawn(sender).abort_handle(),
            tokio::spawn(Arc::clone(&presence).run(options.heartbeat)).abort_handle(),
        ];
        link.first_attempt().await;
        Ok(Self { node, outbox, presence, link, redis, options, tasks })
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

    /// False when Redis did not take it. Repeating is harmless: it is the same ticket.
    pub(crate) async fn put_ticket(&self, hash: &str, payload: &str, ttl: Duration) -> bool {
        if !self.is_connected() {
            return false;
        }
        let put = || async {
            let expiry = SetExpiry::PX(ttl.as_millis() as u64);
            let options = SetOptions::default().with_expiration(expiry);
            let mut redis = self.redis.clone();
            redis.set_options(self.ticket_key(hash), payload, options).await
        };
        self.answered(put()).await.is_some() || self.answered(put()).await.is_some()
    }

    /// Never asked twice: a lost answer may have carried the ticket.
    pub(crate) async fn take_ticket(&self, hash: &str) -> Option<String> {
        let mut redis = self.redis.clone();
        self.answered(redis.get_del(self.ticket_key(hash))).await.flatten()
    }

    pub(crate) async fn close(&self) {
        // The order of events ends here; what Redis does not take in time is lost to it.
        if timeout(self.options.timeout, self.outbox.drained()).await.is_err() {
            tracing::warn!("events were left in the queue to Redis");
        }
        for task in &self.tasks {
            task.abort();
        }
        self.presence.withdraw().await;
    }

    async fn answered<T>(&self, command: impl Future<Output = RedisResult<T>>) -> Option<T> {
        match timeout(self.options.timeout, command).await {
            Ok(Ok(answer)) => Some(answer),
            Ok(Err(error)) => {
                tracing::debug!(%error, "Redis did not answer");
                None
            }
            Err(_) => None,
        }
    }

    fn ticket_key(&self, hash: &str) -> String {
        format!("{}:ticket:{hash}", self.options.prefix)
    }
}

impl Drop for RedisBus {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}
