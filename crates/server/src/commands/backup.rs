//! `octim backup`: database, keys and files in one tar, while the server runs.
//!
//! Invariant: the database is copied before the files, which are written before the row
//! that names them, so no row of the copy lacks its file; the last entry tells that the
//! backup is whole.

use super::{folder, say};
use crate::{
    app,
    cli::Failure,
    config::{Blobs, Config, Database, RootKeySource},
};
use anyhow::{Context as _, bail, ensure};
use futures_util::TryStreamExt as _;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use service::Clock;
use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{BufWriter, Read},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};
use tar::{Builder, EntryType, Header};

/// Version of the layout below.
pub const FORMAT: u32 = 1;
pub const MANIFEST: &str = "octim-backup.json";
pub const DATABASE: &str = "octim.db";
pub const ROOT_KEY: &str = "keys/root.key";
/// Followed by a number and `.key`.
pub const PREVIOUS_KEY: &str = "keys/previous-";
pub const FILES: &str = "files/";
pub const END: &str = "end.json";

/// The first entry.
#[derive(Debug, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// Version of the program that wrote it.
    pub octim: String,
    pub created_at: model::Millis,
    /// False when they are in S3, which has backups of its own.
    pub has_files: bool,
}

/// The last entry.
#[derive(Debug, Serialize, Deserialize)]
pub struct End {
    pub files: u64,
}

pub async fn run(config: &Config, target: &Path) -> anyhow::Result<()> {
    if let Database::Postgres { .. } = config.database {
        bail!("PostgreSQL has backups of its own: use pg_dump, and copy the files after it");
    }
    ensure!(!target.exists(), "{} exists; name a new file", target.display());
    let Database::Sqlite { path } = &config.database else { return Ok(()) };
    if !path.exists() {
        return Err(Failure::NotSetUp(config.public_url.join("/setup")).into());
    }
    folder::prepare(config)?;
    let (partial, copy) = (beside(target, ".partial"), beside(target, ".database"));
    let done = write(config, &partial, &copy).await;
    // What is left of an earlier failure, or of this one.
    let _ = fs::remove_file(&copy);
    let (files, bytes) = match done {
        Ok(written) => written,
        Err(error) => {
            let _ = fs::remove_file(&partial);
            return Err(error);
        }
    };
    fs::rename(&partial, target).context("cannot put the backup in its place")?;
    say(format_args!("{}: database, keys and {files} files, {bytes} bytes.", target.display()));
    if let Blobs::S3(_) = config.blobs {
        say("The files in S3 are not in it: back the bucket up by itself, after this.");
    }
    say("Keep it like a password: it holds the keys as well.");
    Ok(())
}

async fn write(config: &Config, partial: &Path, copy: &Path) -> anyhow::Result<(u64, u64)> {
    let cannot = || format!("cannot write {}", partial.display());
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(partial)
        .with_context(cannot)?;
    let mut tar = Tar { builder: Builder::new(BufWriter::new(file)), at: Clock::System.now() };
    let has_files = matches!(config.blobs, Blobs::Disk { .. });
    let octim = env!("CARGO_PKG_VERSION").to_owned();
    tar.json(MANIFEST, &Manifest { format: FORMAT, octim, created_at: tar.at, has_files })?;
    for (name, key) in keys(config)? {
        tar.add(&name, key.len() as u64, key.as_bytes())?;
    }

    let _ = fs::remove_file(copy);
    let store = app::open_store(config).await?;
    let copied = store.backup(copy).await;
    store.close().await;
    copied.context("cannot copy the database")?;
    let database = File::open(copy)?;
    tar.add(DATABASE, database.metadata()?.len(), database).with_context(cannot)?;

    let files = if has_files { tar.files(config).await.with_context(cannot)? } else { 0 };
    tar.json(END, &End { files })?;
    let file = tar.builder.into_inner()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.sync_all().with_context(cannot)?;
    Ok((files, file.metadata()?.len()))
}

struct Tar {
    builder: Builder<BufWriter<File>>,
    at: model::Millis,
}

impl Tar {
    fn add(&mut self, name: &str, size: u64, content: impl Read) -> std::io::Result<()> {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o600);
        header.set_mtime((self.at / 1_000).max(0) as u64);
        header.set_size(size);
        self.builder.append_data(&mut header, name, content)
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

fn beside(target: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = target.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
