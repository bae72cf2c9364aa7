//! Writing an archive while the server runs.
//!
//! Invariant: the database is copied before the files, which are written before the row
//! that names them, so no row of the copy lacks its file; under the final name there is only a whole
//! archive; what shall be sealed lies nowhere readable but in the data folder, for a while.

use super::{DATABASE, END, End, FILES, FORMAT, Kind, MANIFEST, Manifest, PREVIOUS_KEY, ROOT_KEY, TABLES};
use crate::{
    app,
    config::{Config, Database, RootKeySource},
};
use anyhow::{Context as _, ensure};
use crypto::{
    digest::Digesting,
    seal::{Passphrase, Sealer},
};
use futures_util::TryStreamExt as _;
use secrecy::ExposeSecret as _;
use serde::Serialize;
use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Read, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};
use store::Store;
use tar::{Builder, EntryType, Header};

/// What must stay free on a disk beside a backup.
const RESERVE: u64 = 64 * 1024 * 1024;
/// A smaller share of a large entry is read at once.
const PIECE: usize = 1024 * 1024;

/// What to put in, and where.
pub struct Order<'a> {
    pub config: &'a Config,
    pub store: &'a Store,
    pub target: &'a Path,
    pub passphrase: Option<&'a Passphrase>,
    pub with_files: bool,
    pub at: model::Millis,
}

pub struct Written {
    pub files: u64,
    pub bytes: u64,
}

/// Waits for disks: not for a thread that serves others, see [`apart`].
pub async fn write(order: Order<'_>) -> anyhow::Result<Written> {
    let target = order.target;
    ensure!(!target.exists(), "{} exists; name a new file", target.display());
    let partial = beside(target, ".partial");
    // In readable form, therefore in the data folder if the archive is to be sealed.
    let copy = match order.passphrase {
        Some(_) => order.config.data_dir.join("octim.db.for-backup"),
        None => beside(target, ".database"),
    };
    let done = fill(&order, &partial, &copy).await;
    // What is left of an earlier failure, or of this one.
    let _ = fs::remove_file(&copy);
    let renamed = done.and_then(|written| {
        fs::rename(&partial, target).context("cannot put the backup in its place")?;
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
        Ok(written)
    });
    if renamed.is_err() {
        let _ = fs::remove_file(&partial);
    }
    renamed
}

/// Runs work that waits for disks on a thread of its own.
pub async fn apart<T: Send + 'static>(
    work: impl FnOnce(&tokio::runtime::Handle) -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || work(&runtime)).await?
}

async fn fill(order: &Order<'_>, partial: &Path, copy: &Path) -> anyhow::Result<Written> {
    let cannot = || format!("cannot write {}", partial.display());
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(partial)
        .with_context(cannot)?;
    let out = BufWriter::new(file);
    let out = match order.passphrase {
        None => Out::Plain(out),
        Some(passphrase) => Out::Sealed(Box::new(Sealer::new(out, passphrase).with_context(cannot)?)),
    };
    let kind = match order.config.database {
        Database::Sqlite { .. } => Kind::Sqlite,
        Database::Postgres { .. } => Kind::Postgres,
    };
    let mut archive = Archive { tar: Builder::new(out), digest: Digesting::default(), at: order.at };
    let manifest = Manifest {
        format: FORMAT,
        octim: env!("CARGO_PKG_VERSION").to_owned(),
        created_at: order.at,
        database: kind,
        schema: order.store.schema().await?,
        has_files: order.with_files,
    };
    archive.json(MANIFEST, &manifest).with_context(cannot)?;
    for (name, key) in keys(order.config)? {
        archive.add(&name, key.len() as u64, key.as_bytes()).with_context(cannot)?;
    }
    match kind {
        Kind::Sqlite => {
            require_space(copy, order.store.size().await?)?;
            let _ = fs::remove_file(copy);
            order.store.backup(copy).await.context("cannot copy the database")?;
            let database = File::open(copy)?;
            archive.add(DATABASE, database.metadata()?.len(), database).with_context(cannot)?;
        }
        Kind::Postgres => {
            let mut number = 0_u32;
            let mut each = |table: &str, rows: &[u8]| {
                number += 1;
                archive.add(&format!("{TABLES}{table}/{number:08}"), rows.len() as u64, rows)
            };
            order.store.export(&mut each).await.context("cannot export the database")?;
        }
    }
    let files = if order.with_files { archive.files(order.config).await.with_context(cannot)? } else { 0 };
    let file = archive.finish(files).with_context(cannot)?;
    file.sync_all().with_context(cannot)?;
    Ok(Written { files, bytes: file.metadata()?.len() })
}

