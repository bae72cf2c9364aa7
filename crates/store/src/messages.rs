//! Messages: reading. Only the [`crate::Writer`] inserts them.

use crate::{
    Result, Store,
    pool::on,
    row::{Row, json, parsed, read},
};
use model::{ConversationId, Message, MessageId, Sender, Seq, WorkspaceId};
use std::sync::Arc;

pub(crate) const COLUMNS: &str =
    "id, conversation_id, seq, sender_kind, sender_id, client_id, content, created_at";

read!(Message, |row| Message {
    id: MessageId(row.try_get("id")?),
    conversation_id: ConversationId(row.try_get("conversation_id")?),
    seq: row.try_get("seq")?,
    sender: parsed(
        "sender_kind",
        Sender::from_columns(row.try_get("sender_kind")?, row.try_get("sender_id")?)
    )?,
    client_id: row.try_get::<Option<String>, _>("client_id")?.map(Arc::from),
    content: json("content", row.try_get("content")?)?,
    created_at: row.try_get("created_at")?,
});

impl Store {
    /// Messages after a position, oldest first.
    pub async fn list_messages_after(
        &self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        after: Seq,
        limit: i64,
    ) -> Result<Vec<Message>> {
        let sql = format!(
            "select {COLUMNS} from messages
             where workspace_id = $1 and conversation_id = $2 and seq > $3 order by seq limit $4"
        );
        self.list(sql, workspace, conversation, after, limit).await
    }

    /// The newest messages before a position, oldest first.
    pub async fn list_messages_before(
        &self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        before: Seq,
        limit: i64,
    ) -> Result<Vec<Message>> {
        let sql = format!(
            "select {COLUMNS} from messages
             where workspace_id = $1 and conversation_id = $2 and seq < $3 order by seq desc limit $4"
        );
        let mut messages = self.list(sql, workspace, conversation, before, limit).await?;
        messages.reverse();
        Ok(messages)
    }

    async fn list(
        &self,
        sql: String,
        workspace: WorkspaceId,
        conversation: ConversationId,
        position: Seq,
        limit: i64,
    ) -> Result<Vec<Message>> {
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<Message>>(sqlx::AssertSqlSafe(sql))
            .bind(workspace.0)
            .bind(conversation.0)
            .bind(position)
            .bind(limit)
            .fetch_all(db)
            .await)?;
        Ok(rows.into_iter().map(|Row(message)| message).collect())
    }
}

/// A sender's own name for a message: `(sender_kind, sender_id, client_id)`.
pub(crate) type ClientKey = (&'static str, i64, Arc<str>);
