//! Connections to either database, and the macros that let one SQL text run on both.
//!
//! `SQLite` has one writing connection (a plain pool would answer BUSY under load) and a
//! few reading ones; every commit is flushed to the disk (`synchronous=FULL`), because
//! anything less loses acknowledged messages at a power cut.

use crate::{Result, lineage::Lineage, migrations};
use sqlx::{
    Connection as _, Postgres, Sqlite, Transaction,
    postgres::{PgConnectOptions, PgPool, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous},
};
use std::{path::PathBuf, str::FromStr, sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// Where the data is.
#[derive(Clone, Debug)]
pub enum Database {
    Sqlite(PathBuf),
    /// `postgres://…`, as libpq understands it.
    Postgres(String),
}

#[derive(Clone, Debug)]
pub enum Pool {
    Sqlite { path: PathBuf, read: SqlitePool, write: SqlitePool, turn: Turn },
    Postgres(PgPool),
}

/// Whose turn it is to write to `SQLite`, of all connections of this process: they queue here, in
/// the order in which they came, instead of answering BUSY to each other.
#[derive(Clone, Debug)]
pub struct Turn(Arc<Semaphore>);

impl Turn {
    pub async fn take(&self) -> Result<OwnedSemaphorePermit> {
        Ok(Arc::clone(&self.0).acquire_owned().await.map_err(|_| sqlx::Error::PoolClosed)?)
    }
}

/// A write transaction; rolled back when dropped.
pub enum Tx {
    Sqlite(Transaction<'static, Sqlite>, OwnedSemaphorePermit),
    Postgres(Transaction<'static, Postgres>),
}

/// Runs one query on a reading connection: `on!(pool, |db| sqlx::query("…").fetch_all(db).await)`.
macro_rules! on {
    ($pool:expr, |$db:ident| $body:expr) => {
        match $pool {
            $crate::pool::Pool::Sqlite { read: $db, .. } => $body,
            $crate::pool::Pool::Postgres($db) => $crate::pool::within(async { $body }).await,
        }
    };
}

/// The same on a writing connection, for a change that is one statement.
macro_rules! on_write {
    ($pool:expr, |$db:ident| $body:expr) => {
        match $pool {
            $crate::pool::Pool::Sqlite { write: $db, turn, .. } => {
                let _turn = turn.take().await?;
                $body
            }
            $crate::pool::Pool::Postgres($db) => $crate::pool::within(async { $body }).await,
        }
    };
}

/// The same inside a [`Tx`].
macro_rules! on_tx {
    ($tx:expr, |$db:ident| $body:expr) => {
        match $tx {
            $crate::pool::Tx::Sqlite(tx, _) => {
                let $db = &mut **tx;
                $body
            }
            $crate::pool::Tx::Postgres(tx) => {
                let $db = &mut **tx;
                $crate::pool::within(async { $body }).await
            }
        }
    };
}

pub(crate) use {on, on_tx, on_write};

/// How long one statement may take on `PostgreSQL` before the way there counts as broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A connection that nobody used for this long is asked whether it still is one.
const RESTED: Duration = Duration::from_millis(100);

/// A server that cannot be reached any more says nothing: no wait for it is without an end.
pub(crate) async fn within<T, E: From<sqlx::Error>>(
    query: impl Future<Output = std::result::Result<T, E>>,
) -> std::result::Result<T, E> {
    timeout(PATIENCE, query).await.unwrap_or_else(|_| {
        let error = std::io::Error::new(std::io::ErrorKind::TimedOut, "PostgreSQL does not answer");
        Err(sqlx::Error::Io(error).into())
    })
}

/// The words of `SQLite`'s search index, as a table of a reading connection; nothing is stored.
const WORDS: &str =
    "create virtual table temp.messages_words using fts5vocab('main', 'messages_terms', 'instance')";

/// Reading connections of `SQLite`.
const READERS: u32 = 4;

/// Takes the write lock at once, so that a transaction cannot fail half-way for want of it.
const BEGIN: &str = "BEGIN IMMEDIATE";

impl Pool {
    /// `SQLite` has one that writes and at most a few that read, however many are asked for.
    pub async fn open(database: &Database, max_connections: u32, lineage: &Lineage) -> Result<Self> {
        Ok(match database {
            Database::Sqlite(path) => {
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(if flushes() { SqliteSynchronous::Full } else { SqliteSynchronous::Normal })
                    .foreign_keys(true)
                    .busy_timeout(Duration::from_secs(5))
                    .statement_cache_capacity(256)
                    .pragma("temp_store", "memory")
                    .pragma("mmap_size", "0")
                    // Pages that change often are copied into the database file less often.
                    .pragma("wal_autocheckpoint", "4000")
                    .pragma("cache_size", "-8192");
                let write = SqlitePoolOptions::new()
                    .max_connections(1)
                    .min_connections(1)
                    .idle_timeout(None)
                    .max_lifetime(None)
                    .connect_with(options.clone())
                    .await?;
                let read = SqlitePoolOptions::new()
                    .max_connections(max_connections.min(READERS))
                    .idle_timeout(None)
                    .max_lifetime(None)
                    .after_connect(|db, _| {
                        Box::pin(async { sqlx::query(WORDS).execute(db).await.map(|_| ()) })
                    })
                    .connect_lazy_with(options.read_only(true));
                Self::Sqlite { path: path.clone(), read, write, turn: Turn(Arc::new(Semaphore::new(1))) }
            }
            Database::Postgres(url) => {
                let options = PgConnectOptions::from_str(url)?.statement_cache_capacity(256);
                let lineage = lineage.clone();
                Self::Postgres(
                    PgPoolOptions::new()
                        .max_connections(max_connections)
                        .acquire_timeout(Duration::from_secs(5))
                        .after_connect(move |db, _| {
                            let lineage = lineage.clone();
                            Box::pin(async move { within(lineage.greet(db)).await })
                        })
                        // One that was left in the middle of a query may never answer again.
                        .after_release(|db, _| Box::pin(async { within(db.ping()).await.map(|()| true) }))
                        // It was asked just now unless it has rested.
                        .test_before_acquire(false)
                        .before_acquire(|db, been| {
                            Box::pin(async move {
                                Ok(been.idle_for < RESTED || within(db.ping()).await.is_ok())
                            })
                        })
                        .connect_with(options)
                        .await?,
                )
            }
        })
    }

    /// Brings the schema up to this program's version; refuses a newer one.
    pub async fn migrate(&self) -> Result<()> {
        match self {
            Self::Sqlite { write, .. } => migrations::sqlite().run(write).await?,
            Self::Postgres(pool) => migrations::postgres().run(pool).await?,
        }
        if crate::sabotage::is("no_dedupe")
            && let Self::Sqlite { write, .. } = self
        {
            sqlx::query("drop index if exists messages_client").execute(write).await?;
        }
        Ok(())
    }

    pub async fn begin(&self) -> Result<Tx> {
        Ok(match self {
            Self::Sqlite { write, turn, .. } => {
                let turn = turn.take().await?;
                let begun = match write.begin_with(BEGIN).await {
                    // After a full disk or an I/O error SQLite has rolled back by itself, but sqlx still
                    // counts a transaction and would refuse every other one: only a new connection helps.
                    Err(sqlx::Error::InvalidSavePointStatement) => {
                        write.acquire().await?.close().await?;
                        write.begin_with(BEGIN).await?
                    }
                    begun => begun?,
                };
                Tx::Sqlite(begun, turn)
            }
            Self::Postgres(pool) => Tx::Postgres(within(pool.begin()).await?),
        })
    }

    pub fn in_use(&self) -> usize {
        let used = |size: u32, idle: usize| (size as usize).saturating_sub(idle);
        match self {
            Self::Sqlite { read, write, .. } => {
                used(read.size(), read.num_idle()) + used(write.size(), write.num_idle())
            }
            Self::Postgres(pool) => used(pool.size(), pool.num_idle()),
        }
    }

    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write, turn, .. } => {
                turn.0.close();
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx, _turn) => tx.commit().await?,
            Self::Postgres(tx) => within(tx.commit()).await?,
        }
        Ok(())
    }

    /// A word that only one of the databases wants.
    pub(crate) const fn word(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self {
            Self::Sqlite(..) => sqlite,
            Self::Postgres(_) => postgres,
        }
    }
}

/// Every commit is flushed to the disk, but for a planted fault.
pub(crate) fn flushes() -> bool {
    !crate::sabotage::is("sync_normal")
}
