//! Files: taken in, kept, and handed to those who may see the conversation.

use crate::{Clock, Error, Result, Staff, Visitor};
use files::{BlobKey, Blobs, Intake, Limits, Prepared};
use model::{AttachmentId, FileRef, MediaKind, Millis, Sender, WorkspaceId};
use store::{
    Store,
    attachments::{Attachment, NewAttachment},
};

/// How long an upload may wait to be sent.
const UNSENT: Millis = 24 * 60 * 60 * 1_000;
/// How many uploads one sweep deletes.
const SWEEP: i64 = 100;

#[derive(Clone)]
pub struct Attachments {
    store: Store,
    blobs: Blobs,
    intake: Intake,
    clock: Clock,
}

/// Bytes to be served.
pub struct Served {
    pub name: String,
    pub media_type: String,
    pub bytes: bytes::Bytes,
}

impl Attachments {
    pub fn new(store: Store, blobs: Blobs, clock: Clock) -> Self {
        Self { store, blobs, intake: Intake::new(2), clock }
    }

    pub async fn upload(
        &self,
        staff: &Staff,
        name: &str,
        declared: &str,
        bytes: bytes::Bytes,
    ) -> Result<FileRef> {
        staff.require(model::Permission::Reply)?;
        self.take_in(staff.workspace(), Sender::Agent(staff.id()), name, declared, bytes).await
    }

    /// An image for an answer of the knowledge base.
    pub async fn upload_image(
        &self,
        staff: &Staff,
        name: &str,
        declared: &str,
        bytes: bytes::Bytes,
    ) -> Result<FileRef> {
        staff.require(model::Permission::EditKnowledge)?;
        let prepared =
            self.intake.prepare(name, declared, bytes, Limits::default()).await.map_err(Error::File)?;
        if prepared.kind != MediaKind::Image {
            return Err(Error::File(files::Error::TypeNotAllowed));
        }
        self.keep(staff.workspace(), Sender::Agent(staff.id()), prepared).await
    }

    pub async fn upload_as_visitor(
        &self,
        visitor: &Visitor,
        name: &str,
        declared: &str,
        bytes: bytes::Bytes,
    ) -> Result<FileRef> {
        self.take_in(visitor.workspace, Sender::Visitor(visitor.contact), name, declared, bytes).await
    }

    /// The row of a file; who may see it is decided by its conversation, or by who uploaded it.
    pub async fn find(&self, workspace: WorkspaceId, id: AttachmentId) -> Result<Attachment> {
        self.store.find_attachment(workspace, id).await?.ok_or(Error::NotFound)
    }

    /// The bytes of a file to which access was checked.
    pub async fn read(&self, attachment: &Attachment, thumbnail: bool) -> Result<Served> {
        let (key, media_type) = if thumbnail {
            (attachment.thumbnail_key.as_ref(), attachment.thumbnail_type.as_ref())
        } else {
            (Some(&attachment.blob_key), Some(&attachment.media_type))
        };
        let (Some(key), Some(media_type)) = (key, media_type) else { return Err(Error::NotFound) };
        let key = BlobKey::parse(key).map_err(Error::File)?;
        // Only the file itself has a checksum.
        let read = if thumbnail || store::sabotage::is("trusted_files") {
            self.blobs.get(&key).await
        } else {
            self.blobs.get_whole(&key, attachment.size, &attachment.checksum).await
        };
        match read {
            Ok(bytes) => Ok(Served { name: attachment.name.clone(), media_type: media_type.clone(), bytes }),
            Err(error @ (files::Error::Missing | files::Error::Altered)) => {
                metrics::counter!("octim_files_lost_total").increment(1);
                tracing::error!(%error, %key, file = %attachment.id, "octim doctor says what to do");
                Err(Error::FileLost)
            }
            Err(error) => Err(Error::File(error)),
        }
    }

    /// Deletes uploads that were never sent and that no entry shows: the row first, so that nothing names missing bytes.
    pub async fn sweep(&self) -> Result<()> {
        let before = self.clock.now() - UNSENT;
        for attachment in self.store.list_unsent_attachments(before, SWEEP).await? {
            if !self.store.delete_unsent_attachment(attachment.workspace_id, attachment.id).await? {
                continue;
            }
            for key in std::iter::once(&attachment.blob_key).chain(&attachment.thumbnail_key) {
                let key = BlobKey::parse(key).map_err(Error::File)?;
                self.blobs.delete(&key).await.map_err(Error::File)?;
            }
        }
        Ok(())
    }

    async fn take_in(
        &self,
        workspace: WorkspaceId,
        sender: Sender,
        name: &str,
        declared: &str,
        bytes: bytes::Bytes,
    ) -> Result<FileRef> {
        let prepared =
            self.intake.prepare(name, declared, bytes, Limits::default()).await.map_err(Error::File)?;
        self.keep(workspace, sender, prepared).await
    }

    async fn keep(&self, workspace: WorkspaceId, sender: Sender, prepared: Prepared) -> Result<FileRef> {
        let key = BlobKey::random(workspace);
        self.blobs.put(&key, prepared.bytes.clone()).await.map_err(Error::File)?;
        let thumbnail = match &prepared.thumbnail {
            Some(thumbnail) => {
                let key = BlobKey::random(workspace);
                self.blobs.put(&key, thumbnail.bytes.clone()).await.map_err(Error::File)?;
                Some((key.to_string(), thumbnail.format.media_type().to_owned()))
            }
            None => None,
        };
        let new = NewAttachment {
            workspace_id: workspace,
            sender,
            name: prepared.name,
            media_type: prepared.media_type.to_owned(),
            kind: prepared.kind,
            size: prepared.bytes.len() as i64,
            width: prepared.width.map(|pixels| pixels as i32),
            height: prepared.height.map(|pixels| pixels as i32),
            checksum: prepared.sha256,
            blob_key: key.to_string(),
            thumbnail,
        };
        Ok(FileRef::from(self.store.insert_attachment(new, self.clock.now()).await?))
    }
}
