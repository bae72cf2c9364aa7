//! `octim restore`: fills a data folder without a database from a backup.
//!
//! Invariant: the database comes last, so that an interrupted restore leaves a folder that
//! does not start and can be restored into again; an entry that `octim backup` does not
//! write stops it.

use super::{
    backup::{DATABASE, END, End, FILES, FORMAT, MANIFEST, Manifest, PREVIOUS_KEY, ROOT_KEY},
    folder, say,
};
use crate::{
    app,
    config::{Config, Database, RootKeySource},
};
use anyhow::{Context as _, bail, ensure};
use files::{BlobKey, Blobs};
use secrecy::ExposeSecret as _;
use std::{
    fs::{self, File, OpenOptions},
    io::{BufReader, Read, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};
use tar::{Archive, Entry};

/// More than any file, key or manifest that a backup holds.
const MAX_ENTRY: u64 = 64 * 1024 * 1024;

type Source = BufReader<File>;

pub async fn run(config: &Config, backup: &Path) -> anyhow::Result<()> {
    let Database::Sqlite { path } = &config.database else {
        bail!("PostgreSQL has backups of its own: use pg_restore, and copy the files back");
    };
    let _lock = folder::lock(config)?;
    ensure!(!path.exists(), "{} exists: restore into an empty data folder", path.display());
    let file = File::open(backup).with_context(|| format!("cannot read {}", backup.display()))?;

    let copy = config.data_dir.join("octim.db.from-backup");
    let done = unpack(config, file, &copy).await;
    let restored = match done {
        Ok(files) => store::backup::restore(&copy, path)
            .await
            .context("the database of the backup cannot be used")
            .map(|()| files),
        Err(error) => Err(error),
    };
    let _ = fs::remove_file(&copy);
    let files = restored?;
    say(format_args!("Restored the database and {files} files; start it with octim serve."));
    Ok(())
}

async fn unpack(config: &Config, file: File, copy: &Path) -> anyhow::Result<u64> {
    let blobs = app::open_blobs(config).await?;
    let mut archive = Archive::new(BufReader::new(file));
    let mut entries = archive.entries().context("this is no backup of OctIM")?;
    let first = entries.next().context("this is no backup of OctIM")?;
    check_manifest(&mut first.context("this is no backup of OctIM")?)?;

    let (mut has_database, mut files, mut end) = (false, 0, None);
    for entry in entries {
        let mut entry = entry.context("the backup is damaged")?;
        let name = name(&entry)?;
        match name.as_str() {
            DATABASE => {
                let mut target = File::create(copy)?;
                let size = entry.size();
                let copied = std::io::copy(&mut entry, &mut target).context("cannot unpack the backup")?;
                ensure!(copied == size, "the backup is not whole");
                target.sync_all()?;
                has_database = true;
            }
            ROOT_KEY => place_root_key(config, &text(&mut entry)?)?,
            END => end = Some(serde_json::from_str::<End>(&text(&mut entry)?)?),
            _ if name.starts_with(PREVIOUS_KEY) => {
                place_previous_key(config, &name, &text(&mut entry)?)?;
            }
            _ => {
                let key = name.strip_prefix(FILES).and_then(|key| BlobKey::parse(key).ok());
                let key = key.with_context(|| format!("unexpected entry {name:?} in the backup"))?;
                put(&blobs, &key, &mut entry).await?;
                files += 1;
            }
        }
    }
    let end = end.context("the backup is not whole: its end is missing")?;
    ensure!(has_database && end.files == files, "the backup is not whole");
    Ok(files)
}

fn check_manifest(entry: &mut Entry<'_, Source>) -> anyhow::Result<()> {
    ensure!(name(entry)? == MANIFEST, "this is no backup of OctIM");
    let manifest: Manifest = serde_json::from_str(&text(entry)?).context("this is no backup of OctIM")?;
    ensure!(
        manifest.format <= FORMAT,
        "the backup was written by OctIM {}, which is newer than this one",
        manifest.octim
    );
    if !manifest.has_files {
        say("The files of this backup are in S3; restore the bucket by itself.");
    }
    Ok(())
}

async fn put(blobs: &Blobs, key: &BlobKey, entry: &mut Entry<'_, Source>) -> anyhow::Result<()> {
    let bytes = bytes(entry)?;
    blobs.put(key, bytes.into()).await.context("cannot store a file")
}

fn name(entry: &Entry<'_, Source>) -> anyhow::Result<String> {
    let path = entry.path().context("the backup is damaged")?;
    Ok(path.to_str().context("the backup is damaged")?.to_owned())
}

fn bytes(entry: &mut Entry<'_, Source>) -> anyhow::Result<Vec<u8>> {
    let size = entry.size();
    ensure!(size <= MAX_ENTRY, "the backup is damaged: an entry is too large");
    let mut bytes = Vec::with_capacity(size as usize);
    entry.read_to_end(&mut bytes).context("the backup is damaged")?;
    // A file that was cut off ends early without an error.
    ensure!(bytes.len() as u64 == size, "the backup is not whole");
    Ok(bytes)
}

fn text(entry: &mut Entry<'_, Source>) -> anyhow::Result<String> {
    String::from_utf8(bytes(entry)?).context("the backup is damaged")
}

/// Where the server will look for it; a key that is there already must be the same.
fn place_root_key(config: &Config, key: &str) -> anyhow::Result<()> {
    let there = match &config.keys.root {
        RootKeySource::Generated(path) if !path.exists() => return write_key(path, key),
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

fn place_previous_key(config: &Config, name: &str, key: &str) -> anyhow::Result<()> {
    let is_configured = config
        .keys
        .previous
        .iter()
        .any(|path| fs::read_to_string(path).is_ok_and(|there| there.trim() == key.trim()));
    if is_configured {
        return Ok(());
    }
    let number: String = name.chars().filter(char::is_ascii_digit).collect();
    let path: PathBuf = config.data_dir.join(format!("previous-{number}.key"));
    if !path.exists() {
        write_key(&path, key)?;
    }
    say(format_args!("Add {} to keys.previous_files.", path.display()));
    Ok(())
}

fn write_key(path: &Path, key: &str) -> anyhow::Result<()> {
    let cannot = || format!("cannot write the key {}", path.display());
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).with_context(cannot)?;
    file.write_all(key.as_bytes()).with_context(cannot)?;
    file.sync_all().with_context(cannot)
}
