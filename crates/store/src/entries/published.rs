//! What answers: the published versions, whole and by what changed.

use super::{CONTENT, LIVE};
use crate::{Result, Store, pool::on, row::Row};
use model::{EntryId, PublishedEntry, WorkspaceId};
use sqlx::AssertSqlSafe;

/// What an index that knew an older revision lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// Up to which it is complete now.
    pub revision: i64,
    /// New, or with another published version.
    pub changed: Vec<PublishedEntry>,
    /// Nothing of them is published any more.
    pub removed: Vec<EntryId>,
}

impl Store {
    /// Grows with every change of what is published; 0 while nothing ever was.
    pub async fn knowledge_revision(&self, workspace: WorkspaceId) -> Result<i64> {
        let revision: Option<i64> = on!(&self.pool, |db| sqlx::query_scalar(
            "select revision from knowledge_revisions where workspace_id = $1"
        )
        .bind(workspace.0)
        .fetch_optional(db)
        .await)?;
        Ok(revision.unwrap_or(0))
    }

    /// Everything that answers, by id. Validity is the reader's to check: it passes without a change.
    pub async fn published_entries(&self, workspace: WorkspaceId) -> Result<Vec<PublishedEntry>> {
        let sql = format!("select e.id, {CONTENT} {LIVE} where e.workspace_id = $1 order by e.id");
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<PublishedEntry>>(AssertSqlSafe(sql))
            .bind(workspace.0)
            .fetch_all(db)
            .await)?;
        Ok(rows.into_iter().map(|Row(entry)| entry).collect())
    }

    /// What was published or withdrawn after a revision. The revision is read first: a change
    /// in between is told again the next time, never skipped.
    pub async fn entries_changed_since(&self, workspace: WorkspaceId, revision: i64) -> Result<Changes> {
        let reached = self.knowledge_revision(workspace).await?;
        let sql = format!(
            "select e.id, {CONTENT} {LIVE} where e.workspace_id = $1 and e.revision > $2 order by e.id"
        );
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<PublishedEntry>>(AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(revision)
            .fetch_all(db)
            .await)?;
        let removed: Vec<i64> = on!(&self.pool, |db| {
            sqlx::query_scalar(
            "select id from entries where workspace_id = $1 and revision > $2 and published_version is null
             order by id"
        )
        .bind(workspace.0)
        .bind(revision)
        .fetch_all(db)
        .await
        })?;
        Ok(Changes {
            revision: reached,
            changed: rows.into_iter().map(|Row(entry)| entry).collect(),
            removed: removed.into_iter().map(EntryId).collect(),
        })
    }
}
