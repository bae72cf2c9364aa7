//! What messages show of the visitor's mood. The mood of a conversation is a part of its row.

use crate::{
    Error, Result, Store,
    pool::{on, on_write},
    row::{Row, json, read},
};
use model::{ConversationId, MessageMood, Seq, WorkspaceId};

read!(MessageMood, |row| json("mood", row.try_get("mood")?)?);

impl Store {
    /// Keeps what a message shows; a second time changes nothing.
    pub async fn save_mood(
        &self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        mood: &MessageMood,
    ) -> Result<()> {
        let text = serde_json::to_string(mood).map_err(|_| Error::Corrupt("mood"))?;
        on_write!(&self.pool, |db| sqlx::query(
            "insert into message_moods (workspace_id, conversation_id, seq, mood) values ($1, $2, $3, $4)
             on conflict (conversation_id, seq) do nothing"
        )
        .bind(workspace.0)
        .bind(conversation.0)
        .bind(mood.seq)
        .bind(text)
        .execute(db)
        .await
        .map(|_| ()))?;
        Ok(())
    }

    /// The messages from a position on that show a mood, oldest first.
    pub async fn list_moods(
        &self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        from: Seq,
    ) -> Result<Vec<MessageMood>> {
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<MessageMood>>(
            "select mood from message_moods
             where workspace_id = $1 and conversation_id = $2 and seq >= $3 order by seq"
        )
        .bind(workspace.0)
        .bind(conversation.0)
        .bind(from)
        .fetch_all(db)
        .await)?;
        Ok(rows.into_iter().map(|Row(mood)| mood).collect())
    }
}
