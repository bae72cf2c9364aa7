//! Administration: agents, teams, channels.

use crate::bot::BotOptions;
use model::{
    AgentId, AgentState, ChannelId, ChannelSecretId, HelpRule, Locale, Millis, Role, TeamId, VipMark,
    benefit::GrantLimits,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AgentView {
    pub id: AgentId,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub active: bool,
    pub has_totp: bool,
    /// Upset visitors are given to these first.
    pub senior: bool,
    pub team_ids: Vec<TeamId>,
    pub created_at: Millis,
}

impl AgentView {
    pub fn of(agent: model::Agent, team_ids: Vec<TeamId>) -> Self {
        Self {
            id: agent.id,
            email: agent.email,
            name: agent.name,
            role: agent.role,
            active: agent.state == AgentState::Active,
            has_totp: agent.has_totp,
            senior: agent.is_senior,
            team_ids,
            created_at: agent.created_at,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AgentList {
    pub agents: Vec<AgentView>,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAgent {
    pub email: String,
    pub name: String,
    pub role: Role,
    pub password: String,
    #[serde(default)]
    pub team_ids: Vec<TeamId>,
    #[serde(default)]
    pub senior: bool,
}

/// Fields that are missing stay as they are. A new password ends the agent's sessions.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EditAgent {
    pub name: Option<String>,
    pub role: Option<Role>,
    pub active: Option<bool>,
    pub password: Option<String>,
    pub team_ids: Option<Vec<TeamId>>,
    /// Upset visitors are given to these first.
    pub senior: Option<bool>,
    /// True turns two-step verification off (a lost phone).
    pub reset_totp: Option<bool>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TeamView {
    pub id: TeamId,
    pub name: String,
    pub member_ids: Vec<AgentId>,
}

impl From<model::Team> for TeamView {
    fn from(team: model::Team) -> Self {
        Self { id: team.id, name: team.name, member_ids: team.members }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TeamList {
    pub teams: Vec<TeamView>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveTeam {
    pub name: String,
    pub member_ids: Vec<AgentId>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChannelView {
    pub id: ChannelId,
    pub name: String,
    /// Stands in the script tag.
    pub key: String,
    pub team_id: Option<TeamId>,
    pub allowed_origins: Vec<String>,
    pub title: String,
    pub greeting: String,
    pub color: String,
    pub locale: Option<Locale>,
    pub bot: BotOptions,
    /// When the script was last heard of on a page, and on which origin.
    pub seen_at: Option<Millis>,
    pub seen_origin: Option<String>,
    /// The tag to copy into the site.
    pub script_tag: String,
    /// The hosted chat page.
    pub chat_url: String,
    pub secrets: Vec<SecretView>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChannelList {
    pub channels: Vec<ChannelView>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveChannel {
    pub name: String,
    #[serde(default)]
    pub team_id: Option<TeamId>,
    /// `https://shop.example` each, no path; empty means any site.
    #[serde(default)]
    pub allowed_origins: Vec<String>,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub greeting: String,
    /// `#rrggbb`; empty means the product's own colour.
    #[serde(default)]
    pub color: String,
    #[serde(default)]
    pub locale: Option<Locale>,
    /// Missing: as it is; on a new channel off.
    #[serde(default)]
    pub bot: Option<BotOptions>,
}

/// A secret with which the site signs visitor identities; its value is shown once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SecretView {
    pub id: ChannelSecretId,
    /// `HS256` or `EdDSA`.
    pub algorithm: String,
    pub created_at: Millis,
}

/// Without `public_key` the server makes an HS256 secret; with it (Ed25519, PEM) the site
/// signs with its own key.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NewSecret {
    pub public_key: Option<String>,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct CreatedSecret {
    pub secret: SecretView,
    /// Base64url, HS256 only. Cannot be read again.
    pub value: Option<String>,
}

/// What holds for the whole workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceOptions {
    /// How visitors feel is noticed and shown to staff.
    pub moods: bool,
    /// Whoever is clearly upset is assigned to an agent from the queue as if they had come ten minutes
    /// earlier.
    pub upset_first: bool,
    /// What happens when a visitor turns upset while an agent has them.
    pub help: HelpRule,
    /// What a customer may be given within 24 hours, and what needs approval.
    pub grants: GrantLimits,
    /// By what a site marks its VIPs.
    pub vip: VipMark,
}

impl From<model::WorkspaceSettings> for WorkspaceOptions {
    fn from(settings: model::WorkspaceSettings) -> Self {
        let model::WorkspaceSettings { moods, upset_first, help, grants, vip } = settings;
        Self { moods, upset_first, help, grants, vip }
    }
}

impl From<WorkspaceOptions> for model::WorkspaceSettings {
    fn from(options: WorkspaceOptions) -> Self {
        let WorkspaceOptions { moods, upset_first, help, grants, vip } = options;
        Self { moods, upset_first, help, grants, vip }
    }
}
