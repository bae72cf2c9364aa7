//! What the lanes write on: a database of either kind, with its log and its search index.

use super::{
    Change, Committed, batch,
    database::Database,
    queue::{BATCH, Ground, Resends},
};
use crate::{Error, Ids, Pool, Result, Store, search};
use std::{sync::Arc, time::Duration};
use tokio::{sync::mpsc, time::Instant};

/// A lull after which `SQLite`'s messages are indexed for search.
const LULL: Duration = Duration::from_millis(200);
/// How many messages one indexing step takes.
const INDEX_STEP: usize = 200;
/// Under steady load they are indexed when so many wait and the writer could take more than it gets,
/// and at least this often in any case.
const INDEX_AT_LEAST: Duration = Duration::from_secs(10);

pub struct OnDatabase {
    database: Database,
    /// For the search index.
    pool: Pool,
    ids: Arc<Ids>,
    /// Wakes who indexes behind `PostgreSQL`'s lanes.
    wrote: mpsc::Sender<()>,
    /// How many messages wait for `SQLite`'s search index.
    unindexed: usize,
    indexed_at: Instant,
}

impl OnDatabase {
    pub fn new(store: &Store, wrote: mpsc::Sender<()>) -> Self {
        // At the start, as many wait as there may be.
        let unindexed = if matches!(store.pool, Pool::Sqlite { .. }) { INDEX_STEP } else { 0 };
        Self {
            database: Database::new(&store.pool, &store.lineage),
            pool: store.pool.clone(),
            ids: Arc::clone(&store.ids),
            wrote,
            unindexed,
            indexed_at: Instant::now(),
        }
    }

    const fn indexes_itself(&self) -> bool {
        matches!(self.pool, Pool::Sqlite { .. })
    }

    /// Indexes some messages for search; true when more are left.
    async fn index(&mut self) -> bool {
        let step = async {
            let mut tx = self.pool.begin().await?;
            let count = search::index_pending(&mut tx, INDEX_STEP as i64).await?;
            tx.commit().await?;
            Result::Ok(count)
        };
        match step.await {
            Ok(count) => count == INDEX_STEP,
            // The program ends; the next start goes on where this one was.
            Err(Error::Sql(sqlx::Error::PoolClosed)) => false,
            Err(error) => {
                tracing::warn!(%error, "search index is behind");
                false
            }
        }
    }
}

impl Ground for OnDatabase {
    async fn write(&mut self, changes: &[&Change], resends: Resends) -> Result<Vec<Result<Committed>>> {
        if crate::sabotage::is("ack_before_commit") {
            return batch::write_without_commit(&mut self.database, &self.ids, changes).await;
        }
        batch::write(&mut self.database, &self.ids, changes, resends).await
    }

    fn forget(&mut self) {
        self.database.forget();
    }

    fn is_broken(&self) -> bool {
        crate::error::flush_failed()
    }

    fn probes(&self) -> bool {
        matches!(self.pool, Pool::Postgres(_))
    }

    async fn probe(&mut self) -> Result<()> {
        let mut rows = self.database.begin().await?;
        rows.probe().await?;
        rows.commit().await
    }

    fn lull(&self) -> Option<Duration> {
        (self.unindexed > 0).then_some(LULL)
    }

    async fn tend(&mut self, received: Option<usize>, is_quiet: impl Fn() -> bool + Send) {
        if received.is_some() {
            self.database.tend_log();
        }
        if !self.indexes_itself() {
            // It is awake when there is no room.
            let _ = self.wrote.try_send(());
            return;
        }
        self.unindexed += received.unwrap_or(0);
        let is_idle = received.is_none_or(|received| received < BATCH && self.unindexed >= INDEX_STEP);
        if is_idle || self.indexed_at.elapsed() > INDEX_AT_LEAST {
            let mut is_behind = self.index().await;
            while is_behind && is_quiet() {
                is_behind = self.index().await;
            }
            self.unindexed = if is_behind { self.unindexed.saturating_sub(INDEX_STEP).max(1) } else { 0 };
            self.indexed_at = Instant::now();
        }
    }

    async fn end(&mut self) {
        let ended = Instant::now();
        while self.indexes_itself() && ended.elapsed() < search::AT_THE_END && self.index().await {}
    }
}
