//! Which versions show an image, who was told an answer with it, and which articles have it. An image is kept as long as a
//! version shows it, and versions stay.

use crate::{
    Result, Store, Tx,
    pool::{on, on_tx},
};
use model::{AttachmentId, ContactId, EntryContent, EntryId, WorkspaceId};

/// The images of new versions are kept from now on.
pub(super) async fn keep_in(
    tx: &mut Tx,
    workspace: WorkspaceId,
    versions: &[(EntryId, i64, &EntryContent)],
) -> Result<()> {
    for (id, version, content) in versions {
        for file in content.shown_files() {
            on_tx!(tx, |db| sqlx::query(
                "insert into entry_images (workspace_id, attachment_id, entry_id, version)
                 values ($1, $2, $3, $4) on conflict do nothing"
            )
            .bind(workspace.0)
            .bind(file.id.0)
            .bind(id.0)
            .bind(*version)
            .execute(db)
            .await
            .map(|_| ()))?;
        }
    }
    Ok(())
}

impl Store {
    /// Whether a version of an entry shows it; with `published` one that was published once.
    pub async fn is_entry_image(
        &self,
        workspace: WorkspaceId,
        image: AttachmentId,
        published: bool,
    ) -> Result<bool> {
        Ok(on!(&self.pool, |db| sqlx::query_scalar(
            "select exists (select 1 from entry_images i
                 join entry_versions v on v.entry_id = i.entry_id and v.version = i.version
                 where i.workspace_id = $1 and i.attachment_id = $2
                   and (not $3 or v.published_at is not null))"
        )
        .bind(workspace.0)
        .bind(image.0)
        .bind(published)
        .fetch_one(db)
        .await)?)
    }

    /// Articles that answer and show it.
    pub async fn articles_with_image(
        &self,
        workspace: WorkspaceId,
        image: AttachmentId,
    ) -> Result<Vec<EntryId>> {
        let ids: Vec<i64> = on!(&self.pool, |db| sqlx::query_scalar(
            "select e.id from entry_images i
                 join entries e on e.id = i.entry_id and e.published_version = i.version
                 join entry_versions v on v.entry_id = i.entry_id and v.version = i.version
                 where i.workspace_id = $1 and i.attachment_id = $2 and v.section_images <> '[]'
                 order by e.id limit 20"
        )
        .bind(workspace.0)
        .bind(image.0)
        .fetch_all(db)
        .await)?;
        Ok(ids.into_iter().map(EntryId).collect())
    }

    /// Whether an answer with it was said in a conversation of this contact.
    pub async fn was_image_said(
        &self,
        workspace: WorkspaceId,
        contact: ContactId,
        image: AttachmentId,
    ) -> Result<bool> {
        Ok(on!(&self.pool, |db| sqlx::query_scalar(
            "select exists (select 1 from conversations c
                 join said_images i on i.attachment_id = $3 and i.conversation_id = c.id
                 where c.workspace_id = $1 and c.contact_id = $2)"
        )
        .bind(workspace.0)
        .bind(contact.0)
        .bind(image.0)
        .fetch_one(db)
        .await)?)
    }
}
