//! Facts about the database itself, among them its epoch: a name that changes when a
//! backup is restored, so that no client resumes from positions that no longer exist.

use crate::{
    Result, Store, Tx,
    pool::{on, on_tx, on_write},
};
use model::Millis;
use std::fmt::Write as _;

pub(crate) const EPOCH: &str = "epoch";

impl Store {
    pub async fn find_meta(&self, key: &str) -> Result<Option<String>> {
        Ok(on!(&self.pool, |db| sqlx::query_scalar("select value from meta where key = $1")
            .bind(key)
            .fetch_optional(db)
            .await)?)
    }

    pub async fn update_meta(&self, key: &str, value: &str) -> Result<()> {
        on_write!(&self.pool, |db| sqlx::query(UPSERT).bind(key).bind(value).execute(db).await.map(|_| ()))?;
        Ok(())
    }

    /// Takes a lease that no other node holds at `now`, or prolongs one's own: the work of that name is
    /// this node's until `now + lease_ms`.
    pub async fn lease(&self, name: &str, holder: &str, now: Millis, lease_ms: i64) -> Result<bool> {
        let value = format!("{:020} {holder}", (now + lease_ms).max(0));
        // What lies much further ahead than any lease, though clocks differ, was written before the wall
        // clock went back.
        let (now, horizon) = (format!("{:020}", now.max(0)), format!("{:020}", (now + 2 * lease_ms).max(0)));
        let taken = on_write!(&self.pool, |db| {
            sqlx::query(
            "insert into meta (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value
             where substr(meta.value, 1, 20) <= $3 or substr(meta.value, 1, 20) > $4
                or substr(meta.value, 22) = $5"
        )
        .bind(format!("lease:{name}"))
        .bind(value)
        .bind(now)
        .bind(horizon)
        .bind(holder)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
        })?;
        Ok(taken == 1)
    }

    /// Gives a lease back.
    pub async fn end_lease(&self, name: &str, holder: &str) -> Result<()> {
        on_write!(&self.pool, |db| sqlx::query(
            "delete from meta where key = $1 and substr(value, 22) = $2"
        )
        .bind(format!("lease:{name}"))
        .bind(holder)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(())
    }

    /// The epoch of this database; made when it is first asked for.
    pub async fn epoch(&self) -> Result<String> {
        if let Some(epoch) = self.find_meta(EPOCH).await? {
            return Ok(epoch);
        }
        // Two nodes may start at once: the first insert wins, and both read that one.
        Ok(on_write!(&self.pool, |db| sqlx::query_scalar(
            "insert into meta (key, value) values ($1, $2)
             on conflict (key) do update set value = meta.value returning value"
        )
        .bind(EPOCH)
        .bind(random_name())
        .fetch_one(db)
        .await)?)
    }

    /// Another epoch, after which every client starts afresh.
    pub async fn new_epoch(&self) -> Result<String> {
        let epoch = random_name();
        self.update_meta(EPOCH, &epoch).await?;
        self.lineage.set(Some(epoch.clone()));
        Ok(epoch)
    }
}

pub(crate) const UPSERT: &str = "insert into meta (key, value) values ($1, $2)
    on conflict (key) do update set value = excluded.value";

pub(crate) async fn find(tx: &mut Tx, key: &str) -> Result<Option<String>> {
    Ok(on_tx!(tx, |db| sqlx::query_scalar("select value from meta where key = $1")
        .bind(key)
        .fetch_optional(db)
        .await)?)
}

pub(crate) async fn update(tx: &mut Tx, key: &str, value: &str) -> Result<()> {
    on_tx!(tx, |db| sqlx::query(UPSERT).bind(key).bind(value).execute(db).await.map(|_| ()))?;
    Ok(())
}

pub(crate) fn random_name() -> String {
    crypto::random::bytes::<8>().iter().fold(String::new(), |mut name, byte| {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
        name
    })
}
