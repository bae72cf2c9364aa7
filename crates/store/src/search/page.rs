//! One page of a search, newest first, with the least work that the data allows:
//!
//! 1. Somebody who sees very few conversations: read those.
//! 2. A query with open ends (`a…`): read the newest messages. Beginnings that occur often fill
//!    the page here, and need not be looked up in the index, which would gather all of them.
//! 3. The index with the rarer terms alone, as long as it proposes little.
//! 4. The index with all terms; for somebody who sees few conversations, only what is in those, as
//!    soon as the first candidates have not filled the page.

use super::{
    candidates::{Candidates, Range},
    indexing,
    wanted::Wanted,
};
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
use std::collections::BTreeMap;

/// How far each way is gone before the next one is tried.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// A scope with more conversations is not very narrow, nor is one with twenty times as many messages.
    pub narrow: usize,
    /// The messages of a scope with more conversations are not listed.
    pub few: usize,
    /// How many of the newest messages are read.
    pub newest: usize,
    /// Candidates that are looked at before all terms, or only those of the scope, are asked for.
    pub budget: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Self { narrow: 200, few: 20_000, newest: 1_000, budget: 2_000 }
    }
}

/// The first read of the newest is smaller: a common word is found there.
const FIRST: usize = 200;
/// Of the messages that are read, one in so many counts for how common a term is.
const SAMPLE: usize = 10;
/// Messages that are fetched with one statement.
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
    /// Of the sampled messages, how many have each term.
    common: BTreeMap<&'a Term, usize>,
    sampled: usize,
}

impl<'a> Search<'a> {
    pub fn new(pool: &'a Pool, scope: &'a Scope, query: &'a Query, limit: usize, effort: Effort) -> Self {
        Self { pool, scope, query, limit, effort, hits: Vec::new(), common: BTreeMap::new(), sampled: 0 }
    }

    /// The newest hits before an id.
    pub async fn run(mut self, mut before: i64) -> Result<Vec<Message>> {
        if let Some(messages) = self.narrow(before).await? {
            self.take(&messages).await?;
            return Ok(self.hits);
        }
        // First this: words that are new after it are in messages that are read one by one.
        let reached = indexing::reached(self.pool).await?;
        let wanted = Wanted::of(self.pool, self.query).await?;
        let all: Vec<&Wanted> = wanted.iter().collect();
        let is_open = all.iter().any(|wanted| wanted.is_open());
        let newest = if is_open { self.effort.newest } else { 0 };
        if self.read_newest(&mut before, reached, newest).await? {
            return Ok(self.hits);
        }
        let (rarer, budget) = (self.rarer(&all), Some(self.effort.budget));
        if rarer.len() < all.len() && self.ask(&mut before, &rarer, budget, false).await? {
            return Ok(self.hits);
        }
        if !is_open && !self.scope.all && self.ask(&mut before, &all, budget, false).await? {
            return Ok(self.hits);
        }
        let is_seen = self.sees_few().await?;
        self.ask(&mut before, &all, None, is_seen).await?;
        Ok(self.hits)
    }

    fn is_full(&self) -> bool {
        self.hits.len() >= self.limit
    }

    fn matches(&self, message: &Message) -> bool {
        message.content.searchable().is_some_and(|text| self.query.matches(text))
    }

    /// All messages of the scope before an id, newest first, when they are very few.
    async fn narrow(&self, before: i64) -> Result<Option<Vec<i64>>> {
        let narrow = self.effort.narrow;
        if self.scope.all {
            return Ok(None);
        }
        let seen: Vec<i64> = on!(self.pool, |db| {
            let mut query = QueryBuilder::new("");
            scope::push_seen(&mut query, self.scope, narrow as i64 + 1);
            query.build_query_scalar().fetch_all(db).await
        })?;
        if seen.len() > narrow {
            return Ok(None);
        }
        let most = narrow * 20;
        let ids: Vec<i64> = on!(self.pool, |db| {
            let mut query = QueryBuilder::new("select id from messages where conversation_id in (");
            push_list(&mut query, &seen);
            query.push(") and id < ").push_bind(before);
            query.push(" order by id desc limit ").push_bind(most as i64 + 1);
            query.build_query_scalar().fetch_all(db).await
        })?;
        Ok((ids.len() <= most).then_some(ids))
    }

    /// The messages of the scope may be listed.
    async fn sees_few(&self) -> Result<bool> {
        let few = self.effort.few as i64;
        if self.scope.all {
            return Ok(false);
        }
        let seen: i64 = on!(self.pool, |db| {
            let mut query = QueryBuilder::new("select count(*) from (");
            scope::push_seen(&mut query, self.scope, few + 1);
            query.push(") as seen").build_query_scalar().fetch_one(db).await
        })?;
        Ok(seen <= few)
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
            *before = page.last().map_or(*before, |Row(message)| message.id.0);
            let found = page.iter().filter(|Row(message)| self.matches(message));
            let found: Vec<i64> = found.map(|Row(message)| message.id.0).collect();
            self.take(&found).await?;
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
    fn rarer<'w>(&self, all: &[&'w Wanted<'w>]) -> Vec<&'w Wanted<'w>> {
        let often = |term: &Term| self.common.get(term).copied().unwrap_or(0) * 20 > self.sampled;
        let is_rare = |wanted: &&Wanted| !wanted.is_open() || !often(wanted.term);
        let rarer: Vec<&Wanted> = all.iter().copied().filter(is_rare).collect();
        if rarer.is_empty() { all.to_vec() } else { rarer }
    }

    /// Goes through what the index proposes for these terms, but not further than the budget.
    /// True when the page is full or nothing is left.
    async fn ask(
        &mut self,
        before: &mut i64,
        terms: &[&Wanted<'_>],
        budget: Option<usize>,
        is_seen: bool,
    ) -> Result<bool> {
        if budget == Some(0) {
            return Ok(false);
        }
        let is_sparse = terms.len() == self.query.terms().len();
        let range = Range { scope: self.scope, is_seen, before: *before };
        let mut candidates = Candidates::new(self.pool, range, terms, is_sparse).await?;
        let mut seen = 0;
        while let Some(page) = candidates.next().await? {
            self.take(&page).await?;
            if self.is_full() {
                return Ok(true);
            }
            seen += page.len();
            *before = candidates.before();
            if budget.is_some_and(|budget| seen >= budget) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Adds those of these messages, newest first, that match and are in the scope, until the page
    /// is full.
    async fn take(&mut self, ids: &[i64]) -> Result<()> {
        for chunk in ids.chunks(CHUNK) {
            let found = on!(self.pool, |db| {
                let columns = messages::COLUMNS;
                let mut query = QueryBuilder::new(format!("select {columns} from messages where id in ("));
                push_list(&mut query, chunk);
                query.push(") and workspace_id = ").push_bind(self.scope.workspace_id.0);
                if !self.scope.all {
                    query
                        .push(" and exists (select 1 from conversations c where c.id = conversation_id and ");
                    scope::push(&mut query, self.scope, "c.");
                    query.push(")");
                }
                query.push(" order by id desc").build_query_as::<Row<Message>>().fetch_all(db).await
            })?;
            let room = self.limit - self.hits.len();
            let found = found.into_iter().map(|Row(message)| message);
            let found: Vec<Message> = found.filter(|message| self.matches(message)).take(room).collect();
            self.hits.extend(found);
            if self.is_full() {
                break;
            }
        }
        Ok(())
    }
}
