//! How visitors feel, as staff sees it; visitors never do.

use model::{Millis, MoodKind, Seq};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The mood of a conversation as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MoodView {
    pub kind: MoodKind,
    /// 1 slight, 2 clear, 3 strong; 0 for neutral.
    pub strength: u8,
}

impl From<model::Mood> for MoodView {
    fn from(mood: model::Mood) -> Self {
        Self { kind: mood.kind, strength: mood.strength }
    }
}

/// How the visitor felt over a conversation: one point for each text of theirs, oldest first,
/// of the newest 200 messages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MoodTrend {
    pub points: Vec<MoodPoint>,
}

/// What one message shows of each mood, 0 to 1; 0 where it shows nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MoodPoint {
    pub seq: Seq,
    pub at: Millis,
    pub anger: f32,
    pub negative: f32,
    pub urgency: f32,
    pub positive: f32,
    /// The moods that are sure enough to be there.
    pub kinds: Vec<MoodKind>,
    /// The words that show them.
    pub words: Vec<MoodWord>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MoodWord {
    pub kind: MoodKind,
    pub text: String,
}
