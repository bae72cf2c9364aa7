//! A language model of others (LLM), which is optional: where it is, what it may be asked for and
//! how much, and what became of an answer that it wrote.

use crate::{EntryId, LlmEndpointId, connector::ToolUse};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// What a model is asked for; each task may have another model.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LlmTask {
    /// Write an answer to a visitor from entries of the knowledge base.
    Answer,
    /// Say which entry answers a question, and whether an answer stands in its entries.
    Verify,
    /// Another tone for what an agent wrote.
    Rewrite,
    Summarise,
    Translate,
    /// Name category and tags of a conversation.
    Label,
    /// Turn questions and entries into vectors, instead of the encoder inside the program.
    Encode,
}

impl LlmTask {
    pub const ALL: [Self; 7] = [
        Self::Answer,
        Self::Verify,
        Self::Rewrite,
        Self::Summarise,
        Self::Translate,
        Self::Label,
        Self::Encode,
    ];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Verify => "verify",
            Self::Rewrite => "rewrite",
            Self::Summarise => "summarise",
            Self::Translate => "translate",
            Self::Label => "label",
            Self::Encode => "encode",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.code() == code)
    }
}

/// A server that speaks the chat-completions protocol, or that of embeddings. Its key lies sealed in the
/// store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LlmEndpoint {
    pub id: LlmEndpointId,
    pub name: String,
    /// What comes before `/chat/completions` and `/embeddings`.
    pub base_url: String,
    pub sealed_key: Option<String>,
    /// Grows with each change.
    pub version: i64,
}

/// Who does a task, and how long one waits for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LlmChoice {
    pub endpoint_id: LlmEndpointId,
    pub model: String,
    pub timeout_s: u16,
}

/// How a workspace uses models. Off unless somebody turned it on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LlmSettings {
    pub enabled: bool,
    /// The bot also writes where the knowledge base alone would be sure.
    pub answers_when_sure: bool,
    #[serde(deserialize_with = "known_tasks")]
    pub tasks: BTreeMap<LlmTask, LlmChoice>,
    /// Tokens of a day, in and out, for everything.
    pub day_tokens: i64,
    /// Of these for one visitor.
    pub visitor_tokens: i64,
}

/// Without the tasks of a newer version, which may write here too.
fn known_tasks<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<LlmTask, LlmChoice>, D::Error> {
    let all = BTreeMap::<String, LlmChoice>::deserialize(from)?;
    Ok(all.into_iter().filter_map(|(code, choice)| Some((LlmTask::from_code(&code)?, choice))).collect())
}

impl LlmSettings {
    pub const TIMEOUT: std::ops::RangeInclusive<u16> = 2..=30;
    pub const TOKENS: std::ops::RangeInclusive<i64> = 1_000..=1_000_000_000;

    /// Who does a task, if anybody may.
    pub fn choice(&self, task: LlmTask) -> Option<&LlmChoice> {
        self.tasks.get(&task).filter(|_| self.enabled)
    }
}

impl Default for LlmSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            answers_when_sure: false,
            tasks: BTreeMap::new(),
            day_tokens: 1_000_000,
            visitor_tokens: 50_000,
        }
    }
}

/// Why a model gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LlmFailure {
    /// Nobody does this task.
    Off,
    /// The tokens of the day, or of this visitor, are used up.
    Budget,
    /// As many questions are under way as this node allows.
    Busy,
    /// It failed too often, and is not asked for a while.
    Resting,
    /// The address is malformed or of a private network that the operator does not allow.
    Address,
    Unreachable,
    Timeout,
    /// The key is wrong.
    Unauthorised,
    /// There is no such address or model.
    NotFound,
    /// Too many requests, or no credit.
    Limited,
    /// An error on its side.
    Failed,
    /// It does not take the request.
    Refused,
    /// More bytes or more text than may be.
    TooLong,
    /// The answer is not what the protocol says.
    Malformed,
    /// Nothing was said.
    Empty,
    /// It wants a tool that there is not, or in a way that cannot be.
    Tool,
}

/// What became of what a model wrote for a visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LlmVerdict {
    /// It was said, or its choice was followed.
    Used,
    /// It found no answer in the entries.
    NoAnswer,
    /// A sentence of it does not stand in the entries that it names.
    Unsupported,
    /// A second look found it unsupported.
    Rejected,
    /// There was nothing to judge.
    Failed,
}

/// Whether a sentence stands in the entries that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SentenceVerdict {
    Supported,
    Uncited,
    /// It names an entry that it was not given.
    UnknownSource,
    /// It has little in common with what it names.
    Unsupported,
    /// It says the contrary.
    Contradicts,
    /// It has a number that is not there.
    Number,
    /// It leads to an address that is not there.
    Link,
    /// It is markup and not text.
    Markup,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedSentence {
    pub text: String,
    /// The entries that it names, by their place from 1.
    pub citations: Vec<u8>,
    pub verdict: SentenceVerdict,
}

/// A model's part in something that the bot said, or did not say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LlmPart {
    pub task: LlmTask,
    pub model: String,
    /// The version of the prompt.
    pub prompt: String,
    pub verdict: LlmVerdict,
    pub failure: Option<LlmFailure>,
    /// What it was given, in the order of the citations.
    pub sources: Vec<EntryId>,
    /// The connectors that it asked, in order. What those found are the sources after the entries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<ToolUse>,
    pub sentences: Vec<CheckedSentence>,
    pub tokens_in: i64,
    pub tokens_out: i64,
    pub ms: i64,
}
