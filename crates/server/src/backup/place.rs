//! Putting an archive in place: into a data folder without a database, or an empty database.
//!
//! Invariant: the archive is read to its end and found whole before anything is placed. The database
//! comes last, so that an interrupted restore leaves what does not start and can be restored into again.

use super::{
    Kind, Manifest,
    read::{Backup, Part},
};
use crate::{
    app,
    config::{Config, Database, RootKeySource},
};
use anyhow::{Context as _, bail, ensure};
use crypto::seal::Passphrase;
use secrecy::ExposeSecret as _;
use std::{
    fs::{self, File, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};
use store::backup::Import;

pub struct Placed {
    pub manifest: Manifest,
    pub files: u64,
    /// Earlier keys that the configuration does not name yet.
    pub keys: Vec<PathBuf>,
}

const UNUSABLE: &str = "the database of the backup cannot be used";

pub async fn restore(
    config: &Config,
    source: &Path,
    passphrase: Option<&Passphrase>,
) -> anyhow::Result<Placed> {
    // The database as it comes out of the archive.
    let copy = config.data_dir.join("octim.db.from-backup");
    let done = place(config, source, passphrase, &copy).await;
    let _ = fs::remove_file(&copy);
    done
}

async fn place(
    config: &Config,
    source: &Path,
    passphrase: Option<&Passphrase>,
    copy: &Path,
) -> anyhow::Result<Placed> {
    let manifest = examine(config, Backup::open(source, passphrase)?, copy)?;
    if manifest.database == Kind::Sqlite {
        store::backup::check(copy).await.context(UNUSABLE)?;
    }
    let mut import = match &config.database {
        Database::Postgres { url, .. } => {
            Some(Import::begin(url.expose_secret(), manifest.schema).await.context("cannot restore")?)
        }
        Database::Sqlite { .. } => None,
    };

    let blobs = app::open_blobs(config).await?;
    let mut placed = Placed { manifest, files: 0, keys: Vec::new() };
    let mut backup = Backup::open(source, passphrase)?;
    let (_, mut parts) = backup.read()?;
    while let Some(part) = parts.next_part()? {
        match part {
            Part::RootKey(key) => place_root_key(config, &key)?,
            Part::PreviousKey { number, key } => {
                placed.keys.extend(place_previous_key(config, number, &key)?);
            }
            Part::Rows { table, rows } => {
                let import = import.as_mut().context("the backup has changed")?;
                import.rows(&table, &rows).await.context(UNUSABLE)?;
            }
            Part::File { key, bytes } => {
                blobs.put(&key, bytes.into()).await.context("cannot store a file")?;
                placed.files += 1;
            }
            Part::Database(_) => {}
        }
    }
    match (&config.database, import) {
        (Database::Sqlite { path }, _) => store::backup::restore(copy, path).await.context(UNUSABLE)?,
        (_, Some(import)) => import.finish().await.context(UNUSABLE)?,
        (_, None) => {}
    }
    let store = app::open_store_as_it_is(config).await?;
    store.bring_up_to_date(0).await.context(UNUSABLE)?.close().await;
    Ok(placed)
}

/// Reads all of it, without placing anything but the copy of the database.
fn examine(config: &Config, mut backup: Backup, copy: &Path) -> anyhow::Result<Manifest> {
    let (manifest, mut parts) = backup.read()?;
    let here = match &config.database {
        Database::Sqlite { path } => {
            ensure!(!path.exists(), "{} exists: restore into an empty data folder", path.display());
            Kind::Sqlite
        }
        Database::Postgres { .. } => Kind::Postgres,
    };
    if here != manifest.database {
        bail!("this is a backup of {}, and database.url says {}", manifest.database.name(), here.name());
    }
    let mut database = match here {
        Kind::Sqlite => {
            Some(OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(copy)?)
        }
        Kind::Postgres => None,
    };
    while let Some(part) = parts.next_part()? {
        match (part, &mut database) {
            (Part::Database(piece), Some(file)) => {
                file.write_all(&piece).context("cannot unpack the backup")?;
            }
            (Part::RootKey(key), _) => check_root_key(config, &key)?,
            _ => {}
        }
    }
    if let Some(file) = database {
        File::sync_all(&file)?;
    }
    Ok(manifest)
}

/// A key that is there already must be the same.
fn check_root_key(config: &Config, key: &str) -> anyhow::Result<()> {
    let there = match &config.keys.root {
        RootKeySource::Generated(path) if !path.exists() => return Ok(()),
        RootKeySource::Generated(path) | RootKeySource::File(path) => {
            let cannot = || format!("cannot read the key {}", path.display());
            fs::read_to_string(path).with_context(cannot)?
        }
        RootKeySource::Value(value) => value.expose_secret().to_owned(),
    };
    ensure!(
        there.trim() == key.trim(),
        "the root key here is not that of the backup: without that one what it encrypted is lost"
    );
    Ok(())
}

/// Where the server will look for it.
fn place_root_key(config: &Config, key: &str) -> anyhow::Result<()> {
    check_root_key(config, key)?;
    match &config.keys.root {
        RootKeySource::Generated(path) if !path.exists() => write_key(path, key),
        _ => Ok(()),
    }
}

/// Where it was put, if the configuration has to name it.
fn place_previous_key(config: &Config, number: u32, key: &str) -> anyhow::Result<Option<PathBuf>> {
    let is_configured = config
        .keys
        .previous
        .iter()
        .any(|path| fs::read_to_string(path).is_ok_and(|there| there.trim() == key.trim()));
    if is_configured {
        return Ok(None);
    }
    let path = config.data_dir.join(format!("previous-{number}.key"));
    if !path.exists() {
        write_key(&path, key)?;
    }
    Ok(Some(path))
}

fn write_key(path: &Path, key: &str) -> anyhow::Result<()> {
    let cannot = || format!("cannot write the key {}", path.display());
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).with_context(cannot)?;
    file.write_all(key.as_bytes()).with_context(cannot)?;
    file.sync_all().with_context(cannot)
}
