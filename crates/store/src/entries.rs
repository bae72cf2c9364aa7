//! Knowledge entries (知识条目), and finding them by the words of a question.

use crate::{
    Error, Result, Store,
    pool::{on, on_tx},
    query::Query,
    row::{Row, json, read},
    terms,
};
use model::{Entry, EntryId, Millis, WorkspaceId};
use sqlx::QueryBuilder;
use std::collections::HashSet;

read!(Entry, |row| Entry {
    id: EntryId(row.try_get("id")?),
    workspace_id: WorkspaceId(row.try_get("workspace_id")?),
    category: row.try_get("category")?,
    question: row.try_get("question")?,
    phrasings: json("phrasings", row.try_get("phrasings")?)?,
    answer: row.try_get("answer")?,
    created_at: row.try_get("created_at")?,
});

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    pub category: String,
    pub question: String,
    /// Other ways to ask it.
    pub phrasings: Vec<String>,
    pub answer: String,
}

/// A state of a knowledge base; another one means that entries changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision {
    count: i64,
    newest: i64,
}

impl std::fmt::Display for Revision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.newest, self.count)
    }
}

/// Rows of one insert.
const CHUNK: usize = 100;

impl Store {
    /// All or none.
    pub async fn insert_entries(
        &self,
        workspace: WorkspaceId,
        entries: &[NewEntry],
        now: Millis,
    ) -> Result<()> {
        let mut tx = self.pool.begin().await?;
        for chunk in entries.chunks(CHUNK) {
            let phrasings = chunk
                .iter()
                .map(|entry| serde_json::to_string(&entry.phrasings))
                .collect::<std::result::Result<Vec<_>, _>>()
                .map_err(|_| Error::Corrupt("phrasings"))?;
            on_tx!(&mut tx, |db| {
                let mut query = QueryBuilder::new(
                    "insert into entries (workspace_id, id, category, question, phrasings, answer,
                         created_at) ",
                );
                query.push_values(chunk.iter().zip(&phrasings), |mut row, (entry, phrasings)| {
                    row.push_bind(workspace.0)
                        .push_bind(self.ids.next(now))
                        .push_bind(&entry.category)
                        .push_bind(&entry.question)
                        .push_bind(phrasings)
                        .push_bind(&entry.answer)
                        .push_bind(now);
                });
                query.build().execute(db).await.map(|_| ())
            })?;
        }
        tx.commit().await
    }

    /// Without a query by category; with one those that share at least half of its terms,
    /// best first.
    pub async fn list_entries(
        &self,
        workspace: WorkspaceId,
        query: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Entry>> {
        let wanted = Query::parse(query.unwrap_or_default());
        // A query is scored here and not in SQL, so that both databases rank alike.
        let most = if wanted.is_empty() { limit as i64 } else { i64::from(i32::MAX) };
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<Entry>>(
            "select id, workspace_id, category, question, phrasings, answer, created_at
             from entries where workspace_id = $1 order by category, id limit $2"
        )
        .bind(workspace.0)
        .bind(most)
        .fetch_all(db)
        .await)?;
        let entries = rows.into_iter().map(|Row(entry)| entry);
        if wanted.is_empty() {
            // What was asked for has no term that could be found.
            return Ok(if query.is_some_and(|text| !text.trim().is_empty()) {
                Vec::new()
            } else {
                entries.collect()
            });
        }
        let mut scored: Vec<(usize, Entry)> =
            entries.filter_map(|entry| Some((relevance(&entry, &wanted)?, entry))).collect();
        // Stable: equals stay in the order of the list.
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        Ok(scored.into_iter().take(limit).map(|(_, entry)| entry).collect())
    }

    /// Which state the knowledge base is in.
    pub async fn knowledge_revision(&self, workspace: WorkspaceId) -> Result<Revision> {
        let (count, newest) = on!(&self.pool, |db| sqlx::query_as(
            "select count(*), coalesce(max(id), 0) from entries where workspace_id = $1"
        )
        .bind(workspace.0)
        .fetch_one(db)
        .await)?;
        Ok(Revision { count, newest })
    }

    pub async fn count_entries(&self, workspace: WorkspaceId) -> Result<i64> {
        Ok(on!(&self.pool, |db| sqlx::query_scalar("select count(*) from entries where workspace_id = $1")
            .bind(workspace.0)
            .fetch_one(db)
            .await)?)
    }
}

/// Four for each term in the question, two in another phrasing, one in the answer; none when
/// fewer than half of the terms occur.
fn relevance(entry: &Entry, wanted: &Query) -> Option<usize> {
    let question = terms::distinct(&entry.question);
    let phrasings: HashSet<String> = entry.phrasings.iter().flat_map(|text| terms::distinct(text)).collect();
    let answer = terms::distinct(&entry.answer);
    let scores = wanted.terms().iter().map(|term| {
        4 * usize::from(term.is_in(&question))
            + 2 * usize::from(term.is_in(&phrasings))
            + usize::from(term.is_in(&answer))
    });
    let (found, score) =
        scores.fold((0, 0), |(found, sum), score| (found + usize::from(score > 0), sum + score));
    (found * 2 >= wanted.terms().len()).then_some(score)
}
