//! The bot: its settings, why it said what it said, what people think of that, and what it
//! hands over.

use crate::{
    article::ArticleLinkView,
    llm::LlmPartView,
    message::{AnswerImageView, LinkCardView},
};
use model::{
    EntryId, HandOffReason, Millis, Outcome, Seq, TeamId, UsedVariant,
    rules::{Phrase, Rule, UsedRule, WeeklyHours},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How the bot works on a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BotOptions {
    /// New conversations begin with the bot.
    pub enabled: bool,
    /// Above its messages, at most 30 characters; empty means the product's own word.
    pub name: String,
    /// Its answer to a greeting, at most 500 characters; empty means the product's own.
    pub greeting: String,
    /// Of its answers so many percent shall be right, 50 to 99.
    pub precision_percent: u8,
    /// After so many questions in a row without an answer a person takes over, 1 to 5.
    pub hand_off_after: u8,
    /// What is done before the bot's own judgement counts: the first rule that holds; 20 at most.
    pub rules: Vec<Rule>,
    /// When people are there; missing: nobody said.
    pub hours: Option<WeeklyHours>,
    /// Said to a clearly upset visitor before people take over; missing: nothing is said.
    pub soothing: Option<Phrase>,
}

impl Default for BotOptions {
    fn default() -> Self {
        model::BotSettings::default().into()
    }
}

impl From<model::BotSettings> for BotOptions {
    fn from(bot: model::BotSettings) -> Self {
        Self {
            enabled: bot.enabled,
            name: bot.name,
            greeting: bot.greeting,
            precision_percent: bot.precision_percent,
            hand_off_after: bot.hand_off_after,
            rules: bot.rules,
            hours: bot.hours,
            soothing: bot.soothing,
        }
    }
}

impl From<BotOptions> for model::BotSettings {
    fn from(bot: BotOptions) -> Self {
        Self {
            enabled: bot.enabled,
            name: bot.name,
            greeting: bot.greeting,
            precision_percent: bot.precision_percent,
            hand_off_after: bot.hand_off_after,
            rules: bot.rules,
            hours: bot.hours,
            soothing: bot.soothing,
        }
    }
}

/// A message that nobody sent: what would the bot do?
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TryBot {
    /// The settings to try, saved or not.
    pub bot: BotOptions,
    pub text: String,
    /// Questions in a row that had no answer before.
    #[serde(default)]
    pub misses: u8,
    /// The site signed who the visitor is.
    #[serde(default)]
    pub verified: bool,
    /// What the site told of the visitor; 20 at most.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
}

/// What the bot would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TriedBot {
    /// The rule that holds; missing when the bot judges by itself.
    pub rule: Option<UsedRule>,
    /// What it would say, in this order.
    pub says: Vec<String>,
    pub hand_off: Option<TriedHandOff>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TriedHandOff {
    pub reason: HandOffReason,
    /// Missing: the team that has the channel.
    pub team_id: Option<TeamId>,
    /// The visitor is told that somebody is there.
    pub staffed: bool,
}

/// Why the bot said something, as it was known at that moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EvidenceView {
    /// Position of the bot's message, or of the notice that it handed off.
    pub seq: Seq,
    /// What was looked up; may join the visitor's words with the question before.
    pub question: String,
    /// Position of the visitor's message.
    pub question_seq: Seq,
    pub outcome: Outcome,
    pub hand_off: Option<HandOffReason>,
    /// `answer`, `clarify` or `hand_off`; missing when nothing was looked up.
    pub band: Option<String>,
    /// That the first candidate is right, 0 to 1.
    pub probability: Option<f32>,
    /// From this probability on the bot answers.
    pub answer_from: Option<f32>,
    /// From this one on it offers the likeliest entries.
    pub clarify_from: Option<f32>,
    /// The likeliest first.
    pub candidates: Vec<ConsideredView>,
    /// The entry that it answered with.
    pub entry_id: Option<EntryId>,
    /// Where in an article the answer stands.
    pub article: Option<ArticleLinkView>,
    /// Which of several answers of the entry it was; missing where there was only one.
    pub variant: Option<UsedVariant>,
    /// Which state of the knowledge base it knew.
    pub index_version: String,
    /// What a language model did, where one was asked.
    pub llm: Option<LlmPartView>,
    /// The rule that made it so, if one did.
    pub rule: Option<UsedRule>,
    /// What an agent thought of it: right or wrong.
    pub right: Option<bool>,
    /// What the visitor thought of it.
    pub helpful: Option<bool>,
    pub created_at: Millis,
}

