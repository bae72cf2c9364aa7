//! Where files lie: a directory on disk, or a bucket of any S3-compatible store.
//!
//! Invariant: when `put` returns, the file survives a power cut; a file is whole or absent, never
//! half written; a key cannot name anything outside the store.

mod disk;
mod key;
mod s3;
#[cfg(test)]
mod tests;

use crate::Error;
use bytes::{Bytes, BytesMut};
use disk::Disk;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream::BoxStream};
pub use key::BlobKey;
use model::WorkspaceId;
pub use s3::S3Config;
use std::{ops::Range, path::PathBuf};

/// A store of files. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Blobs {
    Disk(Disk),
    S3(s3::Bucket),
}

/// A stored file being read.
pub struct Blob {
    /// Bytes of the whole file, also when only a range is read.
    pub size: u64,
    /// The bytes that `stream` brings.
    pub range: Range<u64>,
    pub stream: BoxStream<'static, Result<Bytes, Error>>,
}

/// A stored file in a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobEntry {
    pub key: BlobKey,
    pub size: u64,
}

impl Blobs {
    /// A directory, made if it is not there. One process writes to it.
    pub async fn disk(root: impl Into<PathBuf>) -> Result<Self, Error> {
        Disk::open(root.into()).await.map(Self::Disk)
    }

    /// A bucket, which must exist. Nothing is sent before the first use.
    pub fn s3(config: &S3Config) -> Result<Self, Error> {
        s3::Bucket::open(config).map(Self::S3)
    }

    /// Stores a file durably; replaces what was there.
    pub async fn put(&self, key: &BlobKey, bytes: Bytes) -> Result<(), Error> {
        match self {
            Self::Disk(disk) => disk.put(key, bytes).await,
            Self::S3(bucket) => bucket.put(key, bytes).await,
        }
    }

    /// Opens a file, or a part of it: a range may end beyond the file, but must start in it.
    pub async fn open(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<Blob, Error> {
        if range.as_ref().is_some_and(Range::is_empty) {
            return Err(Error::RangeNotSatisfiable);
        }
        match self {
            Self::Disk(disk) => disk.read(key, range).await,
            Self::S3(bucket) => bucket.read(key, range).await,
        }
    }

    /// A whole file in memory.
    pub async fn get(&self, key: &BlobKey) -> Result<Bytes, Error> {
        let mut blob = self.open(key, None).await?;
        let mut out = BytesMut::new();
        while let Some(chunk) = blob.stream.try_next().await? {
            out.extend_from_slice(&chunk);
        }
        Ok(out.freeze())
    }

    /// The same, if it is what was put there: so many bytes, with this SHA-256.
    pub async fn get_whole(&self, key: &BlobKey, size: i64, sha256: &str) -> Result<Bytes, Error> {
        let bytes = self.get(key).await?;
        if i64::try_from(bytes.len()).ok() != Some(size) {
            return Err(Error::Altered);
        }
        // Of a large file that takes too long for a thread that others wait for.
        let read = bytes.clone();
        let digest = tokio::task::spawn_blocking(move || crypto::digest::sha256_hex(&read)).await;
        if digest.map_err(|_| Error::Worker)? == sha256 { Ok(bytes) } else { Err(Error::Altered) }
    }

    pub async fn exists(&self, key: &BlobKey) -> Result<bool, Error> {
        match self {
            Self::Disk(disk) => disk.exists(key).await,
            Self::S3(bucket) => bucket.exists(key).await,
        }
    }

    /// Deletes a file; deleting what is not there succeeds, so that deletion can be retried.
    pub async fn delete(&self, key: &BlobKey) -> Result<(), Error> {
        match self {
            Self::Disk(disk) => disk.delete(key).await,
            Self::S3(bucket) => bucket.delete(key).await,
        }
    }

    /// Every file, or every file of one workspace, in no order; for backup, and for sweeping
    /// files that no row points to.
    pub fn list(
        &self,
        workspace: Option<WorkspaceId>,
    ) -> impl Stream<Item = Result<BlobEntry, Error>> + use<> {
        match self {
            Self::Disk(disk) => disk.list(workspace).boxed(),
            Self::S3(bucket) => bucket.list(workspace).boxed(),
        }
    }

    /// Removes what a crash left half written. Only at start, before the first `put`.
    pub async fn sweep_unfinished(&self) -> Result<(), Error> {
        match self {
            Self::Disk(disk) => disk.sweep_unfinished().await,
            // S3 shows an object only when it is whole.
            Self::S3(_) => Ok(()),
        }
    }
}

impl std::fmt::Debug for Blob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Blob").field("size", &self.size).field("range", &self.range).finish_non_exhaustive()
    }
}
