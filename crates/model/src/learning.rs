//! What learning keeps: questions that were not answered well, the groups that they form,
//! questions that must go on being answered, and how good the base was.

use crate::{ConversationId, EntryId, GroupId, Millis, Seq};
use serde::{Deserialize, Serialize};

/// Why a question counts as not answered. The later ones outweigh the earlier ones.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MissReason {
    /// The bot said that it does not know.
    Missed,
    /// The visitor wanted none of the entries that it offered.
    Rejected,
    /// The visitor said that the answer did not help.
    Unhelpful,
    /// It was the last question before people took over.
    HandedOff,
    /// An agent said that the answer was wrong.
    Wrong,
}

impl MissReason {
    pub const ALL: [Self; 5] = [Self::Missed, Self::Rejected, Self::Unhelpful, Self::HandedOff, Self::Wrong];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Missed => "missed",
            Self::Rejected => "rejected",
            Self::Unhelpful => "unhelpful",
            Self::HandedOff => "handed_off",
            Self::Wrong => "wrong",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

/// What editors did with a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupState {
    Open,
    /// Not worth an entry.
    Ignored,
    /// An entry was made of it, or got its phrasings.
    Taken,
}

impl GroupState {
    pub const ALL: [Self; 3] = [Self::Open, Self::Ignored, Self::Taken];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Ignored => "ignored",
            Self::Taken => "taken",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// Questions that ask the same.
#[derive(Clone, Debug, PartialEq)]
pub struct QuestionGroup {
    pub id: GroupId,
    pub name: String,
    pub state: GroupState,
    /// The entry that was made of it.
    pub entry_id: Option<EntryId>,
    pub count: i64,
    /// What an answer would bring: the count of the last four weeks by how unsure the base is.
    pub worth: f64,
    /// The entry that came nearest, its question, and how surely it answers.
    pub nearest_id: Option<EntryId>,
    pub nearest_question: Option<String>,
    pub probability: f64,
    pub first_at: Millis,
    pub last_at: Millis,
}

/// One question that was not answered well. Its text says nothing about who asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissedQuestion {
    pub conversation_id: ConversationId,
    /// The visitor's message.
    pub seq: Seq,
    pub text: String,
    pub reason: MissReason,
    /// What an agent answered after the hand-off.
    pub answer: Option<String>,
    pub asked_at: Millis,
}
