//! Connectors: ways to ask a business system, and what agents look up with them.

use model::{
    ConnectorContent, ConnectorId, ConversationId, LookupOutcome, Millis,
    connector::{
        Cell, ConnectorAuth, ConnectorField, ConnectorHeader, ConnectorMethod, ConnectorParameter, FieldKind,
    },
};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What an administrator enters. Placeholders: `{parameter}`, and `{visitor.id}`, `{visitor.name}`,
/// `{visitor.email}`, `{visitor.phone}` as the site signed them.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectorInput {
    /// At most 60 characters.
    pub name: String,
    /// What it finds and when to use it, for agents and models; at most 300 characters.
    #[serde(default)]
    pub about: String,
    pub method: ConnectorMethod,
    /// `https`, or `http` to a network that the operator allowed. Placeholders behind the server only.
    pub url: String,
    /// At most 10.
    #[serde(default)]
    pub headers: Vec<ConnectorHeader>,
    /// JSON with placeholders in its strings; for `post`.
    #[serde(default)]
    pub body: Option<String>,
    #[serde(deserialize_with = "nothing_beside")]
    pub auth: ConnectorAuth,
    /// Left out: the one that is there stays, as long as the server does. Never given out.
    #[serde(default)]
    pub secret: Option<String>,
    /// At most 8.
    #[serde(default)]
    pub parameters: Vec<ConnectorParameter>,
    /// JSON pointer to the list of results; empty: the answer itself. One object counts as one result.
    #[serde(default)]
    pub rows: String,
    /// 1 to 12; none only while it is switched off.
    #[serde(default)]
    pub fields: Vec<ConnectorField>,
    /// 1,000 to 15,000.
    pub timeout_ms: i64,
    /// How long an answer is given again to the same question; 0 to 3,600.
    pub cache_s: i64,
    pub for_agents: bool,
    pub for_bot: bool,
    pub enabled: bool,
}

/// What serde would let pass: members beside a kind that has none.
fn nothing_beside<'de, D: Deserializer<'de>>(from: D) -> Result<ConnectorAuth, D::Error> {
    let mut written = BTreeMap::<String, String>::deserialize(from)?;
    let kind = written.remove("kind").unwrap_or_default();
    let auth = match kind.as_str() {
        "none" => Some(ConnectorAuth::None),
        "bearer" => Some(ConnectorAuth::Bearer),
        "basic" => written.remove("user").map(|user| ConnectorAuth::Basic { user }),
        "header" => written.remove("name").map(|name| ConnectorAuth::Header { name }),
        _ => None,
    };
    auth.filter(|_| written.is_empty())
        .ok_or_else(|| D::Error::custom("none, bearer, basic with a user, or header with a name"))
}

impl From<ConnectorInput> for (String, ConnectorContent, Option<String>) {
    fn from(input: ConnectorInput) -> Self {
        let content = ConnectorContent {
            about: input.about,
            method: input.method,
            url: input.url,
            headers: input.headers,
            body: input.body,
            auth: input.auth,
            parameters: input.parameters,
            rows: input.rows,
            fields: input.fields,
            timeout_ms: input.timeout_ms,
            cache_s: input.cache_s,
            for_agents: input.for_agents,
            for_bot: input.for_bot,
            is_enabled: input.enabled,
        };
        (input.name, content, input.secret)
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConnectorView {
    pub id: ConnectorId,
    pub name: String,
    pub about: String,
    pub method: ConnectorMethod,
    pub url: String,
    pub headers: Vec<ConnectorHeader>,
    pub body: Option<String>,
    pub auth: ConnectorAuth,
    pub has_secret: bool,
    pub parameters: Vec<ConnectorParameter>,
    pub rows: String,
    pub fields: Vec<ConnectorField>,
    pub timeout_ms: i64,
    pub cache_s: i64,
    pub for_agents: bool,
    pub for_bot: bool,
    pub enabled: bool,
    /// It asks about the visitor, and so only where a site has signed who that is.
    pub needs_visitor: bool,
    pub created_at: Millis,
    pub updated_at: Millis,
    pub last: Option<LastLookup>,
}

/// The newest look-up.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LastLookup {
    pub at: Millis,
    pub outcome: LookupOutcome,
}

impl ConnectorView {
    pub fn new(connector: model::Connector, needs_visitor: bool) -> Self {
        let content = connector.content;
        Self {
            id: connector.id,
            name: connector.name,
            about: content.about,
            method: content.method,
            url: content.url,
            headers: content.headers,
            body: content.body,
            auth: content.auth,
            has_secret: connector.sealed_secret.is_some(),
            parameters: content.parameters,
            rows: content.rows,
            fields: content.fields,
            timeout_ms: content.timeout_ms,
            cache_s: content.cache_s,
            for_agents: content.for_agents,
            for_bot: content.for_bot,
            enabled: content.is_enabled,
            needs_visitor,
            created_at: connector.created_at,
            updated_at: connector.updated_at,
            last: connector.last.map(|(at, outcome)| LastLookup { at, outcome }),
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConnectorList {
    pub items: Vec<ConnectorView>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TryConnector {
    /// By the names of the parameters.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// Who the visitor would be.
    #[serde(default)]
    pub visitor: Option<TrialVisitor>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrialVisitor {
    #[serde(default)]
    pub id: Option<String>,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub phone: Option<String>,
}

/// How it went.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConnectorTrial {
    pub rows: Vec<Vec<LookupCell>>,
    /// There are more than 10 results.
    pub more: bool,
    pub ms: i64,
    /// Of the server's answer.
    pub status: Option<u16>,
    /// What the server said: the first 65,536 characters, 2,000 where it cannot be read.
    pub answer: Option<String>,
    /// Why there is no result.
    pub failure: Option<LookupOutcome>,
}

/// One value of a result.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LookupCell {
    pub label: String,
    pub value: String,
    pub kind: FieldKind,
}

impl From<Cell> for LookupCell {
    fn from(cell: Cell) -> Self {
        Self { label: cell.label, value: cell.value, kind: cell.kind }
    }
}

/// The record: the newest 50 look-ups, without what was asked and answered.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConnectorLookups {
    pub items: Vec<LookupView>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LookupView {
    pub at: Millis,
    pub by: LookupByView,
    pub conversation_id: Option<ConversationId>,
    pub outcome: LookupOutcome,
    /// Of the server's answer.
    pub status: Option<u16>,
    pub ms: i64,
}

/// Who asked.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LookupByView {
    Agent { name: String },
    Bot,
    Trial { name: String },
}

/// What an agent can look up beside a conversation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConversationConnectors {
    pub items: Vec<OfferedConnector>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OfferedConnector {
    pub id: ConnectorId,
    pub name: String,
    pub about: String,
    pub parameters: Vec<ConnectorParameter>,
    pub available: bool,
    /// Why it is not: `visitor_not_signed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<LookupOutcome>,
    /// What the visitor said already, by the names of the parameters.
    pub suggested: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LookUp {
    pub connector_id: ConnectorId,
    /// By the names of the parameters.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
}

/// What was found; no rows: nothing.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LookupResult {
    /// At most 10 results, each with the values that it has.
    pub rows: Vec<Vec<LookupCell>>,
    /// There are more.
    pub more: bool,
    /// It was answered to the same question a short while ago.
    pub cached: bool,
    pub ms: i64,
}
