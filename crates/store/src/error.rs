//! Why the store did not do what it was asked.

use crate::writer::CutOff;
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

/// `SQLite` found a page that is not what it wrote.
static DAMAGED: AtomicBool = AtomicBool::new(false);

/// Whether the database was found to be damaged since this process began.
pub fn is_damaged() -> bool {
    DAMAGED.load(Ordering::Acquire)
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
    /// The customer would get more than the limits allow.
    #[error("more than the limits allow")]
    GrantLimit,
    /// The list of codes is empty.
    #[error("no codes are left")]
    NoCodes,
    /// Somebody approved or declined it already.
    #[error("the grant was decided already")]
    GrantDecided,
    /// The rating was changed once already.
    #[error("the rating was changed already")]
    AlreadyRated,
    /// A channel has as many secrets as it may.
    #[error("the channel has enough secrets")]
    SecretLimit,
    /// A column holds what this version cannot read.
    #[error("unreadable value in {0}")]
    Corrupt(&'static str),
    /// Writing it panicked; nothing of it was stored.
    #[error("the change cannot be written: a panic")]
    Poisonous,
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
    /// `PostgreSQL` was told to commit and did not answer.
    #[error("a transaction was cut off: {0:?}")]
    Unsettled(CutOff),
    /// A conversation is in another version than the one that was remembered.
    #[error("another node wrote to the conversation")]
    Stale,
    /// From the writer's own connection.
    #[error(transparent)]
    Sqlite(rusqlite::Error),
    #[error("migration failed: {0}")]
    Migrate(sqlx::migrate::MigrateError),
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
            // PostgreSQL: disk full, read-only transaction.
            let code = database.code().unwrap_or_default();
            if code.parse().is_ok_and(cannot_write) || matches!(&*code, "53100" | "25006") {
                // With SQLite's extended code, which tells a failed flush from a full disk.
                return Self::ReadOnly(database.to_string());
            }
            if code.parse().is_ok_and(is_damage) {
                return Self::Damaged(database.to_string());
            }
        }
        Self::Sql(error)
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(failure, message) = &error else {
            return Self::Sqlite(error);
        };
        let message = || message.clone().unwrap_or_else(|| failure.to_string());
        match failure.extended_code {
            UNIQUE | PRIMARY_KEY => Self::Taken(message()),
            FOREIGN_KEY => Self::NotFound,
            code if cannot_write(code) => Self::ReadOnly(format!("(code: {code}) {}", message())),
            code if is_damage(code) => Self::Damaged(format!("(code: {code}) {}", message())),
            _ => Self::Sqlite(error),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for Error {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError;
        match error {
            MigrateError::Execute(error) => error.into(),
            MigrateError::ExecuteMigration(error, version) => match Self::from(error) {
                Self::Sql(error) => Self::Migrate(MigrateError::ExecuteMigration(error, version)),
                error => error,
            },
            MigrateError::VersionMissing(version) => Self::Newer(format!(
                "its schema has version {version}, this program knows {} at most; start the newer program, \
                 or restore a backup from before the upgrade",
                crate::newest_schema()
            )),
            error => Self::Migrate(error),
        }
    }
}

/// SQLite's extended codes.
const UNIQUE: i32 = 2067;
const PRIMARY_KEY: i32 = 1555;
const FOREIGN_KEY: i32 = 787;
const FLUSH_FAILED_CODES: [i32; 2] = [1034, 1290];

/// Whether a code of `SQLite` says read-only, I/O error or full; a failed flush is noted. The codes of
/// `PostgreSQL` are longer.
fn cannot_write(code: i32) -> bool {
    if FLUSH_FAILED_CODES.contains(&code) {
        FLUSH_FAILED.store(true, Ordering::Release);
    }
    matches!(code & 0xff, 8 | 10 | 13) && code < 10_000
}

/// `SQLITE_CORRUPT` and `SQLITE_NOTADB`, with all that is more precise; it is noted.
fn is_damage(code: i32) -> bool {
    let is_damage = matches!(code & 0xff, 11 | 26) && code < 10_000;
    if is_damage && !crate::sabotage::is("blind") {
        DAMAGED.store(true, Ordering::Release);
    }
    is_damage
}

impl Error {
    /// It concerns one change of a transaction and none of its neighbours.
    pub(crate) const fn is_of_one(&self) -> bool {
        matches!(
            self,
            Self::NotFound | Self::Refused(_) | Self::ClientIdReused | Self::FileUsed | Self::AlreadyRated
        )
    }

    /// It may be of the connection that it came from.
    pub(crate) const fn is_of_connection(&self) -> bool {
        matches!(
            self,
            Self::Sql(_) | Self::Sqlite(_) | Self::ReadOnly(_) | Self::Damaged(_) | Self::Unsettled(_)
        )
    }

    /// `PostgreSQL` did nothing, and the same may succeed in a moment on a new connection: a deadlock, a
    /// conflict, a connection that ended, a server that starts.
    pub fn is_passing(&self) -> bool {
        const PASSING: [&str; 7] = [
            "25P03", // the session was idle in a transaction
            "40001", // serialization failure
            "40P01", // deadlock
            "57P01", // the session was terminated
            "57P02", // another one crashed
            "57P03", // the server starts or stops
            "53300", // too many connections
        ];
        match self {
            Self::Unsettled(_) | Self::Stale | Self::Sql(sqlx::Error::Io(_) | sqlx::Error::Protocol(_)) => {
                true
            }
            Self::Sql(sqlx::Error::Database(error)) => {
                error.code().is_some_and(|code| PASSING.contains(&&*code) || code.starts_with("08"))
            }
            _ => false,
        }
    }

    /// The name of the unique index that refused, if one did. `SQLite` names columns
    /// (`agents.email`), `PostgreSQL` the index (`agents_email`); both contain `table` and column.
    pub fn is_taken(&self, table: &str, column: &str) -> bool {
        matches!(self, Self::Taken(name) if name.contains(table) && name.contains(column))
    }
}