/// An entry that was considered, as it stood then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ConsideredView {
    pub entry_id: EntryId,
    pub question: String,
    pub probability: f32,
    /// What each part of the ranking gave it, by name: `lexical`, `pinyin`, `encoder` …
    pub scores: BTreeMap<String, f32>,
}

impl From<model::StoredTurn> for EvidenceView {
    fn from(turn: model::StoredTurn) -> Self {
        let evidence = turn.evidence;
        let considered = |entry: model::bot::ConsideredEntry| ConsideredView {
            entry_id: entry.entry_id,
            question: entry.question,
            probability: entry.probability,
            scores: entry.scores,
        };
        Self {
            seq: turn.seq,
            question: evidence.question,
            question_seq: evidence.question_seq,
            outcome: evidence.outcome,
            hand_off: evidence.hand_off,
            band: evidence.band,
            probability: evidence.probability,
            answer_from: evidence.answer_from,
            clarify_from: evidence.clarify_from,
            candidates: evidence.candidates.into_iter().map(considered).collect(),
            entry_id: evidence.entry_id,
            article: evidence.article.map(|article| (*article).into()),
            variant: evidence.variant.map(|variant| *variant),
            index_version: evidence.index_version,
            llm: evidence.llm.map(|part| (*part).into()),
            rule: evidence.rule.map(|rule| *rule),
            right: turn.verdict,
            helpful: turn.helpful,
            created_at: turn.created_at,
        }
    }
}

/// An agent's judgement of a bot's message; missing takes it back.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Judge {
    pub right: Option<bool>,
}

/// Whether a bot's message helped the visitor; missing takes it back.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RateAnswer {
    pub helpful: Option<bool>,
}

/// The visitor's word on one of the bot's messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AnswerFeedback {
    pub seq: Seq,
    pub helpful: bool,
}

/// What the bot hands over: extracted from the conversation, nothing invented.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HandOffView {
    pub reason: HandOffReason,
    /// The rule that gave it away, if one did.
    pub rule: Option<UsedRule>,
    pub at: Millis,
    /// The band of what was looked up last.
    pub band: Option<String>,
    pub probability: Option<f32>,
    /// What the visitor asked, in their words.
    pub questions: Vec<String>,
    pub tried: Vec<TriedView>,
}

/// One thing that the bot tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TriedView {
    pub outcome: Outcome,
    pub question: String,
    /// The entries that it answered with or offered.
    pub entries: Vec<String>,
}

/// What an agent might answer now, the likeliest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SuggestionList {
    pub suggestions: Vec<SuggestionView>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SuggestionView {
    pub entry_id: EntryId,
    pub question: String,
    /// As it reads on the conversation's channel, to its visitor.
    pub answer: String,
    /// Belong to the answer.
    pub images: Vec<AnswerImageView>,
    pub cards: Vec<LinkCardView>,
    /// That it is what the visitor asked, 0 to 1.
    pub probability: f32,
    /// The answer stands in an article.
    pub article: Option<ArticleLinkView>,
}

/// Entries that a visitor may be typing a question for, the likeliest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VisitorSuggestionList {
    pub suggestions: Vec<VisitorSuggestion>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VisitorSuggestion {
    pub entry_id: EntryId,
    pub question: String,
    pub answer: String,
    /// The answer stands in an article: open it instead of asking.
    pub article: Option<ArticleLinkView>,
}
