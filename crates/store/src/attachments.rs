//! Attachments: what is known of an uploaded file. Its bytes are in the blob store. Until
//! it is sent in a message only its uploader can use it; the [`crate::Writer`] binds it. Images of
//! answers are never bound: `entry_images` and `said_images` say who shows and who saw them.

use crate::{
    Result, Store,
    pool::{on, on_write},
    row::{Row, parsed, read},
};
use model::{AttachmentId, ConversationId, FileRef, MediaKind, Millis, Sender, WorkspaceId};

const COLUMNS: &str = "id, workspace_id, conversation_id, sender_kind, sender_id, name, \
    media_type, kind, size, width, height, checksum, blob_key, thumbnail_key, thumbnail_type, \
    created_at";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub id: AttachmentId,
    pub workspace_id: WorkspaceId,
    /// None until it is sent.
    pub conversation_id: Option<ConversationId>,
    /// Who uploaded it and alone may send it.
    pub sender: Sender,
    pub name: String,
    pub media_type: String,
    pub kind: MediaKind,
    /// Bytes.
    pub size: i64,
    /// Pixels, for images.
    pub width: Option<i32>,
    pub height: Option<i32>,
    /// SHA-256 of the stored bytes in hexadecimal.
    pub checksum: String,
    pub blob_key: String,
    pub thumbnail_key: Option<String>,
    pub thumbnail_type: Option<String>,
    pub created_at: Millis,
}

/// An upload as the file store describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAttachment {
    pub workspace_id: WorkspaceId,
    pub sender: Sender,
    pub name: String,
    pub media_type: String,
    pub kind: MediaKind,
    pub size: i64,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub checksum: String,
    pub blob_key: String,
    /// Key and media type.
    pub thumbnail: Option<(String, String)>,
}

impl From<Attachment> for FileRef {
    /// As a message carries it.
    fn from(attachment: Attachment) -> Self {
        Self {
            id: attachment.id,
            name: attachment.name,
            media_type: attachment.media_type,
            kind: attachment.kind,
            size: attachment.size,
            width: attachment.width,
            height: attachment.height,
            has_thumbnail: attachment.thumbnail_key.is_some(),
        }
    }
}

/// What the blob store should hold for one attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobKeys {
    pub id: AttachmentId,
    pub conversation_id: Option<ConversationId>,
    pub name: String,
    pub blob_key: String,
    pub size: i64,
    pub checksum: String,
    pub thumbnail_key: Option<String>,
}

const KINDS: [(MediaKind, &str); 4] = [
    (MediaKind::Image, "image"),
    (MediaKind::Audio, "audio"),
    (MediaKind::Video, "video"),
    (MediaKind::Document, "document"),
];

fn kind_code(kind: MediaKind) -> &'static str {
    KINDS.into_iter().find(|(known, _)| *known == kind).map_or("document", |(_, code)| code)
}

fn kind(code: &str) -> Option<MediaKind> {
    KINDS.into_iter().find(|(_, known)| *known == code).map(|(kind, _)| kind)
}

read!(Attachment, |row| Attachment {
    id: AttachmentId(row.try_get("id")?),
    workspace_id: WorkspaceId(row.try_get("workspace_id")?),
    conversation_id: row.try_get::<Option<i64>, _>("conversation_id")?.map(ConversationId),
    sender: parsed(
        "sender_kind",
        Sender::from_columns(row.try_get("sender_kind")?, row.try_get("sender_id")?),
    )?,
    name: row.try_get("name")?,
    media_type: row.try_get("media_type")?,
    kind: parsed("kind", kind(row.try_get("kind")?))?,
    size: row.try_get("size")?,
    width: row.try_get::<Option<i64>, _>("width")?.map(|pixels| pixels as i32),
    height: row.try_get::<Option<i64>, _>("height")?.map(|pixels| pixels as i32),
    checksum: row.try_get("checksum")?,
    blob_key: row.try_get("blob_key")?,
    thumbnail_key: row.try_get("thumbnail_key")?,
    thumbnail_type: row.try_get("thumbnail_type")?,
    created_at: row.try_get("created_at")?,
});

