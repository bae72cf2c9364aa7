//! Files that are missing or damaged in the blob store, and their way back from an archive.
//!
//! On disk all of each file is read. A bucket answers for its own bytes: it is asked whether it has them.
//!
//! Invariant: what is whole is left alone, and nothing is put back that is not what was uploaded.

use super::read::{Backup, Part};
use crate::{app, config::Config};
use anyhow::Context as _;
use crypto::{digest::sha256_hex, seal::Passphrase};
use files::{BlobKey, Blobs};
use std::path::Path;
use store::{Store, attachments::BlobKeys};

const PAGE: i64 = 500;

/// What the blob store should hold, and what of it cannot be read.
#[derive(Default)]
pub struct Look {
    pub files: usize,
    pub lost: Vec<Lost>,
}

pub struct Lost {
    pub keys: BlobKeys,
    /// Missing or altered.
    pub error: files::Error,
}

pub async fn look(store: &Store, blobs: &Blobs) -> anyhow::Result<Look> {
    let (mut look, mut after) = (Look::default(), None);
    loop {
        let page = store.list_blob_keys(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(look) };
        after = Some(last.id);
        look.files += page.len();
        for keys in page {
            match look_at(blobs, &keys).await {
                Ok(()) => {}
                Err(error @ (files::Error::Missing | files::Error::Altered)) => {
                    look.lost.push(Lost { keys, error });
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

async fn look_at(blobs: &Blobs, keys: &BlobKeys) -> Result<(), files::Error> {
    let key = BlobKey::parse(&keys.blob_key)?;
    match blobs {
        Blobs::Disk(_) => drop(blobs.get_whole(&key, keys.size, &keys.checksum).await?),
        Blobs::S3(_) if !blobs.exists(&key).await? => return Err(files::Error::Missing),
        Blobs::S3(_) => {}
    }
    match &keys.thumbnail_key {
        Some(small) if !blobs.exists(&BlobKey::parse(small)?).await? => Err(files::Error::Missing),
        _ => Ok(()),
    }
}

/// Puts back what the archive has of the lost files, beside a server that runs. Returns what was
/// lost before, and what still is.
pub async fn put_back(
    config: &Config,
    source: &Path,
    passphrase: Option<&Passphrase>,
) -> anyhow::Result<(Look, Look)> {
    Backup::open(source, passphrase)?.verify()?;
    let store = app::open_store_as_it_is(config).await?;
    let blobs = app::open_blobs(config).await?;
    let before = look(&store, &blobs).await?;
    let mut backup = Backup::open(source, passphrase)?;
    let (_, mut parts) = backup.read()?;
    while let Some(part) = parts.next_part()? {
        let Part::File { key, bytes } = part else { continue };
        let is_lost = |one: &Lost| {
            let is_file = one.keys.blob_key == key.as_str() && one.keys.checksum == sha256_hex(&bytes);
            is_file || one.keys.thumbnail_key.as_deref() == Some(key.as_str())
        };
        if before.lost.iter().any(is_lost) {
            blobs.put(&key, bytes.into()).await.context("cannot store a file")?;
        }
    }
    let after = look(&store, &blobs).await?;
    store.close().await;
    Ok((before, after))
}
