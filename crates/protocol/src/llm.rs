//! Language models: where they are, who does what, what was used, and the copilot's texts.

use model::{
    ConnectorId, EncoderFailure, EncoderKind, EntryId, LlmEndpointId, LlmFailure, LlmTask, LlmVerdict,
    Locale, LookupOutcome, SentenceVerdict,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ErrorCode;

/// A server that speaks the chat-completions protocol, or that of embeddings. Its key is never given out.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LlmEndpointView {
    pub id: LlmEndpointId,
    pub name: String,
    /// What comes before `/chat/completions` and `/embeddings`.
    pub base_url: String,
    pub has_key: bool,
}

impl From<model::LlmEndpoint> for LlmEndpointView {
    fn from(endpoint: model::LlmEndpoint) -> Self {
        Self {
            id: endpoint.id,
            name: endpoint.name,
            base_url: endpoint.base_url,
            has_key: endpoint.sealed_key.is_some(),
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LlmEndpointList {
    pub endpoints: Vec<LlmEndpointView>,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveLlmEndpoint {
    /// At most 60 characters.
    pub name: String,
    pub base_url: String,
    /// Left out: the key stays, unless the address is of another server. Empty: there is none.
    #[serde(default)]
    pub key: Option<String>,
}

/// Who does a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LlmTaskChoice {
    pub task: LlmTask,
    pub endpoint_id: LlmEndpointId,
    pub model: String,
    /// Seconds, 2 to 30.
    pub timeout_s: u16,
}

/// How the workspace uses language models.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LlmOptions {
    pub enabled: bool,
    /// The bot also writes where the knowledge base alone would be sure.
    pub answers_when_sure: bool,
    /// A task that is missing is nobody's.
    pub tasks: Vec<LlmTaskChoice>,
    /// Tokens of a day (UTC), in and out.
    pub day_tokens: i64,
    /// Of these for one visitor.
    pub visitor_tokens: i64,
}

impl From<model::LlmSettings> for LlmOptions {
    fn from(settings: model::LlmSettings) -> Self {
        let choice = |(task, choice): (LlmTask, model::LlmChoice)| LlmTaskChoice {
            task,
            endpoint_id: choice.endpoint_id,
            model: choice.model,
            timeout_s: choice.timeout_s,
        };
        Self {
            enabled: settings.enabled,
            answers_when_sure: settings.answers_when_sure,
            tasks: settings.tasks.into_iter().map(choice).collect(),
            day_tokens: settings.day_tokens,
            visitor_tokens: settings.visitor_tokens,
        }
    }
}

impl From<LlmOptions> for model::LlmSettings {
    fn from(options: LlmOptions) -> Self {
        let choice = |one: LlmTaskChoice| {
            let choice =
                model::LlmChoice { endpoint_id: one.endpoint_id, model: one.model, timeout_s: one.timeout_s };
            (one.task, choice)
        };
        Self {
            enabled: options.enabled,
            answers_when_sure: options.answers_when_sure,
            tasks: options.tasks.into_iter().map(choice).collect(),
            day_tokens: options.day_tokens,
            visitor_tokens: options.visitor_tokens,
        }
    }
}

/// What turns questions and entries into vectors.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EncoderView {
    pub kind: EncoderKind,
    /// Of the file's folder, or of server and model. Empty for the one inside the program.
    pub name: String,
    /// How many numbers a vector of the file has.
    pub width: Option<usize>,
    /// Why the model that the configuration names is not used.
    pub failure: Option<EncoderFailure>,
    /// What the runtime said about that.
    pub detail: String,
}

/// What was used.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LlmUsageView {
    /// Of today's budget, with what is under way.
    pub spent_today: i64,
    /// The last 30 days, oldest first.
    pub days: Vec<LlmDay>,
}

/// What one task used on one day.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LlmDay {
    /// Days since 1970-01-01, in UTC.
    pub day: i64,
    pub task: LlmTask,
    pub calls: i64,
    pub failures: i64,
    pub tokens_in: i64,
    pub tokens_out: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TryLlm {
    pub model: String,
    /// True: three texts are encoded. False: the model is asked for a word.
    #[serde(default)]
    pub encodes: bool,
}

