//! Changes of entries. A content is never overwritten: saving adds a version, and nothing is
//! saved over a version that the writer has not seen.

use super::folded;
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
        save_in(&mut tx, change, content, Some(owner)).await?;
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

/// Adds a version; without an owner it keeps the one that it has.
pub(super) async fn save_in(
    tx: &mut Tx,
    change: Change,
    content: &EntryContent,
    owner: Option<Option<AgentId>>,
) -> Result<()> {
    let saved = on_tx!(tx, |db| sqlx::query(
        "update entries set version = version + 1, status = 'draft', updated_at = $4, updated_by = $5,
             owner_id = case when $6 then $7 else owner_id end
         where workspace_id = $1 and id = $2 and version = $3 and status <> 'archived'"
    )
    .bind(change.workspace.0)
    .bind(change.id.0)
    .bind(change.version)
    .bind(change.at)
    .bind(change.by.map(|by| by.0))
    .bind(owner.is_some())
    .bind(owner.flatten().map(|owner| owner.0))
    .execute(db)
    .await
    .map(|done| done.rows_affected()))?;
    if saved == 0 {
        return Err(why_not(tx, change).await?);
    }
    let version = [(change.id, change.version + 1, content)];
    insert_versions(tx, change.workspace, &version, false, change.by, change.at).await
}

/// What changes with the new status besides it.
const fn consequence(to: EntryStatus) -> &'static str {
    match to {
        EntryStatus::Draft | EntryStatus::Review => {
            "update entries set status = $4, updated_at = $5, updated_by = $6
             where workspace_id = $1 and id = $2 and version = $3"
        }
        EntryStatus::Published => {
            "update entries set status = $4, updated_at = $5, updated_by = $6, published_version = version,
                 revision = $7 where workspace_id = $1 and id = $2 and version = $3"
        }
        EntryStatus::Archived => {
            "update entries set status = $4, updated_at = $5, updated_by = $6, published_version = null,
                 revision = $7 where workspace_id = $1 and id = $2 and version = $3"
        }
    }
}

pub(super) async fn set_status_in(
    tx: &mut Tx,
    change: Change,
    from: &[EntryStatus],
    to: EntryStatus,
) -> Result<()> {
    let sql = match tx.word("", " for update") {
        "" => "select status, version from entries where workspace_id = $1 and id = $2",
        _ => "select status, version from entries where workspace_id = $1 and id = $2 for update",
    };
    let row: Option<(String, i64)> = on_tx!(tx, |db| sqlx::query_as(sql)
        .bind(change.workspace.0)
        .bind(change.id.0)
        .fetch_optional(db)
        .await)?;
    let (status, version) = row.ok_or(Error::NotFound)?;
    if version != change.version {
        return Err(Error::EntryChanged);
    }
    let status = EntryStatus::from_code(&status).ok_or(Error::Corrupt("status"))?;
    if !from.contains(&status) {
        return Err(Error::EntryState);
    }
    let changes_answers = matches!(to, EntryStatus::Published | EntryStatus::Archived);
    let revision = if changes_answers { next_revision(tx, change.workspace).await? } else { 0 };
    on_tx!(tx, |db| {
        let query = sqlx::query(consequence(to))
            .bind(change.workspace.0)
            .bind(change.id.0)
            .bind(change.version)
            .bind(to.code())
            .bind(change.at)
            .bind(change.by.map(|by| by.0));
        let query = if changes_answers { query.bind(revision) } else { query };
        query.execute(db).await.map(|_| ())
    })?;
    if to == EntryStatus::Published {
        on_tx!(tx, |db| sqlx::query(
            "update entry_versions set published_at = $4, published_by = $5
             where workspace_id = $1 and entry_id = $2 and version = $3"
        )
        .bind(change.workspace.0)
        .bind(change.id.0)
        .bind(change.version)
        .bind(change.at)
        .bind(change.by.map(|by| by.0))
        .execute(db)
        .await
        .map(|_| ()))?;
    }
    Ok(())
}

/// Why a change of this version met no row.
async fn why_not(tx: &mut Tx, change: Change) -> Result<Error> {
    let version: Option<i64> = on_tx!(tx, |db| sqlx::query_scalar(
        "select version from entries where workspace_id = $1 and id = $2"
    )
    .bind(change.workspace.0)
    .bind(change.id.0)
    .fetch_optional(db)
    .await)?;
    Ok(match version {
        None => Error::NotFound,
        Some(version) if version != change.version => Error::EntryChanged,
        Some(_) => Error::EntryState,
    })
}

/// Counts one change of what is published; others of the workspace wait until it commits, so
/// revisions become visible in their order.
async fn next_revision(tx: &mut Tx, workspace: WorkspaceId) -> Result<i64> {
    Ok(on_tx!(tx, |db| sqlx::query_scalar(
        "insert into knowledge_revisions (workspace_id, revision) values ($1, 1)
         on conflict (workspace_id) do update set revision = knowledge_revisions.revision + 1
         returning revision"
    )
    .bind(workspace.0)
    .fetch_one(db)
    .await)?)
}

async fn insert_versions(
    tx: &mut Tx,
    workspace: WorkspaceId,
    versions: &[(EntryId, i64, &EntryContent)],
    published: bool,
    by: Option<AgentId>,
    now: Millis,
) -> Result<()> {
    let texts = versions.iter().map(|(_, _, content)| {
        Some((
            serde_json::to_string(&content.phrasings).ok()?,
            serde_json::to_string(&content.answers).ok()?,
            serde_json::to_string(&content.tags).ok()?,
            folded(content),
        ))
    });
    let texts = texts.collect::<Option<Vec<_>>>().ok_or(Error::Corrupt("phrasings"))?;
    on_tx!(tx, |db| {
        let mut query = QueryBuilder::new(
            "insert into entry_versions (entry_id, version, workspace_id, category, question, phrasings, answer,
                 answers, tags, valid_from, valid_until, folded, saved_at, saved_by, published_at, published_by) ",
        );
        let rows = versions.iter().zip(&texts);
        query.push_values(rows, |mut row, ((id, version, content), (phrasings, answers, tags, folded))| {
            row.push_bind(id.0)
                .push_bind(*version)
                .push_bind(workspace.0)
                .push_bind(&content.category)
                .push_bind(&content.question)
                .push_bind(phrasings)
                .push_bind(&content.answer)
                .push_bind(answers)
                .push_bind(tags)
                .push_bind(content.valid_from)
                .push_bind(content.valid_until)
                .push_bind(folded)
                .push_bind(now)
                .push_bind(by.map(|by| by.0))
                .push_bind(published.then_some(now))
                .push_bind(by.filter(|_| published).map(|by| by.0));
        });
        query.build().execute(db).await.map(|_| ())
    })?;
    Ok(())
}
