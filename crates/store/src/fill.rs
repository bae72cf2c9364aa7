//! Laying down many conversations at once, for measurements on a large database. They take the
//! writer's own statements, but no rule is applied and nobody is told.

use crate::{
    Ids, Pool, Result, Store,
    contacts::to_json,
    pool::on_tx,
    writer::{Written, lay_down},
};
use model::{Conversation, Message, contact::Trail};
use sqlx::QueryBuilder;
use std::sync::Arc;

/// Rows of one insert of contacts.
const CHUNK: usize = 256;
/// Messages that are indexed in one transaction.
const INDEXED: i64 = 10_000;

impl Store {
    /// Ids of the past: they follow the times that they are given, not the newest row.
    pub fn past_ids(&self) -> Ids {
        Ids::new(0, 0)
    }

    /// Stores whole conversations, each with a contact of its own, and messages.
    pub async fn fill(&self, conversations: Vec<Conversation>, messages: Vec<Message>) -> Result<()> {
        let Some(workspace) = conversations.first().map(|conversation| conversation.workspace_id) else {
            return Ok(());
        };
        let trail = to_json("trail", &Trail::default())?;
        let mut tx = self.pool.begin().await?;
        for chunk in conversations.chunks(CHUNK) {
            on_tx!(&mut tx, |db| {
                let mut query = QueryBuilder::new(
                    "insert into contacts (id, workspace_id, name, email, phone, note, verified, attributes, \
                     trail, locale, created_at, seen_at) ",
                );
                query.push_values(chunk, |mut row, conversation| {
                    row.push_bind(conversation.contact_id.0)
                        .push_bind(conversation.workspace_id.0)
                        .push_bind(&conversation.contact_name)
                        .push("'', '', '', false, '{}'")
                        .push_bind(&trail)
                        .push("'zh-CN'")
                        .push_bind(conversation.created_at)
                        .push_bind(conversation.active_at);
                });
                query.build().execute(db).await.map(|_| ())
            })?;
        }
        tx.commit().await?;
        let mut written = Written::default();
        for conversation in &conversations {
            written.touch(conversation.id, false);
        }
        written.messages = messages.into_iter().map(|message| (workspace, Arc::new(message))).collect();
        let loaded = conversations.into_iter().map(|row| (row.id, Arc::new(row))).collect();
        lay_down(&self.pool, &written, &loaded).await
    }

    /// Brings the search index up to date, and does at once what `PostgreSQL`'s autovacuum does
    /// with time.
    pub async fn settle(&self) -> Result<()> {
        while self.index_messages(INDEXED).await? > 0 {}
        if let Pool::Postgres(pool) = &self.pool {
            sqlx::query("vacuum analyze").execute(pool).await?;
        }
        Ok(())
    }
}
