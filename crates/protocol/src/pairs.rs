//! Entries that ask the same, and what their answers say differently.

use model::EntryId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Contradictions first, 200 at most.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EntryPairs {
    pub pairs: Vec<EntryPair>,
}

/// Two published entries that ask the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EntryPair {
    pub left: PairedEntry,
    pub right: PairedEntry,
    /// Empty: the answers go together, one of the two is too many.
    pub disagreements: Vec<DisagreementView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PairedEntry {
    pub id: EntryId,
    /// The version that answers.
    pub version: i64,
    pub question: String,
    /// Its wording that asks what the other asks.
    pub phrasing: String,
    pub answer: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisagreementKind {
    Money,
    /// How long something takes.
    Duration,
    /// A day or an hour.
    Time,
    /// So many of something, per cent.
    Number,
    /// A telephone number or a mail address.
    Contact,
    /// One says yes, the other no.
    Opposite,
}

/// What two answers say differently, each in its own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DisagreementView {
    pub kind: DisagreementKind,
    pub left: String,
    pub right: String,
}

/// This entry and the other may stay as they are, until one of them has another published version.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DismissPair {
    /// The published version that was looked at.
    pub version: i64,
    pub other_id: EntryId,
    pub other_version: i64,
}

/// What is being written.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FindContraries {
    /// Question and phrasings: 101 at most.
    pub questions: Vec<String>,
    pub answer: String,
    /// An entry that does not count.
    #[serde(default)]
    pub except: Option<EntryId>,
}

/// Published entries that ask the same and say something else, 5 at most.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ContraryEntries {
    pub entries: Vec<ContraryEntry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContraryEntry {
    pub id: EntryId,
    pub question: String,
    /// `left` is what is being written.
    pub disagreements: Vec<DisagreementView>,
}
