//! Reading an archive, of which nothing is believed: it may be damaged, cut off, or made by somebody
//! else.
//!
//! Invariant: only entries that `write` writes come out, under names that cannot lead elsewhere; the
//! end comes only after the digest of everything was compared.

use super::{DATABASE, END, End, FILES, FORMAT, Kind, MANIFEST, Manifest, PREVIOUS_KEY, ROOT_KEY, TABLES};
use anyhow::{Context as _, bail, ensure};
use crypto::{
    digest::Digesting,
    seal::{MAGIC, Opener, Passphrase},
};
use files::BlobKey;
use std::{
    fs::File,
    io::{BufReader, Read, Seek as _, SeekFrom},
    path::Path,
};
use tar::{Archive, Entries, Entry, EntryType};

/// More than any file, key, piece of a table or manifest that a backup holds.
const MAX_ENTRY: u64 = 64 * 1024 * 1024;
/// The database comes in pieces of this size.
const PIECE: u64 = 4 * 1024 * 1024;

type Source = Box<dyn Read + Send>;

/// An archive that was opened; `read` goes through it as often as needed.
pub struct Backup {
    archive: Archive<Source>,
}

/// What comes out, in the order in which it was put in.
pub enum Part {
    RootKey(String),
    PreviousKey {
        number: u32,
        key: String,
    },
    /// The next piece of the file.
    Database(Vec<u8>),
    Rows {
        table: String,
        rows: Vec<u8>,
    },
    File {
        key: BlobKey,
        bytes: Vec<u8>,
    },
}

impl Backup {
    pub fn open(path: &Path, passphrase: Option<&Passphrase>) -> anyhow::Result<Self> {
        let cannot = || format!("cannot read {}", path.display());
        let mut file = File::open(path).with_context(cannot)?;
        let mut start = [0; MAGIC.len()];
        let is_sealed = file.read_exact(&mut start).is_ok() && start == *MAGIC;
        file.seek(SeekFrom::Start(0)).with_context(cannot)?;
        let source: Source = match (is_sealed, passphrase) {
            (true, Some(passphrase)) => {
                let opener = Opener::new(file, passphrase).map_err(|error| match error {
                    crypto::Error::WrongPassphrase => anyhow::anyhow!("the key is not that of the backup"),
                    error => anyhow::Error::from(error).context("the backup is damaged"),
                })?;
                Box::new(opener)
            }
            (true, None) => bail!("the backup is sealed: name the file of its key with --key-file"),
            // What was asked for is a backup that only the holder of the key can have made.
            (false, Some(_)) => {
                bail!("the backup is not sealed under the key: it is no sealed backup at all")
            }
            (false, None) => Box::new(BufReader::new(file)),
        };
        Ok(Self { archive: Archive::new(source) })
    }

    /// What it says of itself, and the parts that follow.
    pub fn read(&mut self) -> anyhow::Result<(Manifest, Parts<'_>)> {
        const NONE: &str = "this is no backup of OctIM";
        let entries = self.archive.entries().context(NONE)?;
        let mut parts = Parts {
            entries,
            database: None,
            digest: Digesting::default(),
            has_database: false,
            files: 0,
            is_over: false,
            kind: Kind::Sqlite,
        };
        let mut first = parts.entries.next().context(NONE)?.context(NONE)?;
        ensure!(name(&first).is_ok_and(|name| name == MANIFEST), NONE);
        let manifest = parts.text(&mut first)?;
        let manifest: Manifest = serde_json::from_str(&manifest).context(NONE)?;
        ensure!(
            manifest.format <= FORMAT && manifest.schema <= store::newest_schema(),
            "the backup was written by OctIM {}, which is newer than this one",
            manifest.octim
        );
        parts.kind = manifest.database;
        Ok((manifest, parts))
    }

    /// Reads all of it, as a test that it could be restored; how many files it has.
    pub fn verify(mut self) -> anyhow::Result<(Manifest, u64)> {
        let (manifest, mut parts) = self.read()?;
        while parts.next_part()?.is_some() {}
        let files = parts.files;
        Ok((manifest, files))
    }
}

pub struct Parts<'a> {
    entries: Entries<'a, Source>,
    /// Of which a part was handed out.
    database: Option<Entry<'a, Source>>,
    digest: Digesting,
    has_database: bool,
    pub files: u64,
    is_over: bool,
    kind: Kind,
}

