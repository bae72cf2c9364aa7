//! What messages show of the visitor's mood. The mood of a conversation is a part of its row.

use crate::{
    Error, Result, Store,
    pool::{on, on_write},
    row::{Row, json, read},
};
use model::{ConversationId, MessageMood, Seq, WorkspaceId};
use sqlx::QueryBuilder;

read!(MessageMood, |row| json("mood", row.try_get("mood")?)?);

impl Store {
    /// Keeps what messages show, all in one transaction; a second time changes nothing.
    pub async fn save_moods(
        &self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        moods: &[MessageMood],
    ) -> Result<()> {
        if moods.is_empty() {
            return Ok(());
        }
        let text = |mood| serde_json::to_string(mood).map_err(|_| Error::Corrupt("mood"));
        let rows: Vec<_> = moods.iter().map(|mood| Ok((mood.seq, text(mood)?))).collect::<Result<_>>()?;
        on_write!(&self.pool, |db| {
            let mut query =
                QueryBuilder::new("insert into message_moods (workspace_id, conversation_id, seq, mood) ");
            query.push_values(&rows, |mut row, (seq, text)| {
                row.push_bind(workspace.0).push_bind(conversation.0).push_bind(*seq).push_bind(text);
            });
            query.push(" on conflict (conversation_id, seq) do nothing");
            query.build().execute(db).await.map(|_| ())
        })?;
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
