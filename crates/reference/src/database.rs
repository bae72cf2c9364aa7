//! Where the reference server keeps its messages: SQLite in a folder, or PostgreSQL.

use crate::{postgres::Postgres, sqlite::Sqlite};
use std::path::Path;

pub enum Database {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// One message.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    pub room: &'a str,
    pub seq: i64,
    pub client_id: &'a str,
    pub text: &'a str,
}

impl Database {
    /// A file in the folder, or an existing database at an address.
    pub fn open(folder: &Path, postgres_url: Option<&str>) -> anyhow::Result<Self> {
        Ok(match postgres_url {
            None => Self::Sqlite(Sqlite::open(&folder.join("reference.db"))?),
            Some(url) => Self::Postgres(Postgres::open(url)?),
        })
    }

    /// Every room with its newest seq.
    pub fn rooms(&mut self) -> anyhow::Result<Vec<(String, i64)>> {
        match self {
            Self::Sqlite(sqlite) => sqlite.rooms(),
            Self::Postgres(postgres) => postgres.rooms(),
        }
    }

    /// All of them in one transaction, which is on disk when this returns.
    pub fn store<'a>(&mut self, rows: impl Iterator<Item = Row<'a>>) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(sqlite) => sqlite.store(rows),
            Self::Postgres(postgres) => postgres.store(rows),
        }
    }
}
