//! A knowledge entry (知识条目): a question, other ways to ask it, and its answer.

use crate::{EntryId, Millis, WorkspaceId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: EntryId,
    pub workspace_id: WorkspaceId,
    pub category: String,
    pub question: String,
    pub phrasings: Vec<String>,
    pub answer: String,
    pub created_at: Millis,
}
