//! The terms of a query as the index is asked for them.
//!
//! Either index gathers all messages with a beginning (`ref…`) before it gives the first, but walks
//! through those with one of some words. So it is asked for the words of the index that begin so
//! (`refund OR refunds`), unless they are too many, or not listed: `PostgreSQL` lists those that begin with a
//! letter from a to z (migration 0030), because numbers are too many and nobody asks for their beginnings often.

use crate::{
    Pool, Result,
    query::{Query, Term},
};
use sqlx::{PgPool, SqlitePool};

/// More words than that are asked for by their beginning.
const MOST: usize = 128;

pub struct Wanted<'a> {
    pub term: &'a Term,
    /// What the index has of a beginning; none when it is asked for by the beginning itself.
    words: Option<Vec<String>>,
}

impl<'a> Wanted<'a> {
    /// All terms of a query.
    pub async fn of(pool: &Pool, query: &'a Query) -> Result<Vec<Self>> {
        let mut all = Vec::new();
        for term in query.terms() {
            let words = match pool {
                _ if !term.is_prefix() => None,
                Pool::Sqlite { read, .. } => words_of_sqlite(read, term.text()).await?,
                Pool::Postgres(db) => words_of_postgres(db, term.text()).await?,
            };
            all.push(Self { term, words });
        }
        Ok(all)
    }

    /// All messages with such a beginning have to be gathered.
    pub const fn is_open(&self) -> bool {
        self.term.is_prefix() && self.words.is_none()
    }

    /// For the full-text table of `SQLite`.
    pub fn for_sqlite(all: &[&Self]) -> String {
        expression(all, '"', " OR ", " AND ", " *")
    }

    /// As text of a `tsquery`.
    pub fn for_postgres(all: &[&Self]) -> String {
        expression(all, '\'', " | ", " & ", ":*")
    }
}

/// Terms are letters, digits and pictures only: there is nothing to escape.
fn expression(all: &[&Wanted<'_>], quote: char, or: &str, and: &str, open: &str) -> String {
    let quoted = |word: &str| format!("{quote}{word}{quote}");
    let one = |wanted: &&Wanted<'_>| match &wanted.words {
        Some(words) if !words.is_empty() => {
            format!("({})", words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(or))
        }
        _ => quoted(wanted.term.text()) + if wanted.term.is_prefix() { open } else { "" },
    };
    all.iter().map(one).collect::<Vec<_>>().join(and)
}

/// The words of the index that begin so; none when they are too many. Each is found from the one
/// before: a scan would count the messages of every word.
async fn words_of_sqlite(db: &SqlitePool, beginning: &str) -> Result<Option<Vec<String>>> {
    let words: Vec<String> = sqlx::query_scalar(
        "with recursive words (word) as (
            select (select term from messages_words where term >= $1 order by term limit 1)
            union all
            -- Between a word and what goes on from it.
            select (select term from messages_words where term >= word || '!' order by term limit 1)
            from words where word < $2 limit $3)
         select word from words where word < $2",
    )
    .bind(beginning)
    .bind(format!("{beginning}{}", char::MAX))
    .bind(MOST as i64 + 2)
    .fetch_all(db)
    .await?;
    Ok((words.len() <= MOST).then_some(words))
}

/// The same of the list that the database keeps.
async fn words_of_postgres(db: &PgPool, beginning: &str) -> Result<Option<Vec<String>>> {
    if !beginning.starts_with(|first: char| first.is_ascii_lowercase()) {
        return Ok(None);
    }
    let words: Vec<String> = sqlx::query_scalar(
        "select word from search_words where word >= $1 and word < $2 order by word limit $3",
    )
    .bind(beginning)
    .bind(format!("{beginning}{}", char::MAX))
    .bind(MOST as i64 + 1)
    .fetch_all(db)
    .await?;
    Ok((words.len() <= MOST).then_some(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted<'a>(query: &'a Query, words: Option<&[&str]>) -> Vec<Wanted<'a>> {
        let words = |term: &Term| Some(words?.iter().map(|word| format!("{}{word}", term.text())).collect());
        let one = |term| Wanted { term, words: if term.is_prefix() { words(term) } else { None } };
        query.terms().iter().map(one).collect()
    }

    #[test]
    fn index_expressions_name_every_term_once() {
        let query = Query::parse("退款 退款单 vip a1");
        let all = wanted(&query, None);
        let all: Vec<&Wanted> = all.iter().collect();
        assert_eq!(Wanted::for_sqlite(&all), r#""a1" * AND "vip" * AND "款单" AND "退款""#);
        assert_eq!(Wanted::for_postgres(&all), "'a1':* & 'vip':* & '款单' & '退款'");
        let query = Query::parse("退");
        assert_eq!(Wanted::for_sqlite(&[&wanted(&query, None)[0]]), r#""退" *"#);
    }

    #[test]
    fn beginning_is_asked_for_by_its_words_where_they_are_known() {
        let query = Query::parse("vip 退款");
        let all = wanted(&query, Some(&["", "s"]));
        let all: Vec<&Wanted> = all.iter().collect();
        assert_eq!(Wanted::for_sqlite(&all), r#"("vip" OR "vips") AND "退款""#);
        assert_eq!(Wanted::for_postgres(&all), "('vip' | 'vips') & '退款'");
        assert!(!all[0].is_open());
        // Nothing begins so: the index says so at once.
        let all = wanted(&query, Some(&[]));
        assert_eq!(Wanted::for_sqlite(&[&all[0]]), r#""vip" *"#);
        assert_eq!(Wanted::for_postgres(&[&all[0]]), "'vip':*");
    }
}
