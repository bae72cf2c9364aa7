//! What the bot said and why. Rows are written by the [`crate::Writer`] in the transaction of
//! the message; here they are read, and judged by people.

use crate::{
    Error, Result, Store,
    pool::{on, on_write},
    row::{Row, json, read},
};
use model::{
    AgentId, ContactId, ConversationId, EntryId, Evidence, MessageId, Millis, Seq, StoredTurn, WorkspaceId,
};

read!(StoredTurn, |row| StoredTurn {
    message_id: MessageId(row.try_get("message_id")?),
    seq: row.try_get("seq")?,
    evidence: json("evidence", row.try_get("evidence")?)?,
    verdict: row.try_get("verdict")?,
    helpful: row.try_get("helpful")?,
    created_at: row.try_get("created_at")?,
});

/// A row to be written with its message.
pub(crate) struct NewTurn {
    pub workspace: WorkspaceId,
    pub conversation: ConversationId,
    pub message: MessageId,
    pub seq: Seq,
    pub evidence: Evidence,
    /// The entries that the message offers to choose from.
    pub offered: Vec<EntryId>,
    pub at: Millis,
}

impl NewTurn {
    /// As JSON.
    pub fn evidence(&self) -> Result<String> {
        serde_json::to_string(&self.evidence).map_err(|_| Error::Corrupt("evidence"))
    }
}

/// The statement that inserts a [`NewTurn`], for both databases.
pub(crate) const INSERT: &str =
    "insert into bot_turns (message_id, workspace_id, conversation_id, seq, outcome, entry_id, evidence,
    created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)";

/// The statement for each entry that a [`NewTurn`] offers.
pub(crate) const INSERT_OFFERED: &str =
    "insert into offered_entries (message_id, entry_id, workspace_id, conversation_id, seq, created_at)
    values ($1, $2, $3, $4, $5, $6) on conflict do nothing";

impl Store {
    /// The newest turns of a conversation, oldest first.
    pub async fn list_bot_turns(
        &self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        limit: i64,
    ) -> Result<Vec<StoredTurn>> {
        let rows = on!(&self.pool, |db| sqlx::query_as::<_, Row<StoredTurn>>(
            "select message_id, seq, evidence, verdict, helpful, created_at from bot_turns
             where workspace_id = $1 and conversation_id = $2 order by seq desc limit $3"
        )
        .bind(workspace.0)
        .bind(conversation.0)
        .bind(limit)
        .fetch_all(db)
        .await)?;
        Ok(rows.into_iter().rev().map(|Row(turn)| turn).collect())
    }

    /// Why the message at `seq` was said; none when the bot did not say it.
    pub async fn find_bot_turn(
        &self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        seq: Seq,
    ) -> Result<Option<StoredTurn>> {
        let row = on!(&self.pool, |db| sqlx::query_as::<_, Row<StoredTurn>>(
            "select message_id, seq, evidence, verdict, helpful, created_at from bot_turns
             where workspace_id = $1 and conversation_id = $2 and seq = $3"
        )
        .bind(workspace.0)
        .bind(conversation.0)
        .bind(seq)
        .fetch_optional(db)
        .await)?;
        Ok(row.map(|Row(turn)| turn))
    }

    /// Whether the bot said words that calm to this contact since then, in any conversation.
    pub async fn was_soothed(
        &self,
        workspace: WorkspaceId,
        contact: ContactId,
        since: Millis,
    ) -> Result<bool> {
        let found: i64 = on!(&self.pool, |db| sqlx::query_scalar(
            "select count(*) from bot_turns t join conversations c on c.id = t.conversation_id
             where c.workspace_id = $1 and c.contact_id = $2 and t.created_at >= $3
             and t.evidence like '%\"soothing\":true%'"
        )
        .bind(workspace.0)
        .bind(contact.0)
        .bind(since)
        .fetch_one(db)
        .await)?;
        Ok(found > 0)
    }

    /// An agent's judgement of what the bot said; none takes it back. False when there is no such turn.
    pub async fn judge_bot_turn(
        &self,
        workspace: WorkspaceId,
        message: MessageId,
        by: AgentId,
        verdict: Option<bool>,
    ) -> Result<bool> {
        let changed = on_write!(&self.pool, |db| {
            sqlx::query(
                "update bot_turns set verdict = $3, verdict_by = $4, version = version + 1
             where workspace_id = $1 and message_id = $2",
            )
            .bind(workspace.0)
            .bind(message.0)
            .bind(verdict)
            .bind(verdict.map(|_| by.0))
            .execute(db)
            .await
            .map(|done| done.rows_affected())
        })?;
        Ok(changed > 0)
    }

    /// Whether it helped the visitor; none takes it back. False when there is no such turn.
    pub async fn rate_bot_turn(
        &self,
        workspace: WorkspaceId,
        message: MessageId,
        helpful: Option<bool>,
    ) -> Result<bool> {
        let changed = on_write!(&self.pool, |db| {
            sqlx::query(
            "update bot_turns set helpful = $3, version = version + 1 where workspace_id = $1 and message_id = $2"
        )
        .bind(workspace.0)
        .bind(message.0)
        .bind(helpful)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
        })?;
        Ok(changed > 0)
    }
}
