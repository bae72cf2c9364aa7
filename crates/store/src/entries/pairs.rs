//! Pairs of entries that ask the same and were looked at: left as they are, until one of them changes.

use crate::{
    Result, Store,
    pool::{on, on_write},
};
use model::{AgentId, EntryId, Millis, WorkspaceId};
use std::collections::HashSet;

/// Two entries, each with the version that answers, the smaller id first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VersionPair([(EntryId, i64); 2]);

impl VersionPair {
    pub fn new(one: (EntryId, i64), other: (EntryId, i64)) -> Self {
        Self([one.min(other), one.max(other)])
    }

    pub const fn entries(&self) -> [(EntryId, i64); 2] {
        self.0
    }
}

impl Store {
    pub async fn dismissed_pairs(&self, workspace: WorkspaceId) -> Result<HashSet<VersionPair>> {
        let rows: Vec<(i64, i64, i64, i64)> = on!(&self.pool, |db| {
            sqlx::query_as(
            "select left_id, left_version, right_id, right_version from dismissed_pairs where workspace_id = $1"
        )
        .bind(workspace.0)
        .fetch_all(db)
        .await
        })?;
        let pair = |(left, its, right, of)| VersionPair::new((EntryId(left), its), (EntryId(right), of));
        Ok(rows.into_iter().map(pair).collect())
    }

    /// Harmless to repeat.
    pub async fn dismiss_pair(
        &self,
        workspace: WorkspaceId,
        pair: VersionPair,
        by: AgentId,
        now: Millis,
    ) -> Result<()> {
        let [(left, left_version), (right, right_version)] = pair.entries();
        on_write!(&self.pool, |db| {
            sqlx::query(
            "insert into dismissed_pairs (workspace_id, left_id, left_version, right_id, right_version, dismissed_at,
                 dismissed_by) values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing"
        )
        .bind(workspace.0)
        .bind(left.0)
        .bind(left_version)
        .bind(right.0)
        .bind(right_version)
        .bind(now)
        .bind(by.0)
        .execute(db)
        .await
        .map(|_| ())
        })?;
        Ok(())
    }
}
