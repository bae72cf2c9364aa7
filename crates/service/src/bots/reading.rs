//! What people may know about the bot's turns, and what they think of them.

use super::Bots;
use crate::{Error, Result, Staff, Visitor};
use bot::Summary;
use model::{Conversation, ConversationId, Permission, Seq, StoredTurn};

/// How much of a conversation a summary is made from.
const SUMMARISED: i64 = 200;

impl Bots {
    /// Why the bot said what it said at `seq`.
    pub async fn evidence(&self, staff: &Staff, id: ConversationId, seq: Seq) -> Result<StoredTurn> {
        self.conversations.access(staff, id).await?;
        self.store.find_bot_turn(staff.workspace(), id, seq).await?.ok_or(Error::NotFound)
    }

    /// An agent says whether it was right; none takes that back.
    pub async fn judge(
        &self,
        staff: &Staff,
        id: ConversationId,
        seq: Seq,
        verdict: Option<bool>,
    ) -> Result<StoredTurn> {
        staff.require(Permission::Reply)?;
        let turn = self.evidence(staff, id, seq).await?;
        self.store.judge_bot_turn(staff.workspace(), turn.message_id, staff.id(), verdict).await?;
        Ok(StoredTurn { verdict, ..turn })
    }

    /// The visitor says whether it helped; none takes that back.
    pub async fn rate(
        &self,
        visitor: &Visitor,
        id: ConversationId,
        seq: Seq,
        helpful: Option<bool>,
    ) -> Result<()> {
        self.conversations.access_own(visitor, id).await?;
        let turn = self.store.find_bot_turn(visitor.workspace, id, seq).await?.ok_or(Error::NotFound)?;
        self.store.rate_bot_turn(visitor.workspace, turn.message_id, helpful).await?;
        Ok(())
    }

    /// What the visitor thought of the bot's messages: position and whether it helped.
    pub async fn feedback(&self, conversation: &Conversation) -> Result<Vec<(Seq, bool)>> {
        let turns = self.store.list_bot_turns(conversation.workspace_id, conversation.id, SUMMARISED).await?;
        Ok(turns.iter().filter_map(|turn| Some((turn.seq, turn.helpful?))).collect())
    }

    /// What whoever takes over should know; none when the bot gave nothing away. The caller
    /// has checked access.
    pub async fn summary(&self, conversation: &Conversation) -> Result<Option<Summary>> {
        let (workspace, id) = (conversation.workspace_id, conversation.id);
        let turns = self.store.list_bot_turns(workspace, id, SUMMARISED).await?;
        let Some(handed_off) = turns.iter().rev().find(|turn| turn.evidence.hand_off.is_some()) else {
            return Ok(None);
        };
        let messages = self.store.list_messages_before(workspace, id, handed_off.seq + 1, SUMMARISED).await?;
        Ok(bot::summarise(&messages, &turns))
    }
}
