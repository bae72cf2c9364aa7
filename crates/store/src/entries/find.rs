//! Finding entries by the words of a question: for agents who need an answer, and for whoever
//! writes a question that stands elsewhere already.
//!
//! The database brings those that share most terms; they are scored here and not in SQL, so
//! that both databases rank alike.

use super::{CONTENT, LIVE, NEWEST, STATE};
use crate::{
    Result, Store,
    pool::on,
    query::{Query, Term},
    row::Row,
    terms,
};
use model::{Entry, EntryId, EntryStatus, Millis, WorkspaceId};
use sqlx::AssertSqlSafe;
use std::collections::HashSet;

/// How many are scored.
const CANDIDATES: i64 = 300;
/// Terms that the database compares.
const TERMS: usize = 24;
/// Half of the terms in common.
const NEAR: f32 = 0.5;

/// An entry that asks nearly the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Similar {
    pub id: EntryId,
    pub status: EntryStatus,
    pub question: String,
    /// Its question or phrasing that comes nearest.
    pub phrasing: String,
    /// Share of the terms in common; 1 is the same.
    pub score: f32,
}

impl Store {
    /// What is published and valid. Without a query by category; with one those that share at
    /// least half of its terms, best first.
    pub async fn search_entries(
        &self,
        workspace: WorkspaceId,
        query: Option<&str>,
        now: Millis,
        limit: usize,
    ) -> Result<Vec<Entry>> {
        let asked = query.unwrap_or_default();
        let wanted = Query::parse(asked);
        if wanted.is_empty() && !asked.trim().is_empty() {
            // What was asked for has no term that could be found.
            return Ok(Vec::new());
        }
        let terms: Vec<&str> = wanted.terms().iter().map(Term::text).take(TERMS).collect();
        let valid = "and (v.valid_from is null or v.valid_from <= $2) and (v.valid_until is null or v.valid_until > $2)";
        let most = if terms.is_empty() { limit as i64 } else { CANDIDATES };
        let found = self.with_terms(workspace, LIVE, valid, now, &terms, "v.category, e.id", most).await?;
        if terms.is_empty() {
            return Ok(found);
        }
        let mut scored: Vec<(usize, Entry)> =
            found.into_iter().filter_map(|entry| Some((relevance(&entry, &wanted)?, entry))).collect();
        // Equals in the order of the list.
        scored.sort_by(|(a, x), (b, y)| {
            b.cmp(a).then_with(|| x.content.category.cmp(&y.content.category)).then(x.id.cmp(&y.id))
        });
        Ok(scored.into_iter().take(limit).map(|(_, entry)| entry).collect())
    }

    /// Entries in use that ask nearly the same as `question`, nearest first.
    pub async fn similar_entries(
        &self,
        workspace: WorkspaceId,
        question: &str,
        except: Option<EntryId>,
        limit: usize,
    ) -> Result<Vec<Similar>> {
        let asked = terms::distinct(question);
        let mut terms: Vec<&str> = asked.iter().map(String::as_str).collect();
        // Long terms tell more; the order must not depend on a hash.
        terms.sort_unstable_by_key(|term| (std::cmp::Reverse(term.len()), *term));
        terms.truncate(TERMS);
        if terms.is_empty() {
            return Ok(Vec::new());
        }
        let others = "and e.status <> 'archived' and e.id <> $2";
        let own = except.map_or(0, |id| id.0);
        let found = self.with_terms(workspace, NEWEST, others, own, &terms, "e.id", CANDIDATES).await?;
        let mut near: Vec<Similar> = found.into_iter().filter_map(|entry| nearest(entry, &asked)).collect();
        near.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id)));
        near.truncate(limit);
        Ok(near)
    }

    /// Entries with some of the terms, those with most of them first. `$2` of `condition` is `value`.
    #[expect(clippy::too_many_arguments, reason = "the parts of one statement")]
    async fn with_terms(
        &self,
        workspace: WorkspaceId,
        from: &str,
        condition: &str,
        value: i64,
        terms: &[&str],
        order: &str,
        limit: i64,
    ) -> Result<Vec<Entry>> {
        let has = |index: usize| format!("v.folded like ${}", index + 4);
        let (some, most) = if terms.is_empty() {
            (String::new(), String::new())
        } else {
            let each: Vec<String> = (0..terms.len()).map(has).collect();
            let counted: Vec<String> =
                each.iter().map(|has| format!("case when {has} then 1 else 0 end")).collect();
            (format!("and ({})", each.join(" or ")), format!("{} desc, ", counted.join(" + ")))
        };
        let sql = format!(
            "select {STATE}, {CONTENT} {from} where e.workspace_id = $1 {condition} {some}
             order by {most}{order} limit $3"
        );
        // Terms are letters, digits and pictures only: there is nothing to escape.
        let patterns: Vec<String> = terms.iter().map(|term| format!("%{term}%")).collect();
        let rows = on!(&self.pool, |db| {
            let mut query =
                sqlx::query_as::<_, Row<Entry>>(AssertSqlSafe(sql)).bind(workspace.0).bind(value).bind(limit);
            for pattern in &patterns {
                query = query.bind(pattern);
            }
            query.fetch_all(db).await
        })?;
        Ok(rows.into_iter().map(|Row(entry)| entry).collect())
    }
}

/// Four for each term in the question, two in another phrasing, one in the answer or text; none when
/// fewer than half of the terms occur.
fn relevance(entry: &Entry, wanted: &Query) -> Option<usize> {
    let content = &entry.content;
    let question = terms::distinct(&content.question);
    let phrasings: HashSet<String> =
        content.phrasings.iter().flat_map(|text| terms::distinct(text)).collect();
    let text = std::iter::once(&content.answer)
        .chain(content.sections.iter().flat_map(|section| [&section.heading, &section.text]));
    let answer: HashSet<String> = text.flat_map(|text| terms::distinct(text)).collect();
    let scores = wanted.terms().iter().map(|term| {
        4 * usize::from(term.is_in(&question))
            + 2 * usize::from(term.is_in(&phrasings))
            + usize::from(term.is_in(&answer))
    });
    let (found, score) =
        scores.fold((0, 0), |(found, sum), score| (found + usize::from(score > 0), sum + score));
    (found * 2 >= wanted.terms().len()).then_some(score)
}

fn nearest(entry: Entry, asked: &HashSet<String>) -> Option<Similar> {
    let texts = std::iter::once(&entry.content.question).chain(&entry.content.phrasings);
    let scored = texts.map(|text| (overlap(asked, &terms::distinct(text)), text));
    let (score, phrasing) = scored.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    (score >= NEAR).then(|| Similar {
        id: entry.id,
        status: entry.status,
        phrasing: phrasing.clone(),
        score,
        question: entry.content.question.clone(),
    })
}

/// Twice the common terms by all terms (Dice).
fn overlap(a: &HashSet<String>, b: &HashSet<String>) -> f32 {
    let all = a.len() + b.len();
    if all == 0 { 0.0 } else { 2.0 * a.intersection(b).count() as f32 / all as f32 }
}
