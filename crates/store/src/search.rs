//! Full-text search over messages. The index only proposes; [`Query::matches`] decides, so
//! both databases give the same results. It is filled behind the writer (`search/indexing.rs`), and
//! messages that are not in it yet are looked at one by one: a search misses nothing that is
//! committed. How a page is found among millions is in `search/page.rs` and `search/candidates.rs`.

mod candidates;
mod indexing;
mod page;
mod wanted;

pub use crate::query::Query;
use crate::{Result, Store, conversations, pool::on, row::Row, writer::push_list};
pub(crate) use indexing::{AT_THE_END, index_behind, index_pending};
use model::{Conversation, ConversationId, Message, MessageId, Scope};
pub use page::Effort;
use page::Search;
use sqlx::QueryBuilder;
use std::collections::{BTreeSet, HashMap};

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
}
