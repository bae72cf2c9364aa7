//! Help for an agent: the visitor turned upset while the agent has them, or the agent asks for it.

use crate::Seq;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What happens when a visitor turns upset while an agent has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HelpRule {
    /// Nothing.
    #[default]
    Off,
    /// Supervisors and senior agents are told.
    Tell,
    /// They are told, and may take the conversation over.
    Offer,
}

/// What sort of help a conversation has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HelpKind {
    /// Others were told of an upset visitor.
    Told,
    /// Others may take the conversation of an upset visitor over.
    Offered,
    /// The agent asked; others may take it over.
    Asked,
}

impl HelpKind {
    pub const ALL: [Self; 3] = [Self::Told, Self::Offered, Self::Asked];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Offered => "offered",
            Self::Asked => "asked",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Whoever sees the conversation may take it over.
    pub fn may_take_over(self) -> bool {
        self != Self::Told
    }
}

/// Help that a conversation has until somebody takes it over, its agent answers, or the visitor is calm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Help {
    pub kind: HelpKind,
    /// The notice that says why.
    pub seq: Seq,
}
