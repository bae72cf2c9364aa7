//! Copying a running database and putting the copy in place: `SQLite` as a file, `PostgreSQL` as the
//! rows of its tables.
//!
//! Invariant: a restored database has a new epoch, so that no client resumes from positions
//! that it does not have.

mod tables;

use crate::{Database, Error, Ids, Pool, Result, Store, lineage::Lineage, pool::on};
use sqlx::{
    ConnectOptions as _, Connection as _,
    sqlite::{SqliteConnectOptions, SqliteConnection},
};
use std::{io, path::Path, sync::Arc};
pub use tables::Import;

impl Store {
    /// Writes a copy of `SQLite` as of one moment to `target`, which must not exist, while others go on
    /// writing; checks it and flushes it to the disk.
    pub async fn backup(&self, target: &Path) -> Result<()> {
        let Pool::Sqlite { read, .. } = &self.pool else {
            return Err(Error::Unsupported("PostgreSQL is exported, not copied"));
        };
        if target.exists() {
            return Err(exists(target).into());
        }
        let name = target
            .to_str()
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path is not text"))?;
        sqlx::query("vacuum into $1").bind(name).execute(read).await?;
        if crate::sabotage::is("stale_copy") {
            forget_the_newest(target).await?;
        }
        check(target).await?;
        flush(target).await
    }

    /// [`Error::Damaged`] when the database has lost its integrity.
    pub async fn check(&self) -> Result<()> {
        match &self.pool {
            Pool::Sqlite { read, .. } => {
                let findings = sqlx::query_scalar("pragma quick_check").fetch_all(read).await?;
                judge(&findings)
            }
            // It checks its own pages as it reads them.
            Pool::Postgres(_) => Ok(()),
        }
    }

    /// How many bytes a copy needs at most.
    pub async fn size(&self) -> Result<u64> {
        let sql = match &self.pool {
            Pool::Sqlite { .. } => "select page_count * page_size from pragma_page_count, pragma_page_size",
            Pool::Postgres(_) => {
                "select coalesce(sum(pg_total_relation_size(oid))::bigint, 0) from pg_class
                where relkind = 'r' and relnamespace = current_schema()::regnamespace"
            }
        };
        let bytes: i64 = on!(&self.pool, |db| sqlx::query_scalar(sql).fetch_one(db).await)?;
        Ok(bytes.max(0) as u64)
    }

    /// The version of the schema that the database has; 0 when it has none.
    pub async fn schema(&self) -> Result<i64> {
        let exists = match &self.pool {
            Pool::Sqlite { .. } => "select count(*) from sqlite_schema where name = '_sqlx_migrations'",
            Pool::Postgres(_) => {
                "select count(*) from information_schema.tables
                where table_schema = current_schema() and table_name = '_sqlx_migrations'"
            }
        };
        let exists: i64 = on!(&self.pool, |db| sqlx::query_scalar(exists).fetch_one(db).await)?;
        if exists == 0 {
            return Ok(0);
        }
        let newest: Option<i64> = on!(&self.pool, |db| {
            sqlx::query_scalar("select max(version) from _sqlx_migrations").fetch_one(db).await
        })?;
        Ok(newest.unwrap_or(0))
    }
}

/// Puts a copy that [`Store::backup`] made at `target`, where no database may be, brought up
/// to this program's schema and with a new epoch. Interrupted, it leaves nothing there.
pub async fn restore(copy: &Path, target: &Path) -> Result<()> {
    if target.exists() {
        return Err(exists(target).into());
    }
    check(copy).await?;
    let unfinished = target.with_extension("restoring");
    for suffix in ["", "-wal", "-shm"] {
        let mut name = unfinished.clone().into_os_string();
        name.push(suffix);
        match tokio::fs::remove_file(&name).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    tokio::fs::copy(copy, &unfinished).await?;
    let lineage = Lineage::default();
    let pool = Pool::open(&Database::Sqlite(unfinished.clone()), 1, &lineage).await?;
    pool.migrate().await?;
    let store = Store { pool, ids: Arc::new(Ids::new(0, 0)), lineage, on_one_thread: false };
    if !crate::sabotage::is("keep_epoch") {
        store.new_epoch().await?;
    }
    store.close().await;
    flush(&unfinished).await?;
    tokio::fs::rename(&unfinished, target).await?;
    if let Some(folder) = target.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        flush(folder).await?;
    }
    Ok(())
}

/// [`Error::Damaged`] when the file is not a sound database.
pub async fn check(path: &Path) -> Result<()> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(true);
    let damaged = |error: sqlx::Error| Error::Damaged(error.to_string());
    let mut connection: SqliteConnection = options.connect().await.map_err(damaged)?;
    let findings =
        sqlx::query_scalar("pragma quick_check").fetch_all(&mut connection).await.map_err(damaged)?;
    connection.close().await?;
    judge(&findings)
}

/// The planted fault `stale_copy`: what a copy without the log has.
async fn forget_the_newest(copy: &Path) -> Result<()> {
    let mut connection = SqliteConnectOptions::new().filename(copy).connect().await?;
    let newest = "delete from messages where seq > 1";
    sqlx::query(newest).execute(&mut connection).await?;
    Ok(connection.close().await?)
}

fn judge(findings: &[String]) -> Result<()> {
    match findings {
        [ok] if ok == "ok" => Ok(()),
        _ => Err(Error::Damaged(findings.join("; "))),
    }
}

fn exists(path: &Path) -> io::Error {
    io::Error::new(io::ErrorKind::AlreadyExists, format!("{} exists", path.display()))
}

async fn flush(path: &Path) -> Result<()> {
    Ok(tokio::fs::File::open(path).await?.sync_all().await?)
}
