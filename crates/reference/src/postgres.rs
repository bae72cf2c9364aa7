//! PostgreSQL with the fewest words: one connection, one prepared statement, which inserts a whole
//! batch and is a transaction of its own (one round trip, one flush).

use crate::database::Row;
use sqlx::{AssertSqlSafe, ConnectOptions as _, PgConnection, postgres::PgConnectOptions};
use tokio::runtime::Runtime;

pub struct Postgres {
    connection: PgConnection,
    /// On the writer's own thread: nothing is handed over to another one.
    runtime: Runtime,
}

const SCHEMA: &str = "create table if not exists message (
    room text not null, seq bigint not null, client_id text not null, text text not null, primary key (room, seq)
)";

const INSERT: &str =
    "insert into message select * from unnest($1::text[], $2::bigint[], $3::text[], $4::text[])";

impl Postgres {
    pub fn open(url: &str) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let options: PgConnectOptions = url.parse()?;
        let connection = runtime.block_on(async {
            let mut connection = options.disable_statement_logging().connect().await?;
            sqlx::query(SCHEMA).execute(&mut connection).await?;
            Ok::<_, sqlx::Error>(connection)
        })?;
        Ok(Self { connection, runtime })
    }

    pub fn rooms(&mut self) -> anyhow::Result<Vec<(String, i64)>> {
        let query = sqlx::query_as("select room, max(seq) from message group by room");
        Ok(self.runtime.block_on(query.fetch_all(&mut self.connection))?)
    }

    pub fn store<'a>(&mut self, rows: impl Iterator<Item = Row<'a>>) -> anyhow::Result<()> {
        let (mut rooms, mut seqs, mut ids, mut texts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            rooms.push(row.room);
            seqs.push(row.seq);
            ids.push(row.client_id);
            texts.push(row.text);
        }
        let query = sqlx::query(INSERT).bind(rooms).bind(seqs).bind(ids).bind(texts);
        self.runtime.block_on(query.execute(&mut self.connection))?;
        Ok(())
    }
}

/// A database for one measurement or test.
#[derive(Debug)]
pub struct Scratch {
    server: String,
    name: String,
    /// How to connect to it.
    pub url: String,
}

impl Scratch {
    /// Creates it on the server of another database, empty.
    ///
    /// # Errors
    /// When the server cannot be reached, or the role may not create databases.
    pub async fn create(server: &str, name: &str) -> anyhow::Result<Self> {
        let options: PgConnectOptions = server.parse()?;
        let url = options.database(name).to_url_lossy().to_string();
        let scratch = Self { server: server.to_owned(), name: name.to_owned(), url };
        scratch.remove().await?;
        scratch.run(format!("create database {name}")).await?;
        Ok(scratch)
    }

    /// Removes it, whoever is still connected.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn remove(&self) -> anyhow::Result<()> {
        self.run(format!("drop database if exists {} with (force)", self.name)).await
    }

    async fn run(&self, sql: String) -> anyhow::Result<()> {
        let mut connection = PgConnectOptions::connect(&self.server.parse()?).await?;
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
        Ok(())
    }
}
