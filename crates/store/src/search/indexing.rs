//! Bringing the index up to date, behind the writer.
//!
//! On `SQLite` ids grow in the order of commits, because one task writes all messages; so a cursor
//! says how far the index reaches. On `PostgreSQL` several lanes and nodes write, so that each of their
//! transactions lists what is not in the index yet.

use super::candidates::WINDOWS;
use crate::{
    Error, Pool, Result, Store, Tx, meta,
    row::{Row, json, read},
    terms,
};
use model::Content;
use sqlx::{Postgres, QueryBuilder, Sqlite, Transaction};
use std::{fmt::Write as _, time::Duration};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};

/// The key of [`crate::meta`] that says up to which message id the index reaches.
const CURSOR: &str = "search_cursor";
/// Rows of one insert into the index.
const CHUNK: usize = 64;
/// Messages that are indexed in one transaction beside others.
const STEP: i64 = 500;
/// So long messages gather before they are indexed.
const GATHER: Duration = Duration::from_millis(200);
/// While the writers are at work and messages wait, it rests so many times as long as it worked.
const REST: u32 = 9;
/// So long a program that ends goes on; what is left waits for the next start.
pub(crate) const AT_THE_END: Duration = Duration::from_secs(3);

impl Store {
    /// Brings the index up to date by so many messages (and what was written together with the last of them);
    /// the writer does it in its lulls. Returns how many it looked at.
    pub async fn index_messages(&self, limit: i64) -> Result<usize> {
        let mut tx = self.pool.begin().await?;
        let count = index_pending(&mut tx, limit).await?;
        tx.commit().await?;
        Ok(count)
    }
}

/// Up to which message id the index has everything.
pub(super) async fn reached(pool: &Pool) -> Result<i64> {
    match pool {
        Pool::Sqlite { read, .. } => {
            let cursor: Option<String> = sqlx::query_scalar("select value from meta where key = $1")
                .bind(CURSOR)
                .fetch_optional(read)
                .await?;
            Ok(cursor.and_then(|text| text.parse().ok()).unwrap_or(0))
        }
        Pool::Postgres(db) => {
            let first: Option<i64> = sqlx::query_scalar(
                "select least((select min(first) from search_backlog), (select min(id) from messages_unindexed))",
            )
            .fetch_one(db)
            .await?;
            Ok(first.unwrap_or(i64::MAX) - 1)
        }
    }
}

/// Indexes what the writers of `PostgreSQL` store, until they have ended. While they are at work it takes a
/// tenth of its time at most: messages come first.
pub(crate) async fn index_behind(pool: Pool, mut written: mpsc::Receiver<()>) {
    loop {
        let began = Instant::now();
        let is_behind = step(&pool).await;
        if is_behind && written.is_empty() {
            continue;
        }
        let pause = if is_behind { began.elapsed() * REST } else { GATHER };
        if written.recv().await.is_none() {
            break;
        }
        sleep(pause).await;
    }
    let ended = Instant::now();
    while ended.elapsed() < AT_THE_END && step(&pool).await {}
}

/// True when more may be left.
async fn step(pool: &Pool) -> bool {
    let indexed = async {
        let mut tx = pool.begin().await?;
        let count = index_pending(&mut tx, STEP).await?;
        tx.commit().await?;
        Result::Ok(count as i64)
    };
    match indexed.await {
        Ok(count) => count >= STEP,
        // The program ends; the next start goes on where this one was.
        Err(Error::Sql(sqlx::Error::PoolClosed)) => false,
        Err(error) => {
            tracing::warn!(%error, "search index is behind");
            false
        }
    }
}

