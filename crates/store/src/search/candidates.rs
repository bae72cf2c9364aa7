//! What the index proposes for some terms, newest first, step by step.
//!
//! `SQLite` walks its lists backwards and stops when asked. `PostgreSQL`'s index always gathers all
//! that match, so its rows also have terms that say when they were written, in windows of nine
//! minutes, two hours, a day and a half, 25 days and so on: a search goes through windows that get
//! larger as long as little is found in them. (See migration 0007.)

use super::wanted::Wanted;
use crate::{Pool, Result, pool::within, scope};
use model::Scope;
use sqlx::{PgPool, Postgres, QueryBuilder, Sqlite, SqlitePool};

/// The first step of `SQLite`, and the most candidates of one step.
const FIRST: i64 = 128;
const STEP: i64 = 2_000;
/// By how many bits of the id a window counts.
pub(super) const WINDOWS: [u32; 6] = [41, 45, 49, 53, 57, 61];
/// A window with fewer candidates is followed by one that is sixteen times as large.
const FEW: usize = 400;
/// Where to begin when little is expected.
const WIDE: usize = 3;

/// Which candidates are wanted.
#[derive(Clone, Copy)]
pub struct Range<'a> {
    pub scope: &'a Scope,
    /// Only messages of conversations that the scope sees. Their ids are listed for that, so it is
    /// for scopes with few.
    pub is_seen: bool,
    /// Ids below this one.
    pub before: i64,
}

pub struct Candidates<'a> {
    source: Source<'a>,
    range: Range<'a>,
    expression: String,
    is_done: bool,
}

enum Source<'a> {
    Sqlite { db: &'a SqlitePool, step: i64 },
    Postgres { db: &'a PgPool, level: usize, window: i64, found: usize },
}

impl<'a> Candidates<'a> {
    /// `is_sparse`: few messages have all of the terms.
    pub async fn new(
        pool: &'a Pool,
        range: Range<'a>,
        terms: &[&Wanted<'_>],
        is_sparse: bool,
    ) -> Result<Self> {
        let is_open = terms.iter().any(|wanted| wanted.is_open());
        Ok(match pool {
            Pool::Sqlite { read: db, .. } => Self {
                // Gathering the messages with a beginning, or listing those of a scope, is dear, and
                // done again for each step.
                source: Source::Sqlite { db, step: if is_open || range.is_seen { STEP } else { FIRST } },
                range,
                expression: Wanted::for_sqlite(terms),
                is_done: false,
            },
            Pool::Postgres(db) => {
                let newest: Option<i64> =
                    sqlx::query_scalar("select max(id) from messages_terms where id < $1")
                        .bind(range.before)
                        .fetch_one(db)
                        .await?;
                // … however small the window.
                let level = if is_sparse && is_open { WIDE } else { 0 };
                let window = newest.unwrap_or(0) >> WINDOWS[level];
                Self {
                    source: Source::Postgres { db, level, window, found: 0 },
                    range: Range { before: newest.map_or(0, |newest| newest + 1), ..range },
                    expression: Wanted::for_postgres(terms),
                    is_done: newest.is_none(),
                }
            }
        })
    }

    /// Everything from here on was proposed.
    pub const fn before(&self) -> i64 {
        self.range.before
    }

    /// The next ids, newest first, maybe none; nothing when the index has no more.
    pub async fn next(&mut self) -> Result<Option<Vec<i64>>> {
        if self.is_done {
            return Ok(None);
        }
        match &mut self.source {
            Source::Sqlite { db, step } => {
                let page = propose_sqlite(db, self.range, &self.expression, *step).await?;
                self.is_done = (page.len() as i64) < *step;
                self.range.before = page.last().copied().unwrap_or(0);
                *step = (*step * 4).min(STEP);
                Ok(Some(page))
            }
            Source::Postgres { db, level, window, found } => {
                let bits = WINDOWS[*level];
                let expression = format!("'#{bits}:{window}' & {}", self.expression);
                let page = within(propose_postgres(db, self.range, &expression)).await?;
                *found += page.len();
                if page.len() as i64 == STEP {
                    self.range.before = page.last().copied().unwrap_or(0);
                    return Ok(Some(page));
                }
                // On to the window before, of this size or the next.
                self.range.before = *window << bits;
                self.is_done = self.range.before <= 0;
                if *found < FEW && *level + 1 < WINDOWS.len() {
                    *level += 1;
                } else if *found > FEW * 16 {
                    *level = level.saturating_sub(1);
                }
                *found = 0;
                *window = (self.range.before - 1) >> WINDOWS[*level];
                Ok(Some(page))
            }
        }
    }
}

/// Of every workspace: what is proposed is looked at anyhow.
async fn propose_sqlite(db: &SqlitePool, range: Range<'_>, expression: &str, limit: i64) -> Result<Vec<i64>> {
    let mut query =
        QueryBuilder::<Sqlite>::new("select rowid from messages_terms where messages_terms match ");
    query.push_bind(expression).push(" and rowid < ").push_bind(range.before);
    if range.is_seen {
        // The sign keeps the full-text table from being asked for each of the ids.
        query.push(" and +rowid in (select id from messages where conversation_id in (");
        scope::push_seen(&mut query, range.scope, i64::MAX);
        query.push("))");
    }
    query.push(" order by rowid desc limit ").push_bind(limit);
    Ok(query.build_query_scalar().fetch_all(db).await?)
}

/// Gathered first and ordered then: a walk along the ids would look as good to the planner.
async fn propose_postgres(db: &PgPool, range: Range<'_>, expression: &str) -> Result<Vec<i64>> {
    let mut query = QueryBuilder::<Postgres>::new(
        "with found as materialized (select id from messages_terms where terms @@ ",
    );
    query.push_bind(expression).push("::tsquery and workspace_id = ").push_bind(range.scope.workspace_id.0);
    query.push(" and id < ").push_bind(range.before);
    if range.is_seen {
        query.push(" and conversation_id in (");
        scope::push_seen(&mut query, range.scope, i64::MAX);
        query.push(")");
    }
    query.push(") select id from found order by id desc limit ").push_bind(STEP);
    Ok(query.build_query_scalar().fetch_all(db).await?)
}
