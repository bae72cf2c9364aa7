//! Where the nodes meet. In earnest that is a channel of Redis; a test may put something else in its
//! place.

use futures_util::{
    FutureExt as _, StreamExt as _,
    future::BoxFuture,
    stream::{BoxStream, unfold},
};
use redis::{Client, RedisError, aio::ConnectionManager};

/// What is heard, until the connection ends.
pub type Heard = BoxStream<'static, Vec<u8>>;

pub trait Exchange: Send + Sync {
    /// Says packets to all who listen, in order; false when they were not taken, or only some.
    fn publish(&self, packets: Vec<String>) -> BoxFuture<'static, bool>;
    /// What everybody says from now on, oneself too; an error says why nothing can be heard.
    fn listen(&self) -> BoxFuture<'static, Result<Heard, String>>;
}

pub struct RedisChannel {
    pub client: Client,
    pub redis: ConnectionManager,
    pub name: String,
}

impl Exchange for RedisChannel {
    fn publish(&self, packets: Vec<String>) -> BoxFuture<'static, bool> {
        let mut redis = self.redis.clone();
        let mut pipe = redis::pipe();
        for packet in packets {
            pipe.publish(&self.name, packet).ignore();
        }
        async move {
            // Once more, as the first failure may only tell that an old connection is gone;
            // whoever got the events already knows their numbers.
            let mut sent = pipe.exec_async(&mut redis).await;
            if sent.is_err() {
                sent = pipe.exec_async(&mut redis).await;
            }
            sent.inspect_err(|error| tracing::debug!(%error, "Redis did not take events")).is_ok()
        }
        .boxed()
    }

    fn listen(&self) -> BoxFuture<'static, Result<Heard, String>> {
        let (client, name) = (self.client.clone(), self.name.clone());
        let subscribed = async move {
            let mut connection = client.get_async_pubsub().await?;
            connection.subscribe(name).await?;
            let heard = unfold(connection, async |mut connection| {
                let message = connection.on_message().next().await?;
                Some((message.get_payload_bytes().to_vec(), connection))
            });
            Ok(heard.boxed())
        };
        subscribed.map(|heard: Result<Heard, RedisError>| heard.map_err(|error| error.to_string())).boxed()
    }
}
