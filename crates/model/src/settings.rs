//! What an administrator chose for the whole workspace.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkspaceSettings {
    /// How visitors feel is noticed and shown to staff.
    pub moods: bool,
}

impl Default for WorkspaceSettings {
    fn default() -> Self {
        Self { moods: true }
    }
}
