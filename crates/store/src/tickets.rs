//! Single-use tickets of sockets, where several nodes share the work: any node can take one that
//! another gave. (A single node keeps them in memory: `bus::Tickets`.)

use crate::{Result, Store, pool::on_write};
use model::Millis;

impl Store {
    pub async fn insert_ticket(&self, hash: &str, payload: &str, expires_at: Millis) -> Result<()> {
        on_write!(&self.pool, |db| sqlx::query(
            "insert into socket_tickets (hash, payload, expires_at) values ($1, $2, $3)"
        )
        .bind(hash)
        .bind(payload)
        .bind(expires_at)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(())
    }

    /// The payload, for exactly one of all callers; none when it is unknown, used or expired.
    pub async fn take_ticket(&self, hash: &str, now: Millis) -> Result<Option<String>> {
        let taken: Option<(String, Millis)> = on_write!(&self.pool, |db| sqlx::query_as(
            "delete from socket_tickets where hash = $1 returning payload, expires_at"
        )
        .bind(hash)
        .fetch_optional(db)
        .await)?;
        Ok(taken.filter(|(_, expires_at)| now < *expires_at).map(|(payload, _)| payload))
    }

    /// Those that nobody came with.
    pub async fn delete_expired_tickets(&self, now: Millis) -> Result<()> {
        on_write!(&self.pool, |db| sqlx::query("delete from socket_tickets where expires_at <= $1")
            .bind(now)
            .execute(db)
            .await
            .map(|_| ()))?;
        Ok(())
    }
}
