//! The writer's own way to the database.

use super::{
    postgres::{CutOff, Postgres},
    rows::Rows,
    sqlite::Sqlite,
};
use crate::{Error, Pool, Result, lineage::Lineage};

pub enum Database {
    Sqlite(Box<Sqlite>),
    Postgres(Postgres),
}

impl Database {
    pub fn new(pool: &Pool, lineage: &Lineage) -> Self {
        match pool {
            Pool::Sqlite { path, turn, .. } => {
                Self::Sqlite(Box::new(Sqlite::new(path.clone(), turn.clone())))
            }
            Pool::Postgres(pool) => Self::Postgres(Postgres::new(pool.clone(), lineage.clone())),
        }
    }

    pub async fn begin(&mut self) -> Result<Rows<'_>> {
        Ok(match self {
            Self::Sqlite(sqlite) => Rows::Sqlite(sqlite.begin().await?),
            Self::Postgres(postgres) => Rows::Postgres(postgres.begin().await?),
        })
    }

    /// To be called between transactions.
    pub fn tend_log(&mut self) {
        if let Self::Sqlite(sqlite) = self {
            sqlite.tend_log();
        }
    }

    /// After an error that says something about the connection, the next transaction gets a new one.
    pub fn forget(&mut self) {
        match self {
            Self::Sqlite(sqlite) => sqlite.forget(),
            Self::Postgres(postgres) => postgres.forget(),
        }
    }

    /// Whether a transaction was committed whose end was not answered.
    pub async fn settle(&mut self, cut_off: &CutOff) -> Result<bool> {
        match self {
            Self::Sqlite(_) => Err(Error::Unsettled(cut_off.clone())),
            Self::Postgres(postgres) => postgres.settle(cut_off).await,
        }
    }
}
