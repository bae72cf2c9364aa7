//! Jobs: what must happen after a commit. A job row is written in the same transaction
//! as the change that asks for it, and its run is idempotent.

use crate::{ConversationId, GrantId, JobId, Millis, Seq, WorkspaceId};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Task {
    /// Find an agent for a queued conversation.
    Route { conversation_id: ConversationId },
    /// Let the bot react to the visitor's message at `seq`.
    BotTurn { conversation_id: ConversationId, seq: Seq },
    /// Tell the visitor of a benefit that was granted.
    TellGrant { grant_id: GrantId },
}

impl Task {
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Route { .. } => "route",
            Self::BotTurn { .. } => "bot_turn",
            Self::TellGrant { .. } => "tell_grant",
        }
    }
}

/// A task that a worker has claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub id: JobId,
    pub workspace_id: WorkspaceId,
    pub task: Task,
    /// Runs so far, this one included.
    pub attempts: i64,
    pub run_at: Millis,
}
