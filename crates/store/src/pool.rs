//! Connections to either database, and the macros that let one SQL text run on both.
//!
//! `SQLite` has one writing connection (a plain pool would answer BUSY under load) and a
//! few reading ones; every commit is flushed to the disk (`synchronous=FULL`), because
//! anything less loses acknowledged messages at a power cut.

use crate::{Result, lineage::Lineage};
use sqlx::{
    Connection as _, Postgres, Sqlite, Transaction,
    migrate::{Migration, MigrationType, Migrator},
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

/// The same change for both databases: number, name, `SQLite` text, `PostgreSQL` text.
const MIGRATIONS: [(i64, &str, &str, &str); 28] = [
    (
        1,
        "first",
        include_str!("../migrations/sqlite/0001_first.sql"),
        include_str!("../migrations/postgres/0001_first.sql"),
    ),
    (
        2,
        "knowledge",
        include_str!("../migrations/sqlite/0002_knowledge.sql"),
        include_str!("../migrations/postgres/0002_knowledge.sql"),
    ),
    (
        3,
        "bot",
        include_str!("../migrations/sqlite/0003_bot.sql"),
        include_str!("../migrations/postgres/0003_bot.sql"),
    ),
    (
        4,
        "learning",
        include_str!("../migrations/sqlite/0004_learning.sql"),
        include_str!("../migrations/postgres/0004_learning.sql"),
    ),
    (
        5,
        "scale",
        include_str!("../migrations/sqlite/0005_scale.sql"),
        include_str!("../migrations/postgres/0005_scale.sql"),
    ),
    (
        6,
        "mood",
        include_str!("../migrations/sqlite/0006_mood.sql"),
        include_str!("../migrations/postgres/0006_mood.sql"),
    ),
    (
        7,
        "search",
        include_str!("../migrations/sqlite/0007_search.sql"),
        include_str!("../migrations/postgres/0007_search.sql"),
    ),
    (
        8,
        "llm",
        include_str!("../migrations/sqlite/0008_llm.sql"),
        include_str!("../migrations/postgres/0008_llm.sql"),
    ),
    (
        9,
        "cluster",
        include_str!("../migrations/sqlite/0009_cluster.sql"),
        include_str!("../migrations/postgres/0009_cluster.sql"),
    ),
    (
        10,
        "senior",
        include_str!("../migrations/sqlite/0010_senior.sql"),
        include_str!("../migrations/postgres/0010_senior.sql"),
    ),
    (
        11,
        "benefits",
        include_str!("../migrations/sqlite/0011_benefits.sql"),
        include_str!("../migrations/postgres/0011_benefits.sql"),
    ),
    (
        12,
        "sources",
        include_str!("../migrations/sqlite/0012_sources.sql"),
        include_str!("../migrations/postgres/0012_sources.sql"),
    ),
    (
        13,
        "assignment_reasons",
        include_str!("../migrations/sqlite/0013_assignment_reasons.sql"),
        include_str!("../migrations/postgres/0013_assignment_reasons.sql"),
    ),
    (
        14,
        "answers",
        include_str!("../migrations/sqlite/0014_answers.sql"),
        include_str!("../migrations/postgres/0014_answers.sql"),
    ),
    (
        15,
        "mood_lists",
        include_str!("../migrations/sqlite/0015_mood_lists.sql"),
        include_str!("../migrations/postgres/0015_mood_lists.sql"),
    ),
    (
        16,
        "articles",
        include_str!("../migrations/sqlite/0016_articles.sql"),
        include_str!("../migrations/postgres/0016_articles.sql"),
    ),
    (
        17,
        "entry_vectors",
        include_str!("../migrations/sqlite/0017_entry_vectors.sql"),
        include_str!("../migrations/postgres/0017_entry_vectors.sql"),
    ),
    (
        18,
        "audiences",
        include_str!("../migrations/sqlite/0018_audiences.sql"),
        include_str!("../migrations/postgres/0018_audiences.sql"),
    ),
    (
        19,
        "upset_lists",
        include_str!("../migrations/sqlite/0019_upset_lists.sql"),
        include_str!("../migrations/postgres/0019_upset_lists.sql"),
    ),
    (
        20,
        "lists",
        include_str!("../migrations/sqlite/0020_lists.sql"),
        include_str!("../migrations/postgres/0020_lists.sql"),
    ),
    (
        21,
        "answer_images",
        include_str!("../migrations/sqlite/0021_answer_images.sql"),
        include_str!("../migrations/postgres/0021_answer_images.sql"),
    ),
    (
        22,
        "help",
        include_str!("../migrations/sqlite/0022_help.sql"),
        include_str!("../migrations/postgres/0022_help.sql"),
    ),
    (
        23,
        "link_cards",
        include_str!("../migrations/sqlite/0023_link_cards.sql"),
        include_str!("../migrations/postgres/0023_link_cards.sql"),
    ),
    (
        24,
        "connectors",
        include_str!("../migrations/sqlite/0024_connectors.sql"),
        include_str!("../migrations/postgres/0024_connectors.sql"),
    ),
    (
        25,
        "message_home",
        include_str!("../migrations/sqlite/0025_message_home.sql"),
        include_str!("../migrations/postgres/0025_message_home.sql"),
    ),
    (
        26,
        "source_articles",
        include_str!("../migrations/sqlite/0026_source_articles.sql"),
        include_str!("../migrations/postgres/0026_source_articles.sql"),
    ),
    (
        27,
        "article_images",
        include_str!("../migrations/sqlite/0027_article_images.sql"),
        include_str!("../migrations/postgres/0027_article_images.sql"),
    ),
    (
        28,
        "client_ids",
        include_str!("../migrations/sqlite/0028_client_ids.sql"),
        include_str!("../migrations/postgres/0028_client_ids.sql"),
    ),
];

fn migrator(pick: impl Fn(&(i64, &'static str, &'static str, &'static str)) -> &'static str) -> Migrator {
    // Each is one transaction, but for a planted fault.
    let is_torn = crate::sabotage::is("torn_upgrade");
    let migrations = MIGRATIONS.iter().map(|change| {
        let sql = sqlx::SqlStr::from_static(pick(change));
        Migration::new(change.0, change.1.into(), MigrationType::Simple, sql, is_torn)
    });
    Migrator::with_migrations(migrations.collect())
}

/// Altering messages locks conversations too: in the writer's order, or each waits for the other. Not in the file, whose
/// checksum databases know.
const ORDERLY: &str = concat!(
    "lock table conversations, messages in access exclusive mode;\n",
    include_str!("../migrations/postgres/0025_message_home.sql")
);

/// The changes of `PostgreSQL`, for those who bring a database to an earlier version.
pub(crate) fn postgres_migrator() -> Migrator {
    let mut migrator = migrator(|change| change.3);
    for change in migrator.migrations.to_mut().iter_mut().filter(|change| change.version == 25) {
        change.sql = sqlx::SqlStr::from_static(ORDERLY);
    }
    migrator
}

/// The version of the schema that this program works with.
pub const fn newest_schema() -> i64 {
    MIGRATIONS[MIGRATIONS.len() - 1].0
}

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
            Self::Sqlite { write, .. } => migrator(|change| change.2).run(write).await?,
            Self::Postgres(pool) => postgres_migrator().run(pool).await?,
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

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Row as _;

    /// Entries of the first version are kept, published, as version 1.
    #[tokio::test]
    async fn entries_of_the_first_schema_become_published_versions() {
        let folder = tempfile::tempdir().unwrap();
        let pool = Pool::open(&Database::Sqlite(folder.path().join("octim.db")), 1, &Lineage::default())
            .await
            .unwrap();
        let Pool::Sqlite { write, .. } = &pool else { unreachable!() };
        let first = Migration::new(
            1,
            "first".into(),
            MigrationType::Simple,
            sqlx::SqlStr::from_static(MIGRATIONS[0].2),
            false,
        );
        Migrator::with_migrations(vec![first]).run(write).await.unwrap();
        sqlx::raw_sql(
            "insert into workspaces (id, name, created_at) values (1, 'w', 5);
             insert into entries (id, workspace_id, category, question, phrasings, answer, created_at)
             values (7, 1, '售后', '怎么退货', '[\"如何退\"]', '七天 ABC', 6)",
        )
        .execute(write)
        .await
        .unwrap();
        pool.migrate().await.unwrap();
        let row = sqlx::query(
            "select e.status, e.published_version, e.updated_at, v.question, v.phrasings, v.folded, r.revision
             from entries e join entry_versions v on v.entry_id = e.id and v.version = e.version
             join knowledge_revisions r on r.workspace_id = e.workspace_id",
        )
        .fetch_one(write)
        .await
        .unwrap();
        assert_eq!((row.get("status"), row.get("published_version")), ("published", 1));
        assert_eq!((row.get("question"), row.get("phrasings")), ("怎么退货", "[\"如何退\"]"));
        assert_eq!((row.get::<i64, _>("updated_at"), row.get::<i64, _>("revision")), (6, 1));
        assert!(row.get::<&str, _>("folded").contains("七天 abc"));
        pool.close().await;
    }
}