read!(BlobKeys, |row| BlobKeys {
    id: AttachmentId(row.try_get("id")?),
    conversation_id: row.try_get::<Option<i64>, _>("conversation_id")?.map(ConversationId),
    name: row.try_get("name")?,
    blob_key: row.try_get("blob_key")?,
    size: row.try_get("size")?,
    checksum: row.try_get("checksum")?,
    thumbnail_key: row.try_get("thumbnail_key")?,
});

impl Store {
    pub async fn insert_attachment(&self, new: NewAttachment, now: Millis) -> Result<Attachment> {
        let id = AttachmentId(self.ids.next(now));
        let (sender_kind, sender_id) = new.sender.columns();
        let (thumbnail_key, thumbnail_type) = new.thumbnail.unzip();
        on_write!(&self.pool, |db| sqlx::query(
            "insert into attachments (workspace_id, id, sender_kind, sender_id, name, media_type,
                 kind, size, width, height, checksum, blob_key, thumbnail_key, thumbnail_type,
                 created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
        )
        .bind(new.workspace_id.0)
        .bind(id.0)
        .bind(sender_kind)
        .bind(sender_id)
        .bind(&new.name)
        .bind(&new.media_type)
        .bind(kind_code(new.kind))
        .bind(new.size)
        .bind(new.width.map(i64::from))
        .bind(new.height.map(i64::from))
        .bind(&new.checksum)
        .bind(&new.blob_key)
        .bind(&thumbnail_key)
        .bind(&thumbnail_type)
        .bind(now)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(Attachment {
            id,
            workspace_id: new.workspace_id,
            conversation_id: None,
            sender: new.sender,
            name: new.name,
            media_type: new.media_type,
            kind: new.kind,
            size: new.size,
            width: new.width,
            height: new.height,
            checksum: new.checksum,
            blob_key: new.blob_key,
            thumbnail_key,
            thumbnail_type,
            created_at: now,
        })
    }

    pub async fn find_attachment(
        &self,
        workspace: WorkspaceId,
        id: AttachmentId,
    ) -> Result<Option<Attachment>> {
        let sql = format!("select {COLUMNS} from attachments where workspace_id = $1 and id = $2");
        let row = on!(&self.pool, |db| sqlx::query_as::<_, Row<Attachment>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
        Ok(row.map(|Row(attachment)| attachment))
    }

    /// Uploads of any workspace that were made before a moment, never sent, and that no entry shows,
    /// oldest first.
    pub async fn list_unsent_attachments(&self, before: Millis, limit: i64) -> Result<Vec<Attachment>> {
        let sql = format!(
            "select {COLUMNS} from attachments where conversation_id is null and created_at < $1
               and not exists (select 1 from entry_images where attachment_id = attachments.id)
             order by created_at, id limit $2"
        );
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<Attachment>>(sqlx::AssertSqlSafe(sql))
            .bind(before)
            .bind(limit)
            .fetch_all(db)
            .await)?;
        Ok(rows.into_iter().map(|Row(attachment)| attachment).collect())
    }

    /// False when it was sent or put into an entry meanwhile, or is gone already.
    pub async fn delete_unsent_attachment(&self, workspace: WorkspaceId, id: AttachmentId) -> Result<bool> {
        let deleted = on_write!(&self.pool, |db| sqlx::query(
            "delete from attachments
             where workspace_id = $1 and id = $2 and conversation_id is null
               and not exists (select 1 from entry_images where attachment_id = attachments.id)"
        )
        .bind(workspace.0)
        .bind(id.0)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
        Ok(deleted > 0)
    }

    /// A page of what the blob store should hold, over all workspaces and by id.
    pub async fn list_blob_keys(&self, after: Option<AttachmentId>, limit: i64) -> Result<Vec<BlobKeys>> {
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<BlobKeys>>(
            "select id, conversation_id, name, blob_key, size, checksum, thumbnail_key from attachments
             where id > $1 order by id limit $2"
        )
        .bind(after.map_or(-1, |id| id.0))
        .bind(limit)
        .fetch_all(db)
        .await)?;
        Ok(rows.into_iter().map(|Row(keys)| keys).collect())
    }
}
