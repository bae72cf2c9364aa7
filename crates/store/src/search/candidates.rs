//! What the index proposes for some terms, newest first, step by step.
//!
//! `SQLite` walks its lists backwards and stops when asked. `PostgreSQL`'s index always gathers all
//! that match, so its rows also have terms that say when they were written, in windows of nine
//! minutes, two hours, a day and a half, 25 days and so on: a search goes through windows that get
//! larger as long as little is found in them. (See migration 0007.)

use crate::{
    Pool, Result,
    query::{Query, Term},
};
use model::WorkspaceId;
use sqlx::{AssertSqlSafe, PgPool, SqlitePool};

/// The first step of `SQLite`, and the most candidates of one step.
const FIRST: i64 = 128;
const STEP: i64 = 2_000;
/// By how many bits of the id a window counts.
pub(super) const WINDOWS: [u32; 6] = [41, 45, 49, 53, 57, 61];
/// A window with fewer candidates is followed by one that is sixteen times as large.
const FEW: usize = 400;
/// Where to begin when little is expected.
const WIDE: usize = 3;

/// Each a message and its conversation.
type Page = Vec<(i64, i64)>;

pub struct Candidates<'a> {
    source: Source<'a>,
    workspace: WorkspaceId,
    expression: String,
    /// Everything from here on was proposed.
    before: i64,
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
        workspace: WorkspaceId,
        terms: &[&Term],
        before: i64,
        is_sparse: bool,
    ) -> Result<Self> {
        let has_beginning = terms.iter().any(|term| term.is_prefix());
        Ok(match pool {
            Pool::Sqlite { read: db, .. } => Self {
                // Gathering the messages with a beginning is dear, and done again for each step.
                source: Source::Sqlite { db, step: if has_beginning { STEP } else { FIRST } },
                workspace,
                expression: Query::for_sqlite(terms),
                before,
                is_done: false,
            },
            Pool::Postgres(db) => {
                let newest: Option<i64> =
                    sqlx::query_scalar("select max(id) from messages_terms where id < $1")
                        .bind(before)
                        .fetch_one(db)
                        .await?;
                // … however small the window.
                let level = if is_sparse && has_beginning { WIDE } else { 0 };
                let window = newest.unwrap_or(0) >> WINDOWS[level];
                Self {
                    source: Source::Postgres { db, level, window, found: 0 },
                    workspace,
                    expression: Query::for_postgres(terms),
                    before: newest.map_or(0, |newest| newest + 1),
                    is_done: newest.is_none(),
                }
            }
        })
    }

    /// Everything from here on was proposed.
    pub const fn before(&self) -> i64 {
        self.before
    }

    /// The next candidates, newest first, maybe none; nothing when the index has no more.
    pub async fn next(&mut self) -> Result<Option<Page>> {
        if self.is_done {
            return Ok(None);
        }
        let workspace = self.workspace.0;
        match &mut self.source {
            Source::Sqlite { db, step } => {
                let page: Page = sqlx::query_as(
                    "select t.rowid, m.conversation_id from messages_terms t cross join messages m on m.id = t.rowid
                     where messages_terms match $1 and t.rowid < $2 and m.workspace_id = $3
                     order by t.rowid desc limit $4",
                )
                .bind(&self.expression)
                .bind(self.before)
                .bind(workspace)
                .bind(*step)
                .fetch_all(*db)
                .await?;
                self.is_done = (page.len() as i64) < *step;
                self.before = page.last().map_or(0, |last| last.0);
                *step = (*step * 4).min(STEP);
                Ok(Some(page))
            }
            Source::Postgres { db, level, window, found } => {
                let bits = WINDOWS[*level];
                let page: Page = sqlx::query_as(AssertSqlSafe(PROPOSE))
                    .bind(format!("'#{bits}:{window}' & {}", self.expression))
                    .bind(workspace)
                    .bind(self.before)
                    .bind(STEP)
                    .fetch_all(*db)
                    .await?;
                *found += page.len();
                if page.len() as i64 == STEP {
                    self.before = page.last().map_or(0, |last| last.0);
                    return Ok(Some(page));
                }
                // On to the window before, of this size or the next.
                self.before = *window << bits;
                self.is_done = self.before <= 0;
                if *found < FEW && *level + 1 < WINDOWS.len() {
                    *level += 1;
                } else if *found > FEW * 16 {
                    *level = level.saturating_sub(1);
                }
                *found = 0;
                *window = (self.before - 1) >> WINDOWS[*level];
                Ok(Some(page))
            }
        }
    }
}

/// Gathered first and ordered then: a walk along the ids would look as good to the planner.
const PROPOSE: &str = "with found as materialized (
         select id, conversation_id from messages_terms where terms @@ $1::tsquery and workspace_id = $2 and id < $3)
     select id, conversation_id from found order by id desc limit $4";
