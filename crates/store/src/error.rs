//! Why the store did not do what it was asked.

use model::Refusal;
use std::sync::atomic::{AtomicBool, Ordering};
use thiserror::Error;

/// `SQLITE_IOERR_FSYNC` or `SQLITE_IOERR_DIR_FSYNC` was seen, by whichever query. The kernel may have
/// dropped the dirty pages, for all of this process and for good: a retry would seem to succeed.
static FLUSH_FAILED: AtomicBool = AtomicBool::new(false);

/// Whether a flush to the disk has failed since this process began; then it must end.
pub(crate) fn flush_failed() -> bool {
    FLUSH_FAILED.load(Ordering::Acquire)
}

#[derive(Debug, Error)]
pub enum Error {
    #[error("not found")]
    NotFound,
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The sender used this client id in another conversation.
    #[error("client id was used in another conversation")]
    ClientIdReused,
    /// The attachment is somebody else's or was sent already.
    #[error("attachment is not the sender's to send")]
    FileUsed,
    /// A unique index refused; its name.
    #[error("{0} is taken")]
    Taken(String),
    /// Nothing can be written now: disk full, read-only, or shutting down.
    #[error("the database cannot be written: {0}")]
    ReadOnly(String),
    /// The workspace would be left without an active owner.
    #[error("the last active owner must stay one")]
    LastOwner,
    /// Somebody saved the entry after the version that was expected.
    #[error("the entry was changed meanwhile")]
    EntryChanged,
    /// What was asked is not possible in the state that the entry is in.
    #[error("the entry is in another state")]
    EntryState,
    /// The rating was changed once already.
    #[error("the rating was changed already")]
    AlreadyRated,
    /// A channel has as many secrets as it may.
    #[error("the channel has enough secrets")]
    SecretLimit,
    /// A column holds what this version cannot read.
    #[error("unreadable value in {0}")]
    Corrupt(&'static str),
    #[error("this database is newer than this program: {0}")]
    Newer(String),
    /// The file is no database, or one that lost its integrity.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    #[error("{0}")]
    Unsupported(&'static str),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Sql(sqlx::Error),
    #[error("migration failed: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        if let sqlx::Error::Database(database) = &error {
            if database.is_unique_violation() {
                return Self::Taken(database.constraint().unwrap_or_else(|| database.message()).to_owned());
            }
            // What a row refers to does not exist (any more).
            if database.is_foreign_key_violation() {
                return Self::NotFound;
            }
            // SQLite: readonly, I/O error, full (primary codes); PostgreSQL: disk full, read-only transaction.
            let code = database.code().unwrap_or_default();
            if matches!(&*code, "1034" | "1290") {
                FLUSH_FAILED.store(true, Ordering::Release);
            }
            let primary = code.parse::<i64>().map(|code| code & 0xff);
            if matches!(primary, Ok(8 | 10 | 13)) || matches!(&*code, "53100" | "25006") {
                // With SQLite's extended code, which tells a failed flush from a full disk.
                return Self::ReadOnly(database.to_string());
            }
        }
        Self::Sql(error)
    }
}

impl Error {
    /// It concerns one change of a transaction and none of its neighbours.
    pub(crate) const fn is_of_one(&self) -> bool {
        matches!(self, Self::NotFound | Self::Refused(_) | Self::ClientIdReused | Self::FileUsed)
    }

    /// The name of the unique index that refused, if one did. `SQLite` names columns
    /// (`agents.email`), `PostgreSQL` the index (`agents_email`); both contain `table` and column.
    pub fn is_taken(&self, table: &str, column: &str) -> bool {
        matches!(self, Self::Taken(name) if name.contains(table) && name.contains(column))
    }
}
