//! Full-text search over messages. The index only proposes; [`Query::matches`] decides, so
//! both databases give the same results. `PostgreSQL` keeps the terms in the message's row;
//! `SQLite` in a table of its own that is filled behind the writer, and messages that are
//! not in it yet are looked at one by one: a search misses nothing that is committed.
//! How a page is found among millions is in `search/page.rs` and `search/candidates.rs`.

mod candidates;
mod page;

pub use crate::query::Query;
use crate::{
    Result, Store, Tx, conversations, meta,
    pool::on,
    row::{Row, json, read},
    terms,
    writer::push_list,
};
use model::{Content, Conversation, ConversationId, Message, MessageId, Scope};
pub use page::Effort;
use page::Search;
use sqlx::QueryBuilder;
use std::collections::{BTreeSet, HashMap};

/// The key of [`crate::meta`] that says up to which message id the index reaches.
const CURSOR: &str = "search_cursor";
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

/// The terms of a message with spaces between, as `PostgreSQL` stores them with it.
pub(crate) fn content_terms(content: &Content) -> String {
    let mut terms = searchable(content).map(terms::joined).unwrap_or_default();
    terms.truncate(terms.trim_end().len());
    terms
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
        self.search_with(Effort::default(), scope, query, before, limit).await
    }

    /// The same, with other bounds for each way to find them.
    pub async fn search_with(
        &self,
        effort: Effort,
        scope: &Scope,
        query: &Query,
        before: Option<MessageId>,
        limit: i64,
    ) -> Result<Vec<(Conversation, Message)>> {
        let limit = usize::try_from(limit).unwrap_or(0);
        if query.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let before = before.map_or(i64::MAX, |id| id.0);
        let hits = Search::new(&self.pool, scope, query, limit, effort).run(before).await?;
        self.with_conversations(hits).await
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
    let Tx::Sqlite(db, _) = tx else { return Ok(0) };
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
