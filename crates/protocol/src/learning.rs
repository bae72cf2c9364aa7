//! Learning as its editors see it: questions that were not answered well, what to make of
//! them, and how good the base is.

use crate::knowledge::EntryBody;
use model::{ConversationId, EntryId, GroupId, GroupState, Millis, MissReason, RegressionId, Seq};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Questions that ask the same and were not answered well.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GroupView {
    pub id: GroupId,
    /// Its most central question.
    pub name: String,
    pub state: GroupState,
    /// The entry that was made of it, or got its phrasings.
    pub entry_id: Option<EntryId>,
    pub count: i64,
    /// What an answer would bring: the questions of the last four weeks by how unsure the base is.
    pub worth: f64,
    /// The entry that comes nearest, its question, and how surely it answers.
    pub nearest_id: Option<EntryId>,
    pub nearest_question: Option<String>,
    pub probability: f64,
    pub first_at: Millis,
    pub last_at: Millis,
    /// How often it was asked in each of the last twelve weeks, the oldest first.
    pub weeks: Vec<i64>,
}

impl GroupView {
    pub fn of(group: model::QuestionGroup, weeks: Vec<i64>) -> Self {
        Self {
            id: group.id,
            name: group.name,
            state: group.state,
            entry_id: group.entry_id,
            count: group.count,
            worth: group.worth,
            nearest_id: group.nearest_id,
            nearest_question: group.nearest_question,
            probability: group.probability,
            first_at: group.first_at,
            last_at: group.last_at,
            weeks,
        }
    }
}

/// What an answer brings most first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GroupList {
    pub groups: Vec<GroupView>,
    /// Opaque position of the next page; missing at the end.
    pub next: Option<String>,
}

/// A group with what was asked and answered. All texts are without what tells who asked.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GroupDetailView {
    pub group: GroupView,
    /// Different wordings, the most frequent first; 60 at most.
    pub wordings: Vec<Wording>,
    /// Why they count as not answered.
    pub reasons: Vec<ReasonCount>,
    pub samples: Vec<QuestionSample>,
    /// What agents answered after hand-offs, newest first; nothing of it answers anybody by itself.
    pub answers: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Wording {
    pub text: String,
    pub count: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReasonCount {
    pub reason: MissReason,
    pub count: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct QuestionSample {
    /// Missing when one may not see the conversation.
    pub conversation_id: Option<ConversationId>,
    /// The visitor's message.
    pub seq: Seq,
    pub text: String,
    pub reason: MissReason,
    pub answer: Option<String>,
    pub asked_at: Millis,
}

/// A draft that is made of a group.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeAsEntry {
    pub content: EntryBody,
}

/// Phrasings of a group for a known entry.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeAsPhrasings {
    pub entry_id: EntryId,
    pub phrasings: Vec<String>,
    /// Publish them as well, when nothing else of the entry waits.
    #[serde(default)]
    pub publish: bool,
    /// Though the regression set gets worse.
    #[serde(default)]
    pub confirm: bool,
}

/// How the bot fared, and how much there is to do.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LearningTrend {
    /// Twelve weeks, the oldest first.
    pub weeks: Vec<BotWeek>,
    pub open: i64,
    pub ignored: i64,
    pub taken: i64,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct BotWeek {
    pub start: Millis,
    pub answered: i64,
    pub clarified: i64,
    pub missed: i64,
    /// Conversations that it gave to people.
    pub handed_off: i64,
    /// Answers that somebody judged, and those that were found right.
    pub judged: i64,
    pub right: i64,
}

/// A way to ask an entry that visitors used.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PhrasingSuggestion {
    pub text: String,
    pub count: i64,
    /// The entry answered it, and somebody said that this was right.
    pub confirmed: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PhrasingSuggestions {
    pub suggestions: Vec<PhrasingSuggestion>,
}