/// How it went.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct LlmTrial {
    /// What the model said; missing when it failed, or encodes.
    pub text: Option<String>,
    /// What the vectors of a model that encodes are like.
    pub vectors: Option<LlmVectors>,
    pub failure: Option<LlmFailure>,
    /// The status of the server's answer, if it was an error.
    pub status: Option<u16>,
    /// The server's own word for what is wrong.
    pub detail: String,
    pub ms: i64,
    pub tokens_in: i64,
    pub tokens_out: i64,
}

/// The vectors that a model makes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LlmVectors {
    /// How many numbers each has.
    pub width: usize,
    /// Whether two questions of one meaning, one in Chinese and one in English, are nearer to each other
    /// than to a third.
    pub tells_apart: bool,
}

/// What a model did about a message of the bot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LlmPartView {
    pub task: LlmTask,
    pub model: String,
    /// The versions of the prompts.
    pub prompt: String,
    pub verdict: LlmVerdict,
    pub failure: Option<LlmFailure>,
    /// What it was given, in the order of the citations.
    pub sources: Vec<EntryId>,
    /// The connectors that it asked, in order. What those found are the sources after the entries.
    pub tools: Vec<ToolUseView>,
    pub sentences: Vec<CheckedSentenceView>,
    pub tokens_in: i64,
    pub tokens_out: i64,
    pub ms: i64,
}

/// A connector that a model asked, and how that ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ToolUseView {
    pub connector_id: ConnectorId,
    /// The connector's name at that time.
    pub connector: String,
    pub outcome: LookupOutcome,
    pub ms: i64,
}

/// A sentence that a model wrote, and whether it stands in what it names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CheckedSentenceView {
    pub text: String,
    /// Places in `sources`, from 1.
    pub citations: Vec<u8>,
    pub verdict: SentenceVerdict,
}

impl From<model::LlmPart> for LlmPartView {
    fn from(part: model::LlmPart) -> Self {
        let tool = |one: model::connector::ToolUse| ToolUseView {
            connector_id: one.connector_id,
            connector: one.name,
            outcome: one.outcome,
            ms: one.ms,
        };
        let sentence = |one: model::CheckedSentence| CheckedSentenceView {
            text: one.text,
            citations: one.citations,
            verdict: one.verdict,
        };
        Self {
            task: part.task,
            model: part.model,
            prompt: part.prompt,
            verdict: part.verdict,
            failure: part.failure,
            sources: part.sources,
            tools: part.tools.into_iter().map(tool).collect(),
            sentences: part.sentences.into_iter().map(sentence).collect(),
            tokens_in: part.tokens_in,
            tokens_out: part.tokens_out,
            ms: part.ms,
        }
    }
}

/// What the copilot can be asked for; nothing where no model is set up.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CopilotTasks {
    pub tasks: Vec<LlmTask>,
}

/// Another tone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RewriteStyle {
    Friendlier,
    Shorter,
    Formal,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RewriteText {
    /// At most 4,000 characters.
    pub text: String,
    pub style: RewriteStyle,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TranslateText {
    /// At most 4,000 characters.
    pub text: String,
    pub to: Locale,
}

/// A text for the agent, who may use it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CopilotText {
    pub text: String,
}

/// A text while it is written, for whoever accepts `text/event-stream`: each event is one `data:` line. What
/// fails before there is any of it is a problem, as ever.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CopilotEvent {
    /// What comes next.
    More { text: String },
    /// All of it; the last event.
    Done { text: String },
    /// It broke off, and what came of it is nothing to be used; the last event.
    Failed { code: ErrorCode },
}

/// What the conversation could be filed as.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CopilotLabels {
    /// One of the knowledge base's categories.
    pub category: Option<String>,
    /// Of the knowledge base's tags.
    pub tags: Vec<String>,
    pub title: String,
}
