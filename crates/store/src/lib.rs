//! All SQL, for `SQLite` and `PostgreSQL` with one text per query.
//!
//! Invariants: only [`Writer`] inserts messages; every query on tenant data takes the
//! workspace first; no business rules and no publishing.

mod error;
mod ids;
mod lineage;
mod migrations;
mod pool;
mod query;
mod row;
pub mod sabotage;
mod scope;
mod terms;
mod writer;

pub mod accounts;
mod assignments;
pub mod attachments;
pub mod backup;
pub mod benefits;
pub mod bot;
pub mod channels;
pub mod connectors;
pub mod contacts;
pub mod conversations;
pub mod entries;
pub mod fill;
pub mod jobs;
pub mod learning;
pub mod llm;
pub mod messages;
pub mod meta;
pub mod moods;
pub mod notices;
pub mod number;
pub mod presence;
pub mod quality;
pub mod ratings;
pub mod schema;
pub mod search;
pub mod sessions;
pub mod sources;
pub mod teams;
pub mod tickets;
pub mod totp;
pub mod visitors;
pub mod workspaces;

pub use error::{Error, is_damaged};
pub use ids::Ids;
pub use migrations::newest_schema;
pub use pool::{Database, Pool, Tx};
pub use writer::{Change, Committed, CutOff, Health, Pending, Publication, Target, Writer};

use std::sync::Arc;

pub type Result<T> = std::result::Result<T, Error>;

/// Connections unless something else is asked for.
pub const MAX_CONNECTIONS: u32 = 16;

/// The database behind everything. Cheap to clone; one file here per noun.
#[derive(Clone)]
pub struct Store {
    pub(crate) pool: Pool,
    pub(crate) ids: Arc<Ids>,
    pub(crate) lineage: lineage::Lineage,
    /// The writer shares the thread of whoever started it.
    pub(crate) on_one_thread: bool,
}

impl Store {
    /// Opens the database and brings its schema up to date. `node` tells the processes on
    /// one database apart.
    pub async fn open(database: &Database, node: u16) -> Result<Self> {
        Self::open_with(database, node, MAX_CONNECTIONS).await
    }

    /// The same with another number of connections than usual.
    pub async fn open_with(database: &Database, node: u16, max_connections: u32) -> Result<Self> {
        Self::open_as_it_is(database, max_connections).await?.bring_up_to_date(node).await
    }

    /// For simulations on `SQLite`: one connection that reads, and a writer on the caller's thread, so
    /// that what happens when is decided there.
    pub async fn open_on_one_thread(database: &Database, node: u16) -> Result<Self> {
        let store = Self::open_with(database, node, 1).await?;
        Ok(Self { on_one_thread: true, ..store })
    }

    /// Opens the database with whatever schema it has, to look at it or to copy it.
    pub async fn open_as_it_is(database: &Database, max_connections: u32) -> Result<Self> {
        let lineage = lineage::Lineage::default();
        let pool = Pool::open(database, max_connections, &lineage).await?;
        Ok(Self { pool, ids: Arc::new(Ids::new(0, 0)), lineage, on_one_thread: false })
    }

    /// Brings the schema up to this program's version; refuses a newer one.
    pub async fn bring_up_to_date(self, node: u16) -> Result<Self> {
        self.pool.migrate().await?;
        self.lineage.begin(&self.pool).await?;
        let newest = newest_id(&self.pool).await?;
        let store = Self { ids: Arc::new(Ids::new(node, newest)), ..self };
        store.lineage.set(Some(store.epoch().await?));
        Ok(store)
    }

    /// Whether several processes may be on this database.
    pub const fn is_shared(&self) -> bool {
        matches!(self.pool, Pool::Postgres(_))
    }

    /// Connections that somebody uses at the moment.
    pub fn connections_in_use(&self) -> usize {
        self.pool.in_use()
    }

    /// An id for a new row.
    pub fn next_id(&self, now: model::Millis) -> i64 {
        self.ids.next(now)
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// The newest id of any row, beyond which a restarted process goes on even when the clock
/// was set back meanwhile.
async fn newest_id(pool: &Pool) -> Result<i64> {
    const TABLES: [&str; 23] = [
        "agents",
        "attachments",
        "channel_secrets",
        "channels",
        "connector_lookups",
        "connectors",
        "contacts",
        "conversation_events",
        "conversations",
        "entries",
        "jobs",
        "llm_endpoints",
        "messages",
        "missed_questions",
        "model_runs",
        "presence_events",
        "question_groups",
        "regression_questions",
        "sessions",
        "sources",
        "teams",
        "visitor_sessions",
        "workspaces",
    ];
    let each = TABLES.map(|table| format!("select max(id) as id from {table}")).join(" union all ");
    let sql = format!("select max(id) from ({each}) as newest");
    let newest: Option<i64> =
        pool::on!(pool, |db| sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(db).await)?;
    Ok(newest.unwrap_or(0))
}
