//! One page of a search, newest first, with the least work that the data allows:
//!
//! 1. Somebody who sees few conversations: read those.
//! 2. A query with open ends (`ord…`): read the newest messages. Beginnings that occur often fill
//!    the page here, and need not be looked up in the index, which would gather all of them.
//! 3. The index with the rarer terms alone, as long as it proposes little.
//! 4. The index with all terms.

use super::{candidates::Candidates, indexing};
use crate::{
    Pool, Result, messages,
    pool::on,
    query::{Query, Term},
    row::Row,
    scope, terms,
    writer::push_list,
};
use model::{Message, Scope};
use sqlx::QueryBuilder;
use std::collections::{BTreeMap, HashMap};

/// How far each way is gone before the next one is tried.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// A scope with more conversations is not narrow, nor is one with twenty times as many messages.
    pub narrow: usize,
    /// How many of the newest messages are read.
    pub newest: usize,
    /// Candidates of the rarer terms that are looked at before all terms are asked for.
    pub budget: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Self { narrow: 1_000, newest: 1_000, budget: 500 }
    }
}

/// The first read of the newest is smaller: a common word is found there.
const FIRST: usize = 200;
/// Of the messages that are read, one in so many counts for how common a term is.
const SAMPLE: usize = 10;
/// Messages that are fetched or checked with one statement.
const CHUNK: usize = 128;
/// Messages that the index has not reached are read in such steps.
const STEP: usize = 1_000;

pub struct Search<'a> {
    pool: &'a Pool,
    scope: &'a Scope,
    query: &'a Query,
    limit: usize,
    effort: Effort,
    hits: Vec<Message>,
    /// Whether a conversation is in the scope.
    visible: HashMap<i64, bool>,
    /// Of the sampled messages, how many have each term.
    common: BTreeMap<&'a Term, usize>,
    sampled: usize,
}

impl<'a> Search<'a> {
    pub fn new(pool: &'a Pool, scope: &'a Scope, query: &'a Query, limit: usize, effort: Effort) -> Self {
        let (hits, visible, common) = (Vec::new(), HashMap::new(), BTreeMap::new());
        Self { pool, scope, query, limit, effort, hits, visible, common, sampled: 0 }
    }

    /// The newest hits before an id.
    pub async fn run(mut self, before: i64) -> Result<Vec<Message>> {
        if let Some(conversations) = self.narrow().await? {
            return self.read_conversations(&conversations, before).await;
        }
        let reached = indexing::reached(self.pool).await?;
        let is_open = self.query.terms().iter().any(Term::is_prefix);
        let mut before = before;
        let newest = if is_open { self.effort.newest } else { 0 };
        if self.read_newest(&mut before, reached, newest).await? {
            return Ok(self.hits);
        }
        let all: Vec<&Term> = self.query.terms().iter().collect();
        let rarer = self.rarer(&all);
        if rarer.len() < all.len() && self.ask(&mut before, &rarer, Some(self.effort.budget)).await? {
            return Ok(self.hits);
        }
        self.ask(&mut before, &all, None).await?;
        Ok(self.hits)
    }

    fn is_full(&self) -> bool {
        self.hits.len() >= self.limit
    }

    fn matches(&self, message: &Message) -> bool {
        message.content.searchable().is_some_and(|text| self.query.matches(text))
    }

    /// All conversations of the scope, when they are few.
    async fn narrow(&self) -> Result<Option<Vec<i64>>> {
        let rows: Vec<(i64, i64)> = on!(self.pool, |db| {
            let mut query = QueryBuilder::new("");
            // Each half of each part has an index.
            for (number, half) in ["status <> 'resolved'", "status = 'resolved'"].into_iter().enumerate() {
                query.push(if number == 0 { "" } else { " union " });
                scope::push_union(&mut query, &scope::parts(self.scope), |query, part| {
                    query.push(format!("select id, last_seq from conversations where {half} and "));
                    scope::push_part(query, self.scope, part);
                    query.push(" limit ").push_bind(self.effort.narrow as i64 + 1);
                });
            }
            query.build_query_as().fetch_all(db).await
        })?;
        let messages: i64 = rows.iter().map(|(_, last)| last).sum();
        let narrow = self.effort.narrow;
        let is_narrow = rows.len() <= narrow && messages <= narrow as i64 * 20;
        Ok(is_narrow.then(|| rows.into_iter().map(|(id, _)| id).collect()))
    }

    async fn read_conversations(mut self, conversations: &[i64], before: i64) -> Result<Vec<Message>> {
        for chunk in conversations.chunks(CHUNK) {
            let found = on!(self.pool, |db| {
                let columns = messages::COLUMNS;
                let mut query =
                    QueryBuilder::new(format!("select {columns} from messages where conversation_id in ("));
                push_list(&mut query, chunk);
                query.push(") and id < ").push_bind(before);
                query.build_query_as::<Row<Message>>().fetch_all(db).await
            })?;
            let found = found.into_iter().map(|Row(message)| message);
            let found: Vec<Message> = found.filter(|message| self.matches(message)).collect();
            self.hits.extend(found);
        }
        self.hits.sort_unstable_by_key(|message| std::cmp::Reverse(message.id));
        self.hits.truncate(self.limit);
        Ok(self.hits)
    }

