//! Benefits (安抚补偿): what may be given to a customer who was let down, and each time it was.

use crate::{AgentId, BenefitId, ContactId, ConversationId, GrantId, Millis, WorkspaceId, rules::Phrase};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BenefitKind {
    Coupon,
    Points,
}

impl BenefitKind {
    pub const ALL: [Self; 2] = [Self::Coupon, Self::Points];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Coupon => "coupon",
            Self::Points => "points",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Where what is given comes from: the connector behind a benefit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The next of a list of codes that an administrator uploaded.
    Codes,
    /// Somebody books it in another system by hand; a code may be typed in.
    Manual,
}

impl Source {
    pub const ALL: [Self; 2] = [Self::Codes, Self::Manual];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Codes => "codes",
            Self::Manual => "manual",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.code() == code)
    }
}

/// Something that agents may give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Benefit {
    pub id: BenefitId,
    pub workspace_id: WorkspaceId,
    pub content: BenefitContent,
    /// Codes that nobody got yet.
    pub codes_left: i64,
    pub created_at: Millis,
}

/// What an administrator enters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BenefitContent {
    pub name: String,
    pub kind: BenefitKind,
    /// What one is worth, in the currency of the business; limits count it.
    pub worth: i64,
    pub source: Source,
    /// Said with it; empty: the product's own words.
    pub message: Phrase,
    /// Offered to agents by itself when a visitor is upset.
    pub is_proposed: bool,
    pub is_enabled: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantState {
    /// Waits for somebody who may approve it.
    Pending,
    Granted,
    Declined,
}

impl GrantState {
    pub const ALL: [Self; 3] = [Self::Pending, Self::Granted, Self::Declined];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Granted => "granted",
            Self::Declined => "declined",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// A benefit that was given, or asked for: the record of it, which nothing deletes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub id: GrantId,
    pub workspace_id: WorkspaceId,
    pub conversation_id: ConversationId,
    pub contact_id: ContactId,
    pub benefit_id: BenefitId,
    /// As they were then.
    pub name: String,
    pub kind: BenefitKind,
    pub worth: i64,
    pub state: GrantState,
    pub code: Option<String>,
    pub reason: String,
    pub asked_by: AgentId,
    pub asked_at: Millis,
    /// Who approved or declined it; none when nobody had to.
    pub decided_by: Option<AgentId>,
    pub decided_at: Option<Millis>,
    /// When the visitor was told.
    pub told_at: Option<Millis>,
}

/// What one customer may get within 24 hours, and from which worth on somebody else must approve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantLimits {
    /// 0 to 100.
    pub count: i64,
    /// 0 to 1,000,000.
    pub worth: i64,
    /// 0 to 1,000,000.
    pub approval_from: i64,
}

impl GrantLimits {
    pub const COUNT: std::ops::RangeInclusive<i64> = 0..=100;
    pub const WORTH: std::ops::RangeInclusive<i64> = 0..=1_000_000;
}

impl Default for GrantLimits {
    fn default() -> Self {
        Self { count: 1, worth: 100, approval_from: 50 }
    }
}
