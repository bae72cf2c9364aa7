//! What an administrator chose for the whole workspace.

use crate::{HelpRule, VipMark, benefit::GrantLimits};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkspaceSettings {
    /// How visitors feel is noticed and shown to staff.
    pub moods: bool,
    /// Whoever is clearly upset is assigned to an agent from the queue as if they had come earlier.
    pub upset_first: bool,
    /// What happens when a visitor turns upset while an agent has them.
    pub help: HelpRule,
    /// What a customer may be given within 24 hours.
    pub grants: GrantLimits,
    /// Who is a VIP.
    pub vip: VipMark,
}

impl Default for WorkspaceSettings {
    fn default() -> Self {
        Self {
            moods: true,
            upset_first: false,
            help: HelpRule::Off,
            grants: GrantLimits::default(),
            vip: VipMark::default(),
        }
    }
}
