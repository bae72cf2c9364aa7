//! Benefits for customers who were let down, and the record of their grants.

use model::{
    AgentId, BenefitId, ContactId, ConversationId, GrantId, Millis,
    benefit::{BenefitContent, BenefitKind, GrantState, Source},
    rules::Phrase,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What agents may give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BenefitView {
    pub id: BenefitId,
    pub name: String,
    pub kind: BenefitKind,
    /// What one is worth, in the currency of the business.
    pub worth: i64,
    pub source: Source,
    pub message: Phrase,
    /// Offered by itself when a visitor is upset.
    pub proposed: bool,
    pub enabled: bool,
    /// Codes that nobody got yet.
    pub codes_left: i64,
}

impl From<model::benefit::Benefit> for BenefitView {
    fn from(benefit: model::benefit::Benefit) -> Self {
        let content = benefit.content;
        Self {
            id: benefit.id,
            name: content.name,
            kind: content.kind,
            worth: content.worth,
            source: content.source,
            message: content.message,
            proposed: content.is_proposed,
            enabled: content.is_enabled,
            codes_left: benefit.codes_left,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BenefitList {
    pub benefits: Vec<BenefitView>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveBenefit {
    /// At most 60 characters.
    pub name: String,
    pub kind: BenefitKind,
    /// 1 to 1,000,000.
    pub worth: i64,
    pub source: Source,
    #[serde(default)]
    pub message: Phrase,
    #[serde(default)]
    pub proposed: bool,
    pub enabled: bool,
}

impl From<SaveBenefit> for BenefitContent {
    fn from(body: SaveBenefit) -> Self {
        Self {
            name: body.name,
            kind: body.kind,
            worth: body.worth,
            source: body.source,
            message: body.message,
            is_proposed: body.proposed,
            is_enabled: body.enabled,
        }
    }
}

/// 10,000 codes at most, 60 characters each; those that were in the list before are left out.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddCodes {
    pub codes: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AddedCodes {
    pub benefit: BenefitView,
    /// How many were new.
    pub added: i64,
}

/// Give a benefit, or ask for approval.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskGrant {
    pub benefit_id: BenefitId,
    /// For the record, at most 500 characters.
    #[serde(default)]
    pub reason: String,
    /// Typed in, where codes come from elsewhere.
    #[serde(default)]
    pub code: Option<String>,
}

/// A benefit that was given or asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GrantView {
    pub id: GrantId,
    pub conversation_id: ConversationId,
    pub contact_id: ContactId,
    pub benefit_id: BenefitId,
    pub name: String,
    pub kind: BenefitKind,
    pub worth: i64,
    pub state: GrantState,
    pub code: Option<String>,
    pub reason: String,
    pub asked_by: AgentId,
    pub asked_at: Millis,
    /// Who approved or declined it.
    pub decided_by: Option<AgentId>,
    pub decided_at: Option<Millis>,
    /// Missing: the visitor does not know of it yet.
    pub told_at: Option<Millis>,
}

impl From<model::benefit::Grant> for GrantView {
    fn from(grant: model::benefit::Grant) -> Self {
        Self {
            id: grant.id,
            conversation_id: grant.conversation_id,
            contact_id: grant.contact_id,
            benefit_id: grant.benefit_id,
            name: grant.name,
            kind: grant.kind,
            worth: grant.worth,
            state: grant.state,
            code: grant.code,
            reason: grant.reason,
            asked_by: grant.asked_by,
            asked_at: grant.asked_at,
            decided_by: grant.decided_by,
            decided_at: grant.decided_at,
            told_at: grant.told_at,
        }
    }
}

/// The grants of a conversation, and what its visitor may still get within 24 hours.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConversationGrants {
    pub grants: Vec<GrantView>,
    pub left_count: i64,
    pub left_worth: i64,
    /// From this worth on somebody else must approve.
    pub approval_from: i64,
}

/// A page of the record, newest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GrantPage {
    pub grants: Vec<GrantView>,
    /// `before` of the next page.
    pub next: Option<GrantId>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideGrant {
    pub approved: bool,
}