    /// Reads on from `before`: at least so many messages, and all that the index has not reached.
    /// True when the page is full or nothing is left.
    async fn read_newest(&mut self, before: &mut i64, reached: i64, wanted: usize) -> Result<bool> {
        let mut read = 0;
        while read < wanted || *before - 1 > reached {
            let step = if read == 0 { FIRST } else { STEP };
            let floor = if read < wanted { 0 } else { reached };
            let page = on!(self.pool, |db| {
                let columns = messages::COLUMNS;
                let mut query =
                    QueryBuilder::new(format!("select {columns} from messages where workspace_id = "));
                query.push_bind(self.scope.workspace_id.0).push(" and id < ").push_bind(*before);
                query
                    .push(" and id > ")
                    .push_bind(floor)
                    .push(" order by id desc limit ")
                    .push_bind(step as i64);
                query.build_query_as::<Row<Message>>().fetch_all(db).await
            })?;
            read += page.len();
            let is_last = page.len() < step;
            for Row(message) in page.iter().step_by(SAMPLE) {
                self.sample(message);
            }
            let found = page.into_iter().map(|Row(message)| {
                *before = message.id.0;
                message
            });
            let found: Vec<Message> = found.filter(|message| self.matches(message)).collect();
            self.take_visible(found).await?;
            if self.is_full() || is_last {
                *before = if is_last { (*before).min(floor + 1) } else { *before };
                return Ok(self.is_full() || floor == 0);
            }
        }
        Ok(false)
    }

    fn sample(&mut self, message: &Message) {
        let Some(text) = message.content.searchable() else { return };
        self.sampled += 1;
        let terms = terms::distinct(text);
        for term in self.query.terms().iter().filter(|term| term.is_in(&terms)) {
            *self.common.entry(term).or_default() += 1;
        }
    }

    /// Without the beginnings that are common: more than one message in twenty has them.
    fn rarer(&self, all: &[&'a Term]) -> Vec<&'a Term> {
        let often = |term: &&Term| self.common.get(*term).copied().unwrap_or(0) * 20 > self.sampled;
        let rarer: Vec<&Term> =
            all.iter().copied().filter(|term| !term.is_prefix() || !often(term)).collect();
        if rarer.is_empty() { all.to_vec() } else { rarer }
    }

    /// Goes through what the index proposes for these terms, but not further than the budget.
    /// True when the page is full or nothing is left.
    async fn ask(&mut self, before: &mut i64, terms: &[&Term], budget: Option<usize>) -> Result<bool> {
        let (workspace, is_whole) = (self.scope.workspace_id, budget.is_none());
        let mut candidates = Candidates::new(self.pool, workspace, terms, *before, is_whole).await?;
        let mut seen = 0;
        while let Some(page) = candidates.next().await? {
            for chunk in page.chunks(CHUNK) {
                let ids = self.visible_among(chunk).await?;
                let found = self.fetch(&ids).await?;
                self.hits.extend(found);
                if self.is_full() {
                    self.hits.truncate(self.limit);
                    return Ok(true);
                }
            }
            seen += page.len();
            *before = candidates.before();
            if budget.is_some_and(|budget| seen >= budget) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Messages by id, newest first, that match.
    async fn fetch(&self, ids: &[i64]) -> Result<Vec<Message>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let found = on!(self.pool, |db| {
            let columns = messages::COLUMNS;
            let mut query = QueryBuilder::new(format!("select {columns} from messages where id in ("));
            push_list(&mut query, ids);
            query.push(") order by id desc").build_query_as::<Row<Message>>().fetch_all(db).await
        })?;
        Ok(found.into_iter().map(|Row(message)| message).filter(|message| self.matches(message)).collect())
    }

    async fn take_visible(&mut self, found: Vec<Message>) -> Result<()> {
        for chunk in found.chunks(CHUNK) {
            let pairs: Vec<(i64, i64)> =
                chunk.iter().map(|message| (message.id.0, message.conversation_id.0)).collect();
            self.visible_among(&pairs).await?;
            let visible = chunk.iter().filter(|message| self.visible[&message.conversation_id.0]);
            let room = self.limit - self.hits.len();
            self.hits.extend(visible.take(room).cloned());
            if self.is_full() {
                break;
            }
        }
        Ok(())
    }

    /// Of these messages (with their conversations) the ids of those in the scope.
    async fn visible_among(&mut self, found: &[(i64, i64)]) -> Result<Vec<i64>> {
        let mut unknown: Vec<i64> = found.iter().map(|(_, conversation)| *conversation).collect();
        unknown.retain(|conversation| !self.visible.contains_key(conversation));
        unknown.sort_unstable();
        unknown.dedup();
        if !unknown.is_empty() {
            let seen: Vec<i64> = on!(self.pool, |db| {
                let mut query = QueryBuilder::new("select id from conversations where id in (");
                push_list(&mut query, &unknown);
                query.push(") and ");
                scope::push(&mut query, self.scope, "");
                query.build_query_scalar().fetch_all(db).await
            })?;
            self.visible.extend(unknown.into_iter().map(|id| (id, false)));
            self.visible.extend(seen.into_iter().map(|id| (id, true)));
        }
        Ok(found.iter().filter(|(_, conversation)| self.visible[conversation]).map(|(id, _)| *id).collect())
    }
}
