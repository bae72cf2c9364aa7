//! Planted faults for the tests that prove our fault tests can fail: compiled in only with
//! the feature `sabotage`, chosen by the environment variable `OCTIM_SABOTAGE` (several with commas) or, for what
//! runs on one thread, by [`plant`].

#[cfg(feature = "sabotage")]
thread_local! {
    static PLANTED: std::cell::Cell<&'static str> = const { std::cell::Cell::new("") };
}

/// From now on this thread has the fault; none when it is empty.
#[cfg(feature = "sabotage")]
pub fn plant(fault: &'static str) {
    PLANTED.set(fault);
}

#[cfg(feature = "sabotage")]
pub fn is(fault: &str) -> bool {
    PLANTED.get() == fault
        || std::env::var("OCTIM_SABOTAGE").is_ok_and(|chosen| chosen.split(',').any(|one| one == fault))
}

#[cfg(not(feature = "sabotage"))]
pub const fn is(_fault: &str) -> bool {
    false
}

/// The planted fault `poison`: panics where the text names the place (`poison:writer`, …).
#[cfg(feature = "sabotage")]
pub fn poison(place: &str, text: &str) {
    if text.strip_prefix("poison:") == Some(place) {
        if is("poison_kills") {
            std::process::abort();
        }
        assert!(!is("poison"), "poisoned {place}");
    }
}

#[cfg(not(feature = "sabotage"))]
pub const fn poison(_place: &str, _text: &str) {}

/// True once in `period` calls.
pub fn strikes(period: u32) -> bool {
    use std::sync::atomic::{AtomicU32, Ordering};
    static CALLS: AtomicU32 = AtomicU32::new(0);
    CALLS.fetch_add(1, Ordering::Relaxed) % period == period - 1
}

/// Takes a connection that reads from those who want one, until it is dropped: a slow disk.
#[cfg(feature = "sabotage")]
pub async fn hold_reader(store: &crate::Store) -> crate::Result<impl Send + use<>> {
    match &store.pool {
        crate::Pool::Sqlite { read, .. } => Ok(Reader::Sqlite(read.acquire().await?)),
        crate::Pool::Postgres(pool) => Ok(Reader::Postgres(pool.acquire().await?)),
    }
}

#[cfg(feature = "sabotage")]
#[expect(dead_code, reason = "it is only held")]
enum Reader {
    Sqlite(sqlx::pool::PoolConnection<sqlx::Sqlite>),
    Postgres(sqlx::pool::PoolConnection<sqlx::Postgres>),
}

/// A page of a stopped `SQLite` database that is certainly in use.
#[cfg(feature = "sabotage")]
#[derive(Clone, Copy, Debug)]
pub enum Page {
    /// Of a table.
    Root(&'static str),
    /// With the first rows of a table.
    FirstLeaf(&'static str),
}

/// What a dying disk does: the page is not what was written.
#[cfg(feature = "sabotage")]
pub async fn damage(path: &std::path::Path, page: Page) -> crate::Result<()> {
    use sqlx::ConnectOptions as _;
    use std::os::unix::fs::FileExt as _;
    let mut connection = sqlx::sqlite::SqliteConnectOptions::new().filename(path).connect().await?;
    // A log would bring the page back.
    sqlx::query("pragma wal_checkpoint(truncate)").execute(&mut connection).await?;
    let (sql, table) = match page {
        Page::Root(table) => ("select rootpage from sqlite_schema where name = $1", table),
        Page::FirstLeaf(table) => {
            ("select pageno from dbstat where name = $1 and pagetype = 'leaf' order by path limit 1", table)
        }
    };
    let number: i64 = sqlx::query_scalar(sql).bind(table).fetch_one(&mut connection).await?;
    let size: i64 = sqlx::query_scalar("pragma page_size").fetch_one(&mut connection).await?;
    sqlx::Connection::close(connection).await?;
    let file = std::fs::OpenOptions::new().write(true).open(path)?;
    Ok(file.write_all_at(&vec![0xa5; size as usize], ((number - 1) * size) as u64)?)
}
