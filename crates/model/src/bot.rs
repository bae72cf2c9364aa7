//! What the bot does in a conversation, as data: its settings on a channel, one turn of it,
//! and the evidence for each thing it said ("why this answer").

use crate::{
    ArticleLink, Content, EntryId, LlmPart, MessageId, Millis, Mood, Seq, TeamId, UsedVariant,
    rules::{Phrase, Rule, UsedRule, WeeklyHours},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How the bot works on one channel. Off unless somebody turned it on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BotSettings {
    pub enabled: bool,
    /// What visitors see above its messages; empty means the product's own word.
    pub name: String,
    /// Its answer to a greeting; empty means the product's own words.
    pub greeting: String,
    /// Of its answers so many percent shall be right; with less certainty it asks back.
    pub precision_percent: u8,
    /// After so many questions in a row that it could not answer a person takes over.
    pub hand_off_after: u8,
    /// Looked at in this order before its own judgement counts.
    pub rules: Vec<Rule>,
    /// When people are there; none means that nobody said.
    pub hours: Option<WeeklyHours>,
    /// Said to a clearly upset visitor before people take over; none: nothing is said.
    pub soothing: Option<Phrase>,
}

impl BotSettings {
    pub const PRECISION: std::ops::RangeInclusive<u8> = 50..=99;
    pub const HAND_OFF_AFTER: std::ops::RangeInclusive<u8> = 1..=5;
}

impl Default for BotSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            name: String::new(),
            greeting: String::new(),
            precision_percent: 95,
            hand_off_after: 2,
            rules: Vec::new(),
            hours: None,
            soothing: Some(Phrase::default()),
        }
    }
}

/// Why the bot gave a conversation to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HandOffReason {
    /// The visitor asked for a person.
    Asked,
    /// Nothing in the knowledge base fits.
    NoAnswer,
    /// It failed as often as the channel's settings allow.
    Misses,
    /// The visitor is upset.
    Upset,
    /// The visitor is in a hurry.
    Urgent,
    /// The visitor asked the same again after its answer.
    Repeated,
    /// The visitor sent files, which it cannot read.
    File,
    /// It has said as much as it may in one conversation.
    TooLong,
    /// The knowledge base could not be asked.
    Unavailable,
    /// A rule of the channel says so.
    Rule,
}

impl HandOffReason {
    pub const ALL: [Self; 10] = [
        Self::Asked,
        Self::NoAnswer,
        Self::Misses,
        Self::Upset,
        Self::Urgent,
        Self::Repeated,
        Self::File,
        Self::TooLong,
        Self::Unavailable,
        Self::Rule,
    ];
}

/// What became of one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Answered,
    /// It offered the likeliest entries.
    Clarified,
    /// It said that it does not know, and asked for other words.
    Missed,
    /// A greeting, thanks, a good-bye and the like.
    SmallTalk,
    HandedOff,
}

impl Outcome {
    pub const ALL: [Self; 5] =
        [Self::Answered, Self::Clarified, Self::Missed, Self::SmallTalk, Self::HandedOff];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Clarified => "clarified",
            Self::Missed => "missed",
            Self::SmallTalk => "small_talk",
            Self::HandedOff => "handed_off",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.code() == code)
    }
}

/// An entry that was considered, as it stood then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConsideredEntry {
    pub entry_id: EntryId,
    pub question: String,
    /// That it answers the question, 0 to 1.
    pub probability: f32,
    /// What each part of the ranking gave it, by the part's name.
    pub scores: BTreeMap<String, f32>,
}

/// Why the bot said what it said, as it was known at that moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// What was looked up: the visitor's words, possibly joined with the question before.
    pub question: String,
    /// Position of the visitor's message.
    pub question_seq: Seq,
    pub outcome: Outcome,
    pub hand_off: Option<HandOffReason>,
    /// `answer`, `clarify` or `hand_off`; none when nothing was looked up.
    pub band: Option<String>,
    pub probability: Option<f32>,
    /// From this probability on it answers.
    pub answer_from: Option<f32>,
    /// From this one on it offers the likeliest.
    pub clarify_from: Option<f32>,
    pub candidates: Vec<ConsideredEntry>,
    /// The entry that it answered with.
    pub entry_id: Option<EntryId>,
    /// Where in an article the answer stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub article: Option<Box<ArticleLink>>,
    /// Which of several answers of the entry it was; none where there is only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<Box<UsedVariant>>,
    /// Which state of the knowledge base it knew.
    pub index_version: String,
    /// What a language model did, where one was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub llm: Option<Box<LlmPart>>,
    /// The rule that made it so, if one did.
    #[serde(default)]
    pub rule: Option<Box<UsedRule>>,
    /// Words that calm, said because the visitor is upset.
    #[serde(default)]
    pub soothing: bool,
}

/// Something to say, with its reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    pub content: Content,
    pub evidence: Evidence,
}

/// All that the bot does about one message, in one transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct BotTurn {
    /// The newest message that it knew; with a newer one the turn is refused.
    pub after: Seq,
    pub replies: Vec<Reply>,
    pub hand_off: Option<HandOff>,
    /// How the visitor feels, where it was looked at on the way.
    pub mood: Option<Mood>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct HandOff {
    pub reason: HandOffReason,
    /// To this team; none leaves the one that has it.
    pub team: Option<TeamId>,
    /// Somebody is there to take it.
    pub staffed: bool,
    pub evidence: Evidence,
}

/// The stored evidence of one message of the bot, with what people thought of it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredTurn {
    pub message_id: MessageId,
    /// Position of the bot's message (or of the notice that it handed off).
    pub seq: Seq,
    pub evidence: Evidence,
    /// An agent's judgement: right or wrong.
    pub verdict: Option<bool>,
    /// The visitor's: helpful or not.
    pub helpful: Option<bool>,
    pub created_at: Millis,
}
