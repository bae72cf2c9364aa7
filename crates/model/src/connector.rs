//! Connectors (连接器): ways to ask a business system of the company something, such as where an order is.
//! What is asked, of whom, and what became of it.

use crate::{AgentId, ConnectorId, ConversationId, Millis, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A way to ask a business system. Its secret lies sealed in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connector {
    pub id: ConnectorId,
    pub workspace_id: WorkspaceId,
    pub name: String,
    pub content: ConnectorContent,
    pub sealed_secret: Option<String>,
    /// Grows with each change.
    pub version: i64,
    pub created_at: Millis,
    pub updated_at: Millis,
    /// The newest look-up.
    pub last: Option<(Millis, LookupOutcome)>,
}

/// What an administrator wrote, but for the name and the secret. `url`, the values of `headers` and the
/// strings of `body` may hold placeholders: `{parameter}`, `{visitor.id}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConnectorContent {
    /// What it finds and when to use it; agents read it, and a model.
    pub about: String,
    pub method: ConnectorMethod,
    pub url: String,
    pub headers: Vec<ConnectorHeader>,
    /// JSON.
    pub body: Option<String>,
    pub auth: ConnectorAuth,
    pub parameters: Vec<ConnectorParameter>,
    /// JSON pointer to the results; empty is the answer itself.
    pub rows: String,
    pub fields: Vec<ConnectorField>,
    pub timeout_ms: i64,
    /// How long an answer is given again to the same question; 0 is never.
    pub cache_s: i64,
    pub for_agents: bool,
    pub for_bot: bool,
    pub is_enabled: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectorMethod {
    #[default]
    Get,
    Post,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectorHeader {
    pub name: String,
    pub value: String,
}

/// Where the secret stands in a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ConnectorAuth {
    #[default]
    None,
    Bearer,
    /// The secret is the password.
    Basic {
        user: String,
    },
    /// In a header of this name.
    Header {
        name: String,
    },
}

/// What whoever looks something up has to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectorParameter {
    /// `[a-z][a-z0-9_]{0,30}`
    pub name: String,
    /// At most 60 characters.
    pub label: String,
    pub kind: ParameterKind,
    /// Of a choice: at most 50, each at most 100 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choices: Option<Vec<String>>,
    pub required: bool,
    /// At most 100 characters.
    #[serde(default)]
    pub example: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ParameterKind {
    Text,
    Integer,
    Number,
    /// `2026-11-30`
    Date,
    Choice,
}

/// What is shown of a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectorField {
    /// At most 60 characters.
    pub label: String,
    /// JSON pointer inside one result.
    pub path: String,
    pub kind: FieldKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    Text,
    Number,
    Money,
    Date,
    Link,
}

/// How a look-up ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LookupOutcome {
    Found,
    /// There is no such thing.
    Nothing,
    Timeout,
    Unreachable,
    /// The address leads to where nobody may ask.
    Refused,
    /// The server answered with an error.
    Status,
    NotJson,
    TooLarge,
    /// It failed too often, and is not asked for a while.
    Resting,
    /// The results are not where they should be.
    Unexpected,
    /// It needs to know who the visitor is, and no site has signed that. The server was not asked.
    VisitorNotSigned,
    /// A value does not meet its rules. The server was not asked.
    Invalid,
}

impl LookupOutcome {
    pub const ALL: [Self; 12] = [
        Self::Found,
        Self::Nothing,
        Self::Timeout,
        Self::Unreachable,
        Self::Refused,
        Self::Status,
        Self::NotJson,
        Self::TooLarge,
        Self::Resting,
        Self::Unexpected,
        Self::VisitorNotSigned,
        Self::Invalid,
    ];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Nothing => "nothing",
            Self::Timeout => "timeout",
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
            Self::Status => "status",
            Self::NotJson => "not_json",
            Self::TooLarge => "too_large",
            Self::Resting => "resting",
            Self::Unexpected => "unexpected",
            Self::VisitorNotSigned => "visitor_not_signed",
            Self::Invalid => "invalid",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.code() == code)
    }

    /// The system answered.
    pub const fn is_answer(self) -> bool {
        matches!(self, Self::Found | Self::Nothing)
    }
}

/// Who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupBy {
    Agent(AgentId),
    Bot,
    /// An administrator who tries the connector out.
    Trial(AgentId),
}

/// One line of the record: no values and no answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookup {
    pub at: Millis,
    pub by: LookupBy,
    pub conversation_id: Option<ConversationId>,
    pub outcome: LookupOutcome,
    /// Of the server's answer, where it was asked and answered.
    pub status: Option<u16>,
    pub ms: i64,
}

/// One value of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    pub label: String,
    pub value: String,
    pub kind: FieldKind,
}

/// What came of a connector that a language model asked for something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolUse {
    pub connector_id: ConnectorId,
    /// As it was called then.
    pub name: String,
    pub outcome: LookupOutcome,
    pub ms: i64,
}
