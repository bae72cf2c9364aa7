//! How a visitor feels: in one message, and in a conversation as it stands.

use crate::Seq;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MoodKind {
    Angry,
    /// Displeased or let down, without anger.
    Upset,
    Urgent,
    Positive,
    Neutral,
}

impl MoodKind {
    /// Marked in lists, which can be narrowed to one of them.
    pub const MARKED: [Self; 3] = [Self::Angry, Self::Upset, Self::Urgent];
    pub const ALL: [Self; 5] = [Self::Angry, Self::Upset, Self::Urgent, Self::Positive, Self::Neutral];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Angry => "angry",
            Self::Upset => "upset",
            Self::Urgent => "urgent",
            Self::Positive => "positive",
            Self::Neutral => "neutral",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// The mood of a conversation after the visitor's message at `seq`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mood {
    pub kind: MoodKind,
    /// 1 slight, 2 clear, 3 strong; 0 for neutral.
    pub strength: u8,
    pub seq: Seq,
}

impl Mood {
    pub const STRONGEST: u8 = 3;
    /// From this strength on it is clear.
    pub const CLEAR: u8 = 2;

    pub const fn neutral(seq: Seq) -> Self {
        Self { kind: MoodKind::Neutral, strength: 0, seq }
    }

    /// Angry or upset, so that calming comes first.
    pub const fn is_upset(&self) -> bool {
        matches!(self.kind, MoodKind::Angry | MoodKind::Upset)
    }

    /// How angry or upset; 0 when neither.
    pub const fn upset(&self) -> u8 {
        if self.is_upset() { self.strength } else { 0 }
    }

    /// The same for whoever looks at the conversation.
    pub fn looks_like(&self, other: &Self) -> bool {
        (self.kind, self.strength) == (other.kind, other.strength)
    }
}

/// What one message shows of each mood, 0 to 1, and the words that show it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MessageMood {
    pub seq: Seq,
    pub anger: f32,
    pub negative: f32,
    pub urgency: f32,
    pub positive: f32,
    /// The moods that are sure enough to be there.
    pub kinds: Vec<MoodKind>,
    pub words: Vec<MoodWords>,
}

/// Words that show a mood, in characters of the message. No text: that has one home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoodWords {
    pub kind: MoodKind,
    pub start: usize,
    pub end: usize,
}

impl MoodWords {
    /// The words themselves, from the text of the message.
    pub fn of(&self, text: &str) -> String {
        text.chars().skip(self.start).take(self.end.saturating_sub(self.start)).collect()
    }
}