impl Parts<'_> {
    /// The next part; none after the end, and only if the archive is whole.
    pub fn next_part(&mut self) -> anyhow::Result<Option<Part>> {
        if let Some(piece) = self.piece_of_database()? {
            return Ok(Some(Part::Database(piece)));
        }
        if self.is_over {
            return Ok(None);
        }
        let entry = self.entries.next().context("the backup is not whole: its end is missing")?;
        let mut entry = entry.context("the backup is damaged")?;
        let name = name(&entry)?;
        let unexpected = || format!("unexpected entry {name:?} in the backup");
        ensure!(entry.header().entry_type() == EntryType::Regular, unexpected());
        if name == END {
            let end = bytes(&mut entry)?;
            self.finish(&serde_json::from_slice(&end).context("the backup is damaged")?)?;
            return Ok(None);
        }
        if name == DATABASE && self.kind == Kind::Sqlite {
            ensure!(!self.has_database, unexpected());
            super::begin_entry(&mut self.digest, &name, entry.size());
            self.has_database = true;
            self.database = Some(entry);
            return self.next_part();
        }
        let bytes = self.bytes(&mut entry)?;
        let text = || String::from_utf8(bytes.clone()).context("the backup is damaged");
        if name == ROOT_KEY {
            return Ok(Some(Part::RootKey(text()?)));
        }
        if let Some(number) = name.strip_prefix(PREVIOUS_KEY).and_then(|rest| rest.strip_suffix(".key")) {
            let number = number.parse().ok().with_context(unexpected)?;
            return Ok(Some(Part::PreviousKey { number, key: text()? }));
        }
        if let Some((table, number)) = name.strip_prefix(TABLES).and_then(|rest| rest.split_once('/')) {
            let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            let is_table = !table.is_empty() && table.bytes().all(is_plain);
            let is_numbered = number.bytes().all(|byte| byte.is_ascii_digit());
            ensure!(self.kind == Kind::Postgres && is_table && is_numbered, unexpected());
            self.has_database = true;
            return Ok(Some(Part::Rows { table: table.to_owned(), rows: bytes }));
        }
        let key = name.strip_prefix(FILES).and_then(|key| BlobKey::parse(key).ok());
        let key = key.with_context(unexpected)?;
        self.files += 1;
        Ok(Some(Part::File { key, bytes }))
    }

    fn piece_of_database(&mut self) -> anyhow::Result<Option<Vec<u8>>> {
        let Some(mut entry) = self.database.take() else { return Ok(None) };
        let mut piece = Vec::new();
        entry.by_ref().take(PIECE).read_to_end(&mut piece).context("the backup is damaged")?;
        if piece.is_empty() {
            return Ok(None);
        }
        self.digest.update(&piece);
        self.database = Some(entry);
        Ok(Some(piece))
    }

    fn bytes(&mut self, entry: &mut Entry<'_, Source>) -> anyhow::Result<Vec<u8>> {
        let bytes = bytes(entry)?;
        super::begin_entry(&mut self.digest, &name(entry)?, bytes.len() as u64);
        self.digest.update(&bytes);
        Ok(bytes)
    }

    fn text(&mut self, entry: &mut Entry<'_, Source>) -> anyhow::Result<String> {
        String::from_utf8(self.bytes(entry)?).context("the backup is damaged")
    }

    fn finish(&mut self, end: &End) -> anyhow::Result<()> {
        ensure!(self.has_database && end.files == self.files, "the backup is not whole");
        let digest = self.digest.to_hex();
        ensure!(
            end.sha256.as_ref().is_none_or(|sha256| *sha256 == digest),
            "the backup is damaged: its content has changed since it was written"
        );
        if let Some(entry) = self.entries.next() {
            entry.context("the backup is damaged")?;
            bail!("unexpected entry after the end of the backup");
        }
        self.is_over = true;
        Ok(())
    }
}

fn name(entry: &Entry<'_, Source>) -> anyhow::Result<String> {
    let path = entry.path().context("the backup is damaged")?;
    Ok(path.to_str().context("unexpected entry in the backup: its name is no text")?.to_owned())
}

fn bytes(entry: &mut Entry<'_, Source>) -> anyhow::Result<Vec<u8>> {
    let size = entry.size();
    ensure!(size <= MAX_ENTRY, "the backup is damaged: an entry is too large");
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).context("the backup is damaged")?;
    // A file that was cut off ends early without an error.
    ensure!(bytes.len() as u64 == size, "the backup is not whole");
    Ok(bytes)
}
