//! Logging in and one's own account.

use model::{AgentId, Locale, Millis, Presence, Role, SessionId, TeamId, Theme, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    pub email: String,
    pub password: String,
    /// Six digits, when two-step verification is on (the answer without is `code_required`).
    #[serde(default)]
    pub code: Option<String>,
}

/// The logged-in agent.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Me {
    pub id: AgentId,
    pub workspace_id: WorkspaceId,
    pub workspace_name: String,
    pub session_id: SessionId,
    pub email: String,
    pub name: String,
    pub role: Role,
    /// Upset visitors are given to this agent first.
    pub senior: bool,
    /// Permission codes, `<module>.<object>.<action>`.
    pub permissions: Vec<String>,
    pub team_ids: Vec<TeamId>,
    pub locale: Locale,
    pub theme: Theme,
    pub presence: Presence,
    pub has_totp: bool,
    /// Sent back in the header `x-csrf-token` with every request that changes something.
    pub csrf_token: String,
}

/// Fields that are missing stay as they are.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EditMe {
    pub name: Option<String>,
    pub locale: Option<Locale>,
    pub theme: Option<Theme>,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    pub current: String,
    pub new: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPresence {
    pub presence: Presence,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SessionView {
    pub id: SessionId,
    /// The one that asks.
    pub current: bool,
    pub created_at: Millis,
    pub seen_at: Millis,
    pub expires_at: Millis,
    pub address: String,
    pub user_agent: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SessionList {
    pub sessions: Vec<SessionView>,
}

/// Shown once; it counts only after a code made with it was confirmed.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct TotpStart {
    /// Base32, for typing in.
    pub secret: String,
    /// `otpauth://` address, for a QR code.
    pub url: String,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TotpConfirm {
    pub code: String,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordProof {
    pub password: String,
}

/// Opens one socket within 30 seconds.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Ticket {
    pub ticket: String,
}
