//! Whose log this is. `PostgreSQL` begins a new timeline when a standby is promoted or a backup is
//! restored, and another installation of it has another identifier. Positions that clients hold may
//! then lie beyond the end of the log, so the epoch is renewed, by exactly one node.
//!
//! Invariant: no connection is used before the epoch in memory is the one of its server, and none
//! to a standby.

use crate::{
    Result, Store, meta,
    pool::{Pool, within},
};
use sqlx::{Connection as _, PgConnection};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

const LINEAGE: &str = "lineage";

/// What a new connection is told, and asked: the server has to notice soon that a node has
/// vanished, because its transactions hold locks.
const GREETING: &str = "select pg_is_in_recovery(), set_config('tcp_user_timeout', '10000', false),
    set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '3', false),
    set_config('tcp_keepalives_count', '3', false),
    set_config('idle_in_transaction_session_timeout', '10000', false)";

/// The installation and the timeline that is being written.
const WHOSE: &str = "select (select system_identifier::text from pg_control_system())
    || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8)";

/// The epoch as this process knows it; clones are the same.
#[derive(Clone, Debug)]
pub struct Lineage {
    epoch: Arc<watch::Sender<Arc<str>>>,
    /// None before the schema is there.
    known: Arc<Mutex<Option<String>>>,
}

impl Default for Lineage {
    fn default() -> Self {
        Self { epoch: Arc::new(watch::channel(Arc::from("")).0), known: Arc::default() }
    }
}

impl Lineage {
    /// Called with each connection before it is used.
    pub(crate) async fn greet(&self, db: &mut PgConnection) -> sqlx::Result<()> {
        let is_standby: bool = sqlx::query_scalar(GREETING).fetch_one(&mut *db).await?;
        if is_standby {
            return Err(sqlx::Error::Configuration("this PostgreSQL is a standby".into()));
        }
        let known = self.known().clone();
        let Some(known) = known else { return Ok(()) };
        let Some(lineage) = whose(db).await? else { return Ok(()) };
        if lineage != known {
            self.adopt(db, lineage).await?;
        }
        Ok(())
    }

    /// To be called once the schema is there.
    pub(crate) async fn begin(&self, pool: &Pool) -> Result<()> {
        if let Pool::Postgres(pool) = pool {
            let mut db = pool.acquire().await?;
            let lineage = whose(&mut db).await?.unwrap_or_default();
            self.adopt(&mut db, lineage).await?;
        }
        Ok(())
    }

    /// Takes the database for what it is now; whoever comes first gives it a new epoch.
    async fn adopt(&self, db: &mut PgConnection, lineage: String) -> sqlx::Result<()> {
        let mut tx = db.begin().await?;
        sqlx::query("insert into meta (key, value) values ($1, $2) on conflict (key) do nothing")
            .bind(LINEAGE)
            .bind(&lineage)
            .execute(&mut *tx)
            .await?;
        let changed = sqlx::query("update meta set value = $2 where key = $1 and value <> $2 and $2 <> ''")
            .bind(LINEAGE)
            .bind(&lineage)
            .execute(&mut *tx)
            .await?
            .rows_affected();
        if changed > 0 && !crate::sabotage::is("keep_epoch") {
            tracing::warn!("PostgreSQL was promoted, restored or exchanged: clients begin anew");
            let query = sqlx::query(meta::UPSERT).bind(meta::EPOCH);
            query.bind(meta::random_name()).execute(&mut *tx).await?;
        }
        let epoch: Option<String> = sqlx::query_scalar("select value from meta where key = $1")
            .bind(meta::EPOCH)
            .fetch_optional(&mut *tx)
            .await?;
        tx.commit().await?;
        *self.known() = Some(lineage);
        self.set(epoch);
        Ok(())
    }

    pub(crate) fn set(&self, epoch: Option<String>) {
        let Some(epoch) = epoch else { return };
        self.epoch.send_if_modified(|current| {
            let modified = **current != *epoch;
            if modified {
                *current = epoch.into();
            }
            modified
        });
    }

    pub(crate) fn epoch(&self) -> Arc<str> {
        Arc::clone(&self.epoch.borrow())
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// None where the functions are not allowed, as in some hosted ones.
async fn whose(db: &mut PgConnection) -> sqlx::Result<Option<String>> {
    match sqlx::query_scalar(WHOSE).fetch_one(db).await {
        Ok(lineage) => Ok(Some(lineage)),
        Err(sqlx::Error::Database(error)) => {
            tracing::warn!(%error, "PostgreSQL does not tell its timeline; see docs/cluster.md");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

impl Store {
    /// The epoch, as it changes while the process runs.
    pub fn epochs(&self) -> watch::Receiver<Arc<str>> {
        self.lineage.epoch.subscribe()
    }

    /// Looks at it again: a proxy may have put another server behind a connection.
    pub async fn refresh_epoch(&self) -> Result<()> {
        let Pool::Postgres(pool) = &self.pool else { return Ok(()) };
        let mut db = pool.acquire().await?;
        within(self.lineage.greet(&mut db)).await?;
        drop(db);
        self.lineage.set(Some(self.epoch().await?));
        Ok(())
    }
}
