//! What agents answered to questions that the bot gave away.

use crate::{
    Result, Store,
    pool::{on, on_write},
};
use model::{AgentId, ConversationId, Seq, WorkspaceId};

/// A question whose conversation has ended and whose answer was not looked for yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaiting {
    pub row: i64,
    pub conversation: ConversationId,
    pub seq: Seq,
    /// Empty while it is not known what the visitor wanted.
    pub text: String,
}

impl Store {
    /// Questions that went to people whose conversation is over, oldest first.
    pub async fn questions_awaiting_answer(
        &self,
        workspace: WorkspaceId,
        limit: i64,
    ) -> Result<Vec<Awaiting>> {
        let rows: Vec<(i64, i64, i64, String)> = on!(&self.pool, |db| sqlx::query_as(
            "select q.id, q.conversation_id, q.seq, q.text from missed_questions q
             join conversations c on c.id = q.conversation_id
             where q.workspace_id = $1 and q.awaits_answer and c.status = 'resolved' order by q.id limit $2"
        )
        .bind(workspace.0)
        .bind(limit)
        .fetch_all(db)
        .await)?;
        let awaiting = |(row, conversation, seq, text)| Awaiting {
            row,
            conversation: ConversationId(conversation),
            seq,
            text,
        };
        Ok(rows.into_iter().map(awaiting).collect())
    }

    /// What was found, or that nothing was; it is not looked for again. A question that nobody
    /// knows goes away.
    pub async fn keep_answer(
        &self,
        workspace: WorkspaceId,
        row: i64,
        text: &str,
        answer: Option<(&str, AgentId)>,
    ) -> Result<()> {
        on_write!(&self.pool, |db| sqlx::query(
            "update missed_questions set awaits_answer = $3, answer = $4, answer_by = $5, text = $6
             where workspace_id = $1 and id = $2 and not exists (select 1 from missed_questions other
                 where other.conversation_id = missed_questions.conversation_id
                   and other.seq = missed_questions.seq and other.text = $6 and other.id <> $2)"
        )
        .bind(workspace.0)
        .bind(row)
        .bind(false)
        .bind(answer.map(|(text, _)| text))
        .bind(answer.map(|(_, by)| by.0))
        .bind(text)
        .execute(db)
        .await
        .map(|_| ()))?;
        on_write!(&self.pool, |db| {
            sqlx::query(
            "delete from missed_questions where workspace_id = $1 and id = $2 and (awaits_answer or text = '')"
        )
        .bind(workspace.0)
        .bind(row)
        .execute(db)
        .await
        .map(|_| ())
        })?;
        Ok(())
    }
}
