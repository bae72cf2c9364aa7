//! The statements that change entries, each a part of somebody's transaction.

use super::{folded, images, save::Change, sections, variants};
use crate::{Error, Result, Store, Tx, pool::on_tx};
use model::{AgentId, EntryContent, EntryId, EntryStatus, Millis, WorkspaceId};
use sqlx::QueryBuilder;

/// What becomes of an entry's owner.
#[derive(Clone, Copy)]
pub(super) enum Owner {
    Stays,
    Becomes(Option<AgentId>),
}

/// Adds a version.
pub(super) async fn save_in(tx: &mut Tx, change: Change, content: &EntryContent, owner: Owner) -> Result<()> {
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
    .bind(matches!(owner, Owner::Becomes(_)))
    .bind(match owner {
        Owner::Becomes(Some(owner)) => Some(owner.0),
        Owner::Becomes(None) | Owner::Stays => None,
    })
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
pub(super) async fn why_not(tx: &mut Tx, change: Change) -> Result<Error> {
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

impl Store {
    /// What is published is to be indexed anew, on every node.
    pub async fn touch_knowledge(&self, workspace: WorkspaceId) -> Result<()> {
        let mut tx = self.pool.begin().await?;
        next_revision(&mut tx, workspace).await?;
        tx.commit().await
    }
}

/// Counts one change of what is published; others of the workspace wait until it commits, so
/// revisions become visible in their order.
pub(super) async fn next_revision(tx: &mut Tx, workspace: WorkspaceId) -> Result<i64> {
    Ok(on_tx!(tx, |db| sqlx::query_scalar(
        "insert into knowledge_revisions (workspace_id, revision) values ($1, 1)
         on conflict (workspace_id) do update set revision = knowledge_revisions.revision + 1
         returning revision"
    )
    .bind(workspace.0)
    .fetch_one(db)
    .await)?)
}

pub(super) async fn insert_versions(
    tx: &mut Tx,
    workspace: WorkspaceId,
    versions: &[(EntryId, i64, &EntryContent)],
    published: bool,
    by: Option<AgentId>,
    now: Millis,
) -> Result<()> {
    let texts = versions.iter().map(|(_, _, content)| {
        let (answers, others) = variants::parted(&content.answers);
        Some((
            serde_json::to_string(&content.phrasings).ok()?,
            serde_json::to_string(&content.images).ok()?,
            serde_json::to_string(&content.cards).ok()?,
            serde_json::to_string(&answers).ok()?,
            serde_json::to_string(&others).ok()?,
            serde_json::to_string(&content.sections).ok()?,
            serde_json::to_string(&sections::images(&content.sections)).ok()?,
            serde_json::to_string(&content.tags).ok()?,
            serde_json::to_string(&content.follow_ups).ok()?,
            folded(content),
        ))
    });
    let texts = texts.collect::<Option<Vec<_>>>().ok_or(Error::Corrupt("phrasings"))?;
    on_tx!(tx, |db| {
        let mut query = QueryBuilder::new(
            "insert into entry_versions (entry_id, version, workspace_id, category, question, phrasings, answer,
                 images, cards, audience, answers, variants, sections, section_images, tags, follow_ups, valid_from, valid_until, folded, saved_at, saved_by, published_at, published_by) ",
        );
        let rows = versions.iter().zip(&texts);
        query.push_values(rows, |mut row, ((id, version, content), texts)| {
            let (
                phrasings,
                images,
                cards,
                answers,
                others,
                sections,
                section_images,
                tags,
                follow_ups,
                folded,
            ) = texts;
            row.push_bind(id.0)
                .push_bind(*version)
                .push_bind(workspace.0)
                .push_bind(&content.category)
                .push_bind(&content.question)
                .push_bind(phrasings)
                .push_bind(&content.answer)
                .push_bind(images)
                .push_bind(cards)
                .push_bind(content.audience.code())
                .push_bind(answers)
                .push_bind(others)
                .push_bind(sections)
                .push_bind(section_images)
                .push_bind(tags)
                .push_bind(follow_ups)
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
    images::keep_in(tx, workspace, versions).await
}