/// Adds the next messages to the index; returns how many it looked at.
pub(crate) async fn index_pending(tx: &mut Tx, limit: i64) -> Result<usize> {
    let Tx::Sqlite(..) = tx else { return index_listed(tx, limit).await };
    let reached = meta::find(tx, CURSOR).await?.and_then(|text| text.parse().ok()).unwrap_or(0_i64);
    let Tx::Sqlite(db, _) = tx else { return Ok(0) };
    let pending = after(db, reached, limit).await?;
    let Some(newest) = pending.last().map(|message| message.id) else { return Ok(0) };
    let rows: Vec<(i64, String)> =
        pending.iter().filter_map(|message| Some((message.id, message.terms()?))).collect();
    for chunk in rows.chunks(CHUNK) {
        let mut query = QueryBuilder::new("insert into messages_terms (rowid, terms) ");
        query.push_values(chunk, |mut row, (id, terms)| {
            row.push_bind(*id).push_bind(terms.as_str());
        });
        query.build().execute(&mut **db).await?;
    }
    meta::update(tx, CURSOR, &newest.to_string()).await?;
    Ok(pending.len())
}

/// A message that is not in the index yet.
struct Pending {
    id: i64,
    workspace: i64,
    conversation: i64,
    content: Content,
}

read!(Pending, |row| Pending {
    id: row.try_get("id")?,
    workspace: row.try_get("workspace_id")?,
    conversation: row.try_get("conversation_id")?,
    content: json("content", row.try_get("content")?)?,
});

impl Pending {
    /// With spaces between.
    fn terms(&self) -> Option<String> {
        self.content.searchable().map(terms::joined)
    }
}

async fn after(db: &mut Transaction<'static, Sqlite>, reached: i64, limit: i64) -> Result<Vec<Pending>> {
    let rows = sqlx::query_as::<_, Row<Pending>>(
        "select id, workspace_id, conversation_id, content from messages where id > $1 order by id limit $2",
    );
    let rows = rows.bind(reached).bind(limit).fetch_all(&mut **db).await?;
    Ok(rows.into_iter().map(|Row(message)| message).collect())
}

/// What another node has taken is left to it.
async fn index_listed(tx: &mut Tx, limit: i64) -> Result<usize> {
    let Tx::Postgres(db) = tx else { return Ok(0) };
    let ids = take_listed(db, limit).await?;
    let rows = sqlx::query_as::<_, Row<Pending>>(
        "select id, workspace_id, conversation_id, content from messages where id = any($1)",
    );
    let listed: Vec<Pending> =
        rows.bind(ids).fetch_all(&mut **db).await?.into_iter().map(|Row(message)| message).collect();
    let (mut ids, mut workspaces, mut conversations, mut terms) = (vec![], vec![], vec![], vec![]);
    for message in &listed {
        let Some(mut text) = message.terms() else { continue };
        for bits in WINDOWS {
            // Writing to a string cannot fail.
            let _ = write!(text, " #{bits}:{}", message.id >> bits);
        }
        ids.push(message.id);
        workspaces.push(message.workspace);
        conversations.push(message.conversation);
        terms.push(text.trim_start().to_owned());
    }
    sqlx::query(
        "insert into messages_terms (id, workspace_id, conversation_id, terms)
         select id, workspace, conversation, array_to_tsvector(array_remove(string_to_array(terms, ' '), ''))
         from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[]) as m (id, workspace, conversation, terms)
         on conflict (id) do nothing",
    )
    .bind(ids)
    .bind(workspaces)
    .bind(conversations)
    .bind(terms)
    .execute(&mut **db)
    .await?;
    Ok(listed.len())
}

/// The ids of the next messages, oldest first, and with the last all that was written together with it; what nodes
/// of an earlier version listed one by one comes first.
async fn take_listed(db: &mut Transaction<'static, Postgres>, limit: i64) -> Result<Vec<i64>> {
    let single: Vec<i64> = sqlx::query_scalar(
        "delete from messages_unindexed where id in (
            select id from messages_unindexed order by id limit $1 for update skip locked) returning id",
    )
    .bind(limit)
    .fetch_all(&mut **db)
    .await?;
    let batches: Vec<Vec<i64>> = sqlx::query_scalar(
        "delete from search_backlog where first in (
            select first from search_backlog where first in (
                select first from (
                    select first, sum(cardinality(messages)) over (order by first) - cardinality(messages) as before
                    from (select * from search_backlog order by first limit $1) as oldest) as counted
                where before < $1)
            for update skip locked) returning messages",
    )
    .bind(limit - single.len() as i64)
    .fetch_all(&mut **db)
    .await?;
    Ok(single.into_iter().chain(batches.into_iter().flatten()).collect())
}
