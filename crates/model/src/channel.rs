//! A channel (渠道): an entry through which visitors reach a workspace.

use crate::{BotSettings, ChannelId, Locale, Millis, TeamId, WorkspaceId};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    pub id: ChannelId,
    pub workspace_id: WorkspaceId,
    pub name: String,
    pub key: ChannelKey,
    pub settings: ChannelSettings,
    /// New conversations go to this team's queue; none means everybody's.
    pub team_id: Option<TeamId>,
    pub created_at: Millis,
    /// When the script on the site was last heard of, and on which page origin.
    pub seen_at: Option<Millis>,
    pub seen_origin: Option<String>,
}

/// The public name of a channel in the script tag: 20 lower-case letters and digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChannelKey(pub String);

/// What an administrator chose for a website channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChannelSettings {
    /// Page origins that may show the window (`https://shop.example`); empty means any.
    pub allowed_origins: Vec<String>,
    pub title: String,
    pub greeting: String,
    /// Accent colour as `#rrggbb`.
    pub color: String,
    /// None follows the visitor's browser.
    pub locale: Option<Locale>,
    pub bot: BotSettings,
}
