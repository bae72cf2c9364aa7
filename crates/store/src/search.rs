//! Full-text search over messages. The index only proposes; [`Query::matches`] decides, so
//! both databases give the same results. `PostgreSQL` keeps the terms in the message's row;
//! `SQLite` in a table of its own that is filled behind the writer, and messages that are
//! not in it yet are looked at one by one: a search misses nothing that is committed.

pub use crate::query::Query;
use crate::{
    Pool, Result, Store, Tx, conversations, messages, meta,
    pool::on,
    row::{Row, json, read},
    scope, terms,
    writer::push_list,
};
use model::{Content, Conversation, ConversationId, Message, MessageId, Scope};
use sqlx::QueryBuilder;
use std::collections::{BTreeSet, HashMap};

/// The key of [`crate::meta`] that says up to which message id the index reaches.
const CURSOR: &str = "search_cursor";
/// The most candidates that are looked at in one step.
const STEP: usize = 2_000;
/// Rows of one insert into the index.
const CHUNK: usize = 64;

/// What can be found of a message.
fn searchable(content: &Content) -> Option<&str> {
    match content {
        Content::Text { text } => Some(text),
        Content::File(file) => Some(&file.name),
        Content::Choices(choices) => Some(&choices.prompt),
        Content::Notice(_) => None,
    }
}

/// The terms of a message, as `PostgreSQL` stores them with it.
pub(crate) fn content_terms(content: &Content) -> Vec<String> {
    searchable(content).map(terms::list).unwrap_or_default()
}

/// Where candidates come from.
#[derive(Clone, Copy)]
enum Source {
    /// All messages after an id, because the index ends there.
    After(i64),
    /// The index, up to an id.
    Index(i64),
}

impl Store {
    /// Messages in the agent's scope that match, newest first, each with its conversation.
    pub async fn search_messages(
        &self,
        scope: &Scope,
        query: &Query,
        before: Option<MessageId>,
        limit: i64,
    ) -> Result<Vec<(Conversation, Message)>> {
        let limit = usize::try_from(limit).unwrap_or(0);
        if query.is_empty() {
            return Ok(Vec::new());
        }
        let sources = match self.pool {
            Pool::Postgres(_) => vec![Source::Index(i64::MAX)],
            Pool::Sqlite { .. } => {
                let reached = self.find_meta(CURSOR).await?.and_then(|text| text.parse().ok());
                let reached = reached.unwrap_or(0);
                vec![Source::After(reached), Source::Index(reached)]
            }
        };
        let mut hits = Vec::with_capacity(limit);
        for source in sources {
            let mut before = before.map_or(i64::MAX, |id| id.0);
            let mut step = limit + limit / 2;
            while hits.len() < limit {
                let page = self.candidates(scope, query, source, before, step).await?;
                let is_last = page.len() < step;
                before = page.last().map_or(0, |message| message.id.0);
                hits.extend(
                    page.into_iter().filter(|message| {
                        searchable(&message.content).is_some_and(|text| query.matches(text))
                    }),
                );
                if is_last {
                    break;
                }
                step = (step * 2).min(STEP);
            }
        }
        hits.truncate(limit);
        self.with_conversations(hits).await
    }

    async fn candidates(
        &self,
        scope: &Scope,
        wanted: &Query,
        source: Source,
        before: i64,
        limit: usize,
    ) -> Result<Vec<Message>> {
        let columns = messages::COLUMNS.split(", ").map(|name| format!("m.{name}"));
        let mut sql = format!("select {} from ", columns.collect::<Vec<_>>().join(", "));
        let (from, index) = match (source, &self.pool) {
            (Source::Index(_), Pool::Sqlite { .. }) => (
                "messages_terms t cross join messages m on m.id = t.rowid",
                Some(("messages_terms match ", "", "t.rowid", wanted.for_sqlite())),
            ),
            (Source::Index(_), Pool::Postgres(_)) => {
                ("messages m", Some(("m.terms @@ ", "::tsquery", "m.id", wanted.for_postgres())))
            }
            (Source::After(_), _) => ("messages m", None),
        };
        sql.push_str(from);
        sql.push_str(" cross join conversations c where c.id = m.conversation_id and ");
        let id = index.as_ref().map_or("m.id", |index| index.2);
        let rows = on!(&self.pool, |db| {
            let mut query = QueryBuilder::new(sql);
            scope::push(&mut query, scope, "c.");
            if let Some((operator, cast, _, expression)) = index {
                query.push(" and ").push(operator).push_bind(expression).push(cast);
            }
            let (sign, bound) = match source {
                Source::After(reached) => (">", reached),
                Source::Index(reached) => ("<=", reached),
            };
            query.push(format!(" and {id} {sign} ")).push_bind(bound);
            query.push(format!(" and {id} < ")).push_bind(before);
            query.push(format!(" order by {id} desc limit ")).push_bind(limit as i64);
            query.build_query_as::<Row<Message>>().fetch_all(db).await
        })?;
        Ok(rows.into_iter().map(|Row(message)| message).collect())
    }

    async fn with_conversations(&self, hits: Vec<Message>) -> Result<Vec<(Conversation, Message)>> {
        let ids: BTreeSet<i64> = hits.iter().map(|message| message.conversation_id.0).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<i64> = ids.into_iter().collect();
        let rows = on!(&self.pool, |db| {
            let columns = conversations::COLUMNS;
            let mut query = QueryBuilder::new(format!("select {columns} from conversations where id in ("));
            push_list(&mut query, &ids);
            query.push(")").build_query_as::<Row<Conversation>>().fetch_all(db).await
        })?;
        let found: HashMap<ConversationId, Conversation> =
            rows.into_iter().map(|Row(conversation)| (conversation.id, conversation)).collect();
        let pair = |message: Message| {
            found.get(&message.conversation_id).cloned().map(|conversation| (conversation, message))
        };
        Ok(hits.into_iter().filter_map(pair).collect())
    }

    /// Brings the index up to date; the writer does it in its lulls. Returns how many
    /// messages it looked at.
    pub async fn index_messages(&self, limit: i64) -> Result<usize> {
        let mut tx = self.pool.begin().await?;
        let count = index_pending(&mut tx, limit).await?;
        tx.commit().await?;
        Ok(count)
    }
}

/// A message that is not in the index yet.
struct Pending {
    id: i64,
    content: Content,
}

read!(Pending, |row| Pending { id: row.try_get("id")?, content: json("content", row.try_get("content")?)? });

/// Adds the next messages to `SQLite`'s index; returns how many it looked at. Ids grow in
/// the order of commits there, because one task writes them all.
pub(crate) async fn index_pending(tx: &mut Tx, limit: i64) -> Result<usize> {
    if matches!(tx, Tx::Postgres(_)) {
        return Ok(0);
    }
    let reached = meta::find(tx, CURSOR).await?.and_then(|text| text.parse().ok()).unwrap_or(0_i64);
    let Tx::Sqlite(db) = tx else { return Ok(0) };
    let pending = sqlx::query_as::<_, Row<Pending>>(
        "select id, content from messages where id > $1 order by id limit $2",
    )
    .bind(reached)
    .bind(limit)
    .fetch_all(&mut **db)
    .await?;
    let Some(Row(newest)) = pending.last() else { return Ok(0) };
    let newest = newest.id;
    let rows: Vec<(i64, String)> = pending
        .iter()
        .filter_map(|Row(message)| Some((message.id, terms::joined(searchable(&message.content)?))))
        .collect();
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
