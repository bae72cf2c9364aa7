//! Changes of entries. A content is never overwritten: saving adds a version, and nothing is
//! saved over a version that the writer has not seen.

use super::write::{Owner, insert_versions, next_revision, save_in, set_status_in, why_not};
use crate::{
    Error, Result, Store, Tx,
    pool::{on_tx, on_write},
};
use model::{AgentId, Entry, EntryContent, EntryId, EntryStatus, Millis, WorkspaceId};
use sqlx::QueryBuilder;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    pub content: EntryContent,
    pub owner: Option<AgentId>,
}

/// Who changes which version of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    pub workspace: WorkspaceId,
    pub id: EntryId,
    /// The newest version that is known to whoever changes it.
    pub version: i64,
    pub by: Option<AgentId>,
    pub at: Millis,
}

/// Rows of one insert.
const CHUNK: usize = 50;

impl Store {
    /// All or none, as version 1: published, or drafts.
    pub async fn insert_entries(
        &self,
        workspace: WorkspaceId,
        entries: &[NewEntry],
        publish: bool,
        by: Option<AgentId>,
        now: Millis,
    ) -> Result<Vec<EntryId>> {
        let mut tx = self.pool.begin().await?;
        let ids = self.insert_in(&mut tx, workspace, entries, publish, by, now).await?;
        tx.commit().await?;
        Ok(ids)
    }

    pub(super) async fn insert_in(
        &self,
        tx: &mut Tx,
        workspace: WorkspaceId,
        entries: &[NewEntry],
        publish: bool,
        by: Option<AgentId>,
        now: Millis,
    ) -> Result<Vec<EntryId>> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let revision = if publish { next_revision(tx, workspace).await? } else { 0 };
        let status = if publish { EntryStatus::Published } else { EntryStatus::Draft };
        let ids: Vec<EntryId> = entries.iter().map(|_| EntryId(self.ids.next(now))).collect();
        for (chunk, ids) in entries.chunks(CHUNK).zip(ids.chunks(CHUNK)) {
            on_tx!(tx, |db| {
                let mut query = QueryBuilder::new(
                    "insert into entries (workspace_id, id, status, version, published_version, revision, owner_id,
                         created_at, updated_at, updated_by) ",
                );
                query.push_values(chunk.iter().zip(ids), |mut row, (entry, id)| {
                    row.push_bind(workspace.0)
                        .push_bind(id.0)
                        .push_bind(status.code())
                        .push_bind(1_i64)
                        .push_bind(publish.then_some(1_i64))
                        .push_bind(revision)
                        .push_bind(entry.owner.map(|owner| owner.0))
                        .push_bind(now)
                        .push_bind(now)
                        .push_bind(by.map(|by| by.0));
                });
                query.build().execute(db).await.map(|_| ())
            })?;
            let versions = chunk.iter().zip(ids).map(|(entry, id)| (*id, 1, &entry.content));
            let versions = versions.collect::<Vec<_>>();
            insert_versions(tx, workspace, &versions, publish, by, now).await?;
        }
        Ok(ids)
    }

    /// Adds a version, which is a draft; what is published goes on answering.
    /// [`Error::EntryChanged`] when there is a newer version than expected, [`Error::EntryState`]
    /// when it is archived.
    pub async fn save_entry(
        &self,
        change: Change,
        content: &EntryContent,
        owner: Option<AgentId>,
    ) -> Result<Entry> {
        let mut tx = self.pool.begin().await?;
        save_in(&mut tx, change, content, Owner::Becomes(owner)).await?;
        tx.commit().await?;
        self.find_entry(change.workspace, change.id).await?.ok_or(Error::NotFound)
    }

    /// Another owner, without a new version.
    pub async fn set_entry_owner(&self, change: Change, owner: Option<AgentId>) -> Result<Entry> {
        let mut tx = self.pool.begin().await?;
        let done = on_tx!(&mut tx, |db| sqlx::query(
            "update entries set owner_id = $4 where workspace_id = $1 and id = $2 and version = $3"
        )
        .bind(change.workspace.0)
        .bind(change.id.0)
        .bind(change.version)
        .bind(owner.map(|owner| owner.0))
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
        if done == 0 {
            return Err(why_not(&mut tx, change).await?);
        }
        tx.commit().await?;
        self.find_entry(change.workspace, change.id).await?.ok_or(Error::NotFound)
    }

    /// Moves the newest version on: `to` is reached from one of `from` only
    /// ([`Error::EntryState`]). Publishing and archiving give a new revision of the workspace.
    pub async fn set_entry_status(
        &self,
        change: Change,
        from: &[EntryStatus],
        to: EntryStatus,
    ) -> Result<Entry> {
        let mut tx = self.pool.begin().await?;
        set_status_in(&mut tx, change, from, to).await?;
        tx.commit().await?;
        self.find_entry(change.workspace, change.id).await?.ok_or(Error::NotFound)
    }

    /// An agent put its answer into a conversation. False when there is no such entry.
    pub async fn count_entry_use(&self, workspace: WorkspaceId, id: EntryId, now: Millis) -> Result<bool> {
        let done = on_write!(&self.pool, |db| sqlx::query(
            "update entries set used = used + 1, used_at = $3
             where workspace_id = $1 and id = $2 and published_version is not null"
        )
        .bind(workspace.0)
        .bind(id.0)
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
        Ok(done == 1)
    }
}