/// How a question of the regression set fares, from worst to best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RegressionGrade {
    /// Answered with another entry, or answered though nothing answers it.
    Wrong,
    /// Not answered, and the right entry is not offered.
    Missed,
    /// Asked back, with the right entry among three; or asked back about nothing.
    Offered,
    Right,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RegressionView {
    pub id: RegressionId,
    pub text: String,
    /// The entry that must answer it; missing when none may.
    pub entry_id: Option<EntryId>,
    pub entry_question: Option<String>,
    pub grade: RegressionGrade,
    /// The entry that comes first now, and how surely.
    pub first_id: Option<EntryId>,
    pub probability: f32,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RegressionList {
    pub questions: Vec<RegressionView>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeepRegression {
    /// 200 characters at most; 500 questions at most.
    pub text: String,
    #[serde(default)]
    pub entry_id: Option<EntryId>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct KeptRegression {
    pub id: RegressionId,
}

/// What publishing or archiving these entries would do to the regression set.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckChange {
    /// 200 at most.
    pub ids: Vec<EntryId>,
    /// Archive them; publish them otherwise.
    #[serde(default)]
    pub archive: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChangeCheck {
    pub total: i64,
    pub right_before: i64,
    pub right_after: i64,
    /// Publishing needs `confirm` then.
    pub worse: bool,
    /// Those that fare worse first.
    pub changed: Vec<RegressionChange>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RegressionChange {
    pub id: RegressionId,
    pub text: String,
    pub entry_question: Option<String>,
    pub before: RegressionGrade,
    pub after: RegressionGrade,
}

/// What the base says about itself.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Evaluation {
    /// Whether answering by itself can be recommended; `advice` says why not.
    pub passes: bool,
    /// `not_measured`, `outdated`, `too_few_questions`, `few_phrasings`, `precision`,
    /// `answers_little`, `regression`, `worse_than_before`.
    pub advice: Vec<String>,
    /// The newest look; missing while nobody looked.
    pub report: Option<EvaluationReport>,
    /// All looks, the oldest first.
    pub runs: Vec<EvaluationRun>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EvaluationRun {
    pub at: Millis,
    /// The state of the base.
    pub revision: i64,
    pub precision: f64,
    pub answered: f64,
    pub regression_right: i64,
    pub regression_total: i64,
}

/// Shares are between 0 and 1.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EvaluationReport {
    pub target: f64,
    pub entries: i64,
    pub phrasings: i64,
    /// The base is so large that every n-th entry stood for it.
    pub sampled: bool,
    pub questions: i64,
    pub in_scope: i64,
    /// Of the questions in scope: the first candidate is right, one of three is.
    pub accuracy: f64,
    pub recall_at_3: f64,
    /// Of all answers.
    pub precision: f64,
    /// Of the questions in scope.
    pub answered: f64,
    pub clarified: f64,
    pub handed_off: f64,
    /// Of the questions without an entry.
    pub out_of_scope_answered: f64,
    /// Mean gap between probability and outcome.
    pub ece: f64,
    /// From this probability on it answers.
    pub threshold: f64,
    /// For each tenth of probability: questions, what was said, what was right.
    pub calibration: Vec<Vec<f64>>,
    /// Threshold, precision, answered.
    pub curve: Vec<Vec<f64>>,
    pub confusions: Vec<ConfusionView>,
    /// Questions of the regression set that another entry answers.
    pub regression_wrong: i64,
}

/// Questions of one entry that went to another.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConfusionView {
    pub wanted_id: EntryId,
    pub wanted: String,
    pub taken_id: EntryId,
    pub taken: String,
    pub questions: i64,
    /// So many of them were answered, wrongly.
    pub answered: i64,
    pub example: String,
    pub kind: ConfusionKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConfusionKind {
    /// They ask and answer the same.
    Duplicate,
    /// They ask nearly the same and answer otherwise.
    Contradiction,
    /// They are about near things.
    Near,
}
