//! Files in a directory of this machine.
//!
//! Invariant: a file is written elsewhere, flushed, renamed into place, and then its directory is
//! flushed; no order of crash leaves a part of it under its key.

use super::{Blob, BlobEntry, BlobKey};
use crate::Error;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use model::WorkspaceId;
use std::{
    fs::{self, DirEntry, File, OpenOptions},
    io::{self, ErrorKind, Write as _},
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncSeekExt as _},
    sync::mpsc,
};
use tokio_util::io::ReaderStream;

/// Holds files that are not whole yet; no key can begin with a dot.
const UNFINISHED: &str = ".unfinished";
const CHUNK: usize = 64 * 1024;
/// How far a listing may run ahead of its reader.
const LIST_AHEAD: usize = 256;

#[derive(Clone, Debug)]
pub struct Disk {
    root: Arc<Path>,
}

impl Disk {
    pub(super) async fn open(root: PathBuf) -> Result<Self, Error> {
        let root: Arc<Path> = root.into();
        let made = root.clone();
        blocking(move || fs::create_dir_all(made.join(UNFINISHED))).await?;
        Ok(Self { root })
    }

    pub(super) async fn put(&self, key: &BlobKey, bytes: Bytes) -> Result<(), Error> {
        let (root, target) = (self.root.clone(), self.path(key));
        blocking(move || {
            let name = u128::from_be_bytes(crypto::random::bytes());
            let unfinished = root.join(UNFINISHED).join(format!("{name:032x}"));
            let done = write_durably(&root, &unfinished, &target, &bytes);
            if done.is_err() {
                // The first error is the one worth reporting.
                let _ = fs::remove_file(&unfinished);
            }
            done
        })
        .await
    }

    pub(super) async fn read(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<Blob, Error> {
        let mut file = tokio::fs::File::open(self.path(key)).await.map_err(failure)?;
        let metadata = file.metadata().await.map_err(failure)?;
        if !metadata.is_file() {
            return Err(Error::Missing);
        }
        let size = metadata.len();
        let range = match range {
            Some(range) if range.start >= size => return Err(Error::RangeNotSatisfiable),
            Some(range) => range.start..range.end.min(size),
            None => 0..size,
        };
        if range.start > 0 {
            file.seek(io::SeekFrom::Start(range.start)).await.map_err(failure)?;
        }
        let part = file.take(range.end - range.start);
        let stream = ReaderStream::with_capacity(part, CHUNK).map(|chunk| chunk.map_err(failure));
        Ok(Blob { size, range, stream: stream.boxed() })
    }

    pub(super) async fn exists(&self, key: &BlobKey) -> Result<bool, Error> {
        match tokio::fs::metadata(self.path(key)).await {
            Ok(metadata) => Ok(metadata.is_file()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(failure(error)),
        }
    }

    pub(super) async fn delete(&self, key: &BlobKey) -> Result<(), Error> {
        let target = self.path(key);
        blocking(move || match fs::remove_file(&target) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
            Ok(()) => target.parent().map_or(Ok(()), flush_directory),
        })
        .await
    }

    pub(super) fn list(
        &self,
        workspace: Option<WorkspaceId>,
    ) -> impl Stream<Item = Result<BlobEntry, Error>> + use<> {
        let (found, receiver) = mpsc::channel(LIST_AHEAD);
        let root = self.root.clone();
        let prefix = workspace.map(BlobKey::prefix);
        tokio::task::spawn_blocking(move || {
            let walked = match &prefix {
                Some(prefix) => walk(&root.join(prefix), prefix, &found),
                None => walk(&root, "", &found),
            };
            if let Err(error) = walked {
                // A reader that has gone away needs no error.
                let _ = found.blocking_send(Err(failure(error)));
            }
        });
        stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) })
    }

    pub(super) async fn sweep_unfinished(&self) -> Result<(), Error> {
        let directory = self.root.join(UNFINISHED);
        blocking(move || {
            for entry in fs::read_dir(&directory)? {
                fs::remove_file(entry?.path())?;
            }
            Ok(())
        })
        .await
    }

    fn path(&self, key: &BlobKey) -> PathBuf {
        self.root.join(key.as_str())
    }
}

fn write_durably(root: &Path, unfinished: &Path, target: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    let directory = target.parent().unwrap_or(root);
    make_directories(root, directory)?;
    fs::rename(unfinished, target)?;
    flush_directory(directory)
}

/// Makes what is missing below `root`, and flushes each directory that got a new entry.
fn make_directories(root: &Path, directory: &Path) -> io::Result<()> {
    if directory == root || directory.is_dir() {
        return Ok(());
    }
    let parent = directory.parent().unwrap_or(root);
    make_directories(root, parent)?;
    match fs::create_dir(directory) {
        // Another upload made it; both flush, as only the flush makes it last.
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => flush_directory(parent),
    }
}

#[cfg(unix)]
fn flush_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Other systems do not let a directory be flushed, and journal renames themselves.
#[cfg(not(unix))]
fn flush_directory(_directory: &Path) -> io::Result<()> {
    Ok(())
}

/// Visits every file whose path is a key; links and strangers are passed over.
fn walk(directory: &Path, prefix: &str, found: &mpsc::Sender<Result<BlobEntry, Error>>) -> io::Result<()> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let Some(path) = key_path(prefix, &entry) else { continue };
        let kind = entry.file_type()?;
        if kind.is_dir() {
            walk(&entry.path(), &path, found)?;
        } else if kind.is_file() {
            let Ok(key) = BlobKey::parse(&path) else { continue };
            let size = entry.metadata()?.len();
            if found.blocking_send(Ok(BlobEntry { key, size })).is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// None for what lies deeper than keys do, and for hidden names.
fn key_path(prefix: &str, entry: &DirEntry) -> Option<String> {
    let name = entry.file_name().into_string().ok()?;
    if name.starts_with('.') || prefix.matches('/').count() > 2 {
        return None;
    }
    Some(if prefix.is_empty() { name } else { format!("{prefix}/{name}") })
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Worker)?.map_err(failure)
}

fn failure(error: io::Error) -> Error {
    if error.kind() == ErrorKind::NotFound { Error::Missing } else { Error::storage(error) }
}
