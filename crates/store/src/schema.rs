//! Schemas of `PostgreSQL`: an installation may share a database with others when each has
//! a schema of its own; every test has one.

use crate::{Database, Error, Result};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, postgres::PgConnectOptions,
    sqlite::SqliteConnectOptions,
};
use std::str::FromStr as _;

/// Makes a schema and returns the address of the database in which it comes first.
pub async fn create(url: &str, name: &str) -> Result<String> {
    run(url, name, "create schema").await?;
    let sign = if url.contains('?') { '&' } else { '?' };
    Ok(format!("{url}{sign}options=-c%20search_path%3D{name}&application_name={name}"))
}

/// Ends those sessions of a schema's users that are in the middle of something, as an operator or a
/// failing server would; how many there were.
pub async fn end_busy_sessions(url: &str, name: &str) -> Result<u64> {
    let mut connection = PgConnectOptions::from_str(url)?.connect().await?;
    let ended = sqlx::query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and state <> 'idle'",
    )
    .bind(name)
    .fetch_all(&mut connection)
    .await?;
    connection.close().await?;
    Ok(ended.len() as u64)
}

/// Runs statements as they are, on a database without a schema: tests lay down earlier versions.
pub async fn load(database: &Database, statements: &str) -> Result<()> {
    let statements = sqlx::raw_sql(AssertSqlSafe(statements.to_owned()));
    match database {
        Database::Sqlite(path) => {
            let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
            let mut connection = options.connect().await?;
            statements.execute(&mut connection).await?;
            connection.close().await?;
        }
        Database::Postgres(url) => {
            let mut connection = PgConnectOptions::from_str(url)?.connect().await?;
            statements.execute(&mut connection).await?;
            connection.close().await?;
        }
    }
    Ok(())
}

/// Deletes a schema with everything in it.
pub async fn delete(url: &str, name: &str) -> Result<()> {
    run(url, name, "drop schema if exists").await
}

async fn run(url: &str, name: &str, command: &str) -> Result<()> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if name.is_empty() || !name.bytes().all(is_plain) {
        return Err(Error::Unsupported("a schema is named with a-z, 0-9 and _"));
    }
    let cascade = if command.starts_with("drop") { " cascade" } else { "" };
    let mut connection = PgConnectOptions::from_str(url)?.connect().await?;
    sqlx::query(AssertSqlSafe(format!("{command} {name}{cascade}"))).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}
