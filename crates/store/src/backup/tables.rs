//! The rows of a `PostgreSQL` database, as `COPY` writes and reads them: all tables as of one moment,
//! and back into an empty database.
//!
//! Invariant: an export is one snapshot; an import is one transaction, so that it is there whole or
//! not at all.

use crate::{Error, Result, Store, migrations, pool::Pool};
use futures_util::TryStreamExt as _;
use sqlx::{
    AssertSqlSafe, PgConnection, Postgres, Transaction,
    postgres::{PgPool, PgPoolOptions},
};
use std::{collections::BTreeSet, io};

/// Rows are handed on when they have become this many bytes.
const PIECE: usize = 4 * 1024 * 1024;

/// All but what the database fills by itself from the rows of another (migration 0030).
const TABLES: &str = "select table_name::text from information_schema.tables
    where table_schema = current_schema() and table_type = 'BASE TABLE' and table_name not like '\\_sqlx%'
    and table_name <> 'search_words' order by table_name";
/// Of what `COPY` takes and gives: not what is computed from other columns.
const COLUMNS: &str = "select string_agg(quote_ident(column_name), ', ' order by ordinal_position)
    from information_schema.columns
    where table_schema = current_schema() and table_name = $1 and is_generated = 'NEVER'";
const REFERENCES: &str = "select conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
    from pg_constraint where contype = 'f' and connamespace = current_schema()::regnamespace";

impl Store {
    /// All rows of `PostgreSQL` as of one moment, while others go on writing: `each` gets the name of a
    /// table and whole rows of it, in pieces.
    pub async fn export(&self, each: &mut (dyn FnMut(&str, &[u8]) -> io::Result<()> + Send)) -> Result<()> {
        let Pool::Postgres(pool) = &self.pool else {
            return Err(Error::Unsupported("SQLite is copied as a file"));
        };
        let begin = if crate::sabotage::is("loose_export") {
            "begin isolation level read committed, read only"
        } else {
            "begin isolation level repeatable read, read only"
        };
        let mut tx = pool.begin_with(begin).await?;
        let tables: Vec<String> = sqlx::query_scalar(TABLES).fetch_all(&mut *tx).await?;
        for table in tables {
            if crate::sabotage::is("loose_export") {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
            let columns = columns(&mut tx, &table).await?;
            let mut rows = tx.copy_out_raw(&format!("copy \"{table}\" ({columns}) to stdout")).await?;
            let mut piece = Vec::new();
            // Each message is one row.
            while let Some(row) = rows.try_next().await? {
                piece.extend_from_slice(&row);
                if piece.len() >= PIECE {
                    each(&table, &piece)?;
                    piece.clear();
                }
            }
            if !piece.is_empty() {
                each(&table, &piece)?;
            }
        }
        Ok(tx.rollback().await?)
    }
}

/// An import that is under way. Dropped before [`Self::finish`], it leaves nothing.
pub struct Import {
    tx: Transaction<'static, Postgres>,
    pool: PgPool,
    tables: BTreeSet<String>,
    references: Vec<(String, String, String)>,
}

impl Import {
    /// Into a database without tables, which gets those of the schema of the export.
    pub async fn begin(url: &str, schema: i64) -> Result<Self> {
        let pool = PgPoolOptions::new().max_connections(1).connect(url).await?;
        let mut tx = pool.begin().await?;
        let there: Vec<String> = sqlx::query_scalar(TABLES).fetch_all(&mut *tx).await?;
        if !there.is_empty() {
            return Err(Error::Unsupported("the database has tables already: restore into a new, empty one"));
        }
        migrations::postgres().run_direct(Some(schema), &mut *tx, false).await?;
        let tables = sqlx::query_scalar(TABLES).fetch_all(&mut *tx).await?.into_iter().collect();
        let references: Vec<(String, String, String)> =
            sqlx::query_as(REFERENCES).fetch_all(&mut *tx).await?;
        for (table, name, _) in &references {
            run(&mut tx, format!("alter table {table} drop constraint {name}")).await?;
        }
        Ok(Self { tx, pool, tables, references })
    }

    /// Adds rows that [`Store::export`] gave out.
    pub async fn rows(&mut self, table: &str, rows: &[u8]) -> Result<()> {
        if !self.tables.contains(table) {
            return Err(Error::Damaged(format!("there is no table {table:?} in this schema")));
        }
        let columns = columns(&mut self.tx, table).await?;
        let sql = format!("copy \"{table}\" ({columns}) from stdin");
        let mut copy = self.tx.copy_in_raw(&sql).await?;
        copy.send(rows).await?;
        copy.finish().await?;
        Ok(())
    }

    /// Puts the references back, which checks them, gives the database a new epoch, and keeps it all.
    pub async fn finish(mut self) -> Result<()> {
        for (table, name, definition) in &self.references {
            run(&mut self.tx, format!("alter table {table} add constraint {name} {definition}")).await?;
        }
        if !crate::sabotage::is("keep_epoch") {
            sqlx::query("delete from meta where key = 'epoch'").execute(&mut *self.tx).await?;
        }
        self.tx.commit().await?;
        // Without statistics the first queries would be slow.
        sqlx::query("analyze").execute(&self.pool).await?;
        self.pool.close().await;
        Ok(())
    }
}

async fn columns(connection: &mut PgConnection, table: &str) -> Result<String> {
    Ok(sqlx::query_scalar(COLUMNS).bind(table).fetch_one(connection).await?)
}

async fn run(connection: &mut PgConnection, sql: String) -> Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await?;
    Ok(())
}
