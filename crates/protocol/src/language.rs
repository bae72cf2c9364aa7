//! What the language engine makes of a text, layer by layer, so that an editor understands why.
//! Positions count characters (Unicode scalar values) of the text as it was written.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnalyseText {
    /// 10,000 characters at most.
    pub text: String,
}

/// All layers of one text.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LanguageAnalysis {
    /// How many characters were looked at.
    pub characters: i64,
    pub sentences: Vec<LanguageSentence>,
    pub tokens: Vec<LanguageToken>,
    /// Which word depends on which.
    pub arcs: Vec<LanguageArc>,
    pub entities: Vec<LanguageEntity>,
    /// What is negated, possible, wished, or necessary.
    pub scopes: Vec<LanguageScope>,
    /// Verbs with their objects.
    pub frames: Vec<LanguageFrame>,
    pub emotion: LanguageEmotion,
    /// The text as it is compared: invisible characters, width, case and script made alike.
    #[serde(default)]
    pub normalised: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LanguageSentence {
    pub start: i64,
    pub end: i64,
    /// `chinese`, `english` or `other`.
    pub language: String,
    /// Its first token, and how many it has.
    pub first_token: i64,
    pub tokens: i64,
    pub question: Option<LanguageQuestion>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LanguageQuestion {
    /// `what`, `which`, `who`, `how`, `why`, `how_much`, `how_long`, `when`, `where`, `yes_no` or `choice`.
    pub kind: String,
    /// The words that show it.
    pub cue: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LanguageToken {
    pub start: i64,
    pub end: i64,
    pub text: String,
    /// Part of speech, as Universal Dependencies names it.
    pub pos: String,
    /// The finer tag: of LAC for Chinese, of the Penn Treebank for English.
    pub tag: String,
    /// The dictionary form.
    pub lemma: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LanguageArc {
    /// A token by its place in `tokens`.
    pub dependent: i64,
    /// Missing for the root of a sentence.
    pub head: Option<i64>,
    /// As Universal Dependencies names it.
    pub label: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LanguageEntity {
    pub start: i64,
    pub end: i64,
    pub text: String,
    /// `phone`, `email`, `money`, `time`, `person` …
    pub kind: String,
    /// In one written form.
    pub value: String,
    /// The carrier of a tracking number, the scheme of a bank card.
    pub issuer: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LanguageScope {
    /// `negation`, `ability`, `wish`, `obligation` or `possibility`.
    pub kind: String,
    /// The word that says it.
    pub cue: String,
    /// The words that it is about.
    pub start: i64,
    pub end: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LanguageFrame {
    pub verb: String,
    pub object: String,
    pub negated: bool,
    /// As the kinds of `LanguageScope`.
    pub modality: Option<String>,
}

/// Probabilities of moods, those that are there, and the words that show them.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LanguageEmotion {
    pub negative: f32,
    pub anger: f32,
    pub urgency: f32,
    pub positive: f32,
    /// `negative`, `anger`, `urgency`, `positive`: those above their threshold.
    pub moods: Vec<String>,
    pub spans: Vec<LanguageMoodSpan>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LanguageMoodSpan {
    pub mood: String,
    pub start: i64,
    pub end: i64,
    pub text: String,
}
