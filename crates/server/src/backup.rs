//! Backups: one archive with the keys, the database as of one moment, and the files. It is a tar, or a
//! sealed one (`crypto::seal`); `docs/backup.md` describes it.
//!
//! Invariant: the first entry says what it is and the last that it is whole, with a digest of all
//! others; whoever reads one believes nothing before that.

pub mod files;
pub mod place;
pub mod read;
pub mod schedule;
pub mod upgrade;
pub mod write;

#[cfg(test)]
mod tests;

use anyhow::Context as _;
use crypto::{digest::Digesting, seal::Passphrase};
use serde::{Deserialize, Serialize};
use std::{fs, path::Path};
use zeroize::Zeroizing;

/// Version of the layout: 1 had no digest and no tables.
pub const FORMAT: u32 = 2;
pub const MANIFEST: &str = "octim-backup.json";
/// A whole `SQLite` file.
pub const DATABASE: &str = "octim.db";
/// Rows of `PostgreSQL`: followed by the name of the table, a slash and a number.
pub const TABLES: &str = "tables/";
pub const ROOT_KEY: &str = "keys/root.key";
/// Followed by a number and `.key`.
pub const PREVIOUS_KEY: &str = "keys/previous-";
pub const FILES: &str = "files/";
pub const END: &str = "end.json";

/// The first entry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// Version of the program that wrote it.
    pub octim: String,
    pub created_at: model::Millis,
    #[serde(default)]
    pub database: Kind,
    /// Version of the database's schema; 0 when it is not known.
    #[serde(default)]
    pub schema: i64,
    /// Without: it was taken before an upgrade, which does not touch files.
    pub has_files: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    #[default]
    Sqlite,
    Postgres,
}

impl Kind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// The last entry.
#[derive(Debug, Serialize, Deserialize)]
pub struct End {
    pub files: u64,
    /// Of the names, lengths and contents of all other entries.
    #[serde(default)]
    pub sha256: Option<String>,
}

/// What a backup is sealed under: the text of a file.
pub fn passphrase(key_file: Option<&Path>) -> anyhow::Result<Option<Passphrase>> {
    let Some(path) = key_file else { return Ok(None) };
    let text = fs::read_to_string(path).map(Zeroizing::new);
    let text = text.with_context(|| format!("cannot read the backup key {}", path.display()))?;
    let passphrase = Passphrase::new(&text);
    Ok(Some(passphrase.with_context(|| format!("the backup key {} cannot be used", path.display()))?))
}

/// Puts the beginning of an entry into the digest; its content follows.
fn begin_entry(digest: &mut Digesting, name: &str, size: u64) {
    digest.update(&(name.len() as u64).to_be_bytes());
    digest.update(name.as_bytes());
    digest.update(&size.to_be_bytes());
}
