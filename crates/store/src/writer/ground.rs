//! What the lanes write on: a database of either kind, with its log and its search index.

use super::{
    Change, Committed, batch,
    database::Database,
    queue::{Ground, Resends},
};
use crate::{Error, Ids, Pool, Result, Store, search};
use std::{sync::Arc, time::Duration};
use tokio::{sync::mpsc, time::Instant};

/// A lull after which `SQLite`'s messages are indexed for search.
const LULL: Duration = Duration::from_millis(200);
/// How many messages one indexing step takes.
const INDEX_STEP: usize = 200;
/// So many changes a second keep the writer busy: messages come first.
const BUSY: usize = 5_000;
/// Under steady load messages are indexed when a step of them waits and the writer is not busy, and at
/// least this often in any case.
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
    /// How many changes came since then.
    since: usize,
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
            since: 0,
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
        self.since += received.unwrap_or(0);
        let rested = self.indexed_at.elapsed();
        let has_time = self.unindexed >= INDEX_STEP && !is_busy(self.since, rested);
        if received.is_none() || has_time || rested > INDEX_AT_LEAST {
            let mut is_behind = self.index().await;
            while is_behind && is_quiet() {
                is_behind = self.index().await;
            }
            self.unindexed = if is_behind { self.unindexed.saturating_sub(INDEX_STEP).max(1) } else { 0 };
            (self.indexed_at, self.since) = (Instant::now(), 0);
        }
    }

    async fn end(&mut self) {
        let ended = Instant::now();
        while self.indexes_itself() && ended.elapsed() < search::AT_THE_END && self.index().await {}
    }
}

fn is_busy(changes: usize, time: Duration) -> bool {
    changes as f64 > BUSY as f64 * time.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writer_is_busy_by_how_much_comes_and_not_by_how_it_comes() {
        let second = Duration::from_secs(1);
        assert!(!is_busy(1_000, second) && !is_busy(INDEX_STEP, second / 5));
        assert!(is_busy(30_000, second) && is_busy(INDEX_STEP, second / 100));
        // The burst is over.
        assert!(!is_busy(30_000, second * 7));
    }
}