enum Out {
    Plain(BufWriter<File>),
    Sealed(Box<Sealer<BufWriter<File>>>),
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Sealed(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            Self::Sealed(out) => out.flush(),
        }
    }
}

struct Archive {
    tar: Builder<Out>,
    digest: Digesting,
    at: model::Millis,
}

impl Archive {
    fn add(&mut self, name: &str, size: u64, content: impl Read) -> io::Result<()> {
        super::begin_entry(&mut self.digest, name, size);
        let content = Digested { content, digest: &mut self.digest };
        append(&mut self.tar, name, size, self.at, content)
    }

    fn json(&mut self, name: &str, value: &impl Serialize) -> anyhow::Result<()> {
        let bytes = serde_json::to_vec(value)?;
        Ok(self.add(name, bytes.len() as u64, &bytes[..])?)
    }

    async fn files(&mut self, config: &Config) -> anyhow::Result<u64> {
        let blobs = app::open_blobs(config).await?;
        let mut list = std::pin::pin!(blobs.list(None));
        let mut count = 0;
        while let Some(entry) = list.try_next().await? {
            match blobs.get(&entry.key).await {
                Ok(bytes) => {
                    let name = format!("{FILES}{}", entry.key.as_str());
                    self.add(&name, bytes.len() as u64, &bytes[..])?;
                    count += 1;
                }
                // Deleted since it was listed: no row of the copy can need it for long.
                Err(files::Error::Missing) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(count)
    }

    fn finish(mut self, files: u64) -> anyhow::Result<File> {
        let end = serde_json::to_vec(&End { files, sha256: Some(self.digest.to_hex()) })?;
        append(&mut self.tar, END, end.len() as u64, self.at, &end[..])?;
        let out = match self.tar.into_inner()? {
            Out::Plain(out) => out,
            Out::Sealed(out) => out.finish()?,
        };
        Ok(out.into_inner().map_err(io::IntoInnerError::into_error)?)
    }
}

fn append(tar: &mut Builder<Out>, name: &str, size: u64, at: i64, content: impl Read) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o600);
    header.set_mtime((at / 1_000).max(0) as u64);
    header.set_size(size);
    tar.append_data(&mut header, name, io::BufReader::with_capacity(PIECE, content))
}

/// Content on its way into the archive.
struct Digested<'a, R> {
    content: R,
    digest: &'a mut Digesting,
}

impl<R: Read> Read for Digested<'_, R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let count = self.content.read(target)?;
        self.digest.update(&target[..count]);
        Ok(count)
    }
}

/// Names in the backup, and what the keys are.
fn keys(config: &Config) -> anyhow::Result<Vec<(String, String)>> {
    let read = |path: &Path| {
        fs::read_to_string(path).with_context(|| format!("cannot read the key {}", path.display()))
    };
    let root = match &config.keys.root {
        RootKeySource::Generated(path) if !path.exists() => None,
        RootKeySource::Generated(path) | RootKeySource::File(path) => Some(read(path)?),
        RootKeySource::Value(text) => Some(text.expose_secret().to_owned()),
    };
    let mut keys: Vec<_> = root.map(|key| (ROOT_KEY.to_owned(), key)).into_iter().collect();
    for (index, path) in config.keys.previous.iter().enumerate() {
        keys.push((format!("{PREVIOUS_KEY}{}.key", index + 1), read(path)?));
    }
    Ok(keys)
}

/// A disk that a backup fills would stop the server that it is taken from.
fn require_space(copy: &Path, needed: u64) -> anyhow::Result<()> {
    let folder = copy.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let free = fs4::available_space(folder)?;
    ensure!(
        free > needed + RESERVE,
        "{} has {} MB free, and a copy of the database needs {} MB",
        folder.display(),
        free >> 20,
        (needed + RESERVE) >> 20
    );
    Ok(())
}

fn beside(target: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = target.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
