//! Why an agent was given a conversation automatically, and why nobody has one that waits.

use crate::{AgentId, TeamId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why an agent was not chosen; whoever came nearest to it first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// Has as many conversations or more.
    Busier,
    /// The visitor is upset, and somebody senior is free.
    NotSenior,
    /// Has as many conversations as an agent is given.
    Full,
    OtherTeam,
    NotOnline,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    pub agent_id: AgentId,
    pub reason: Skip,
    /// Open conversations at that moment.
    pub load: i64,
}

/// What was known when an agent was chosen; kept with the notice of the assignment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reasons {
    /// Only agents of this team; none: everybody.
    pub team_id: Option<TeamId>,
    /// Open conversations of the chosen one.
    pub load: i64,
    /// The most that an agent is given.
    pub capacity: i64,
    /// Chosen from among the senior ones, for an upset visitor.
    pub senior: bool,
    pub skipped: Vec<Skipped>,
    /// Further ones, who are not listed.
    pub left_out: i64,
}

impl Reasons {
    /// The most agents that are listed.
    pub const LISTED: usize = 100;
}

/// Why nobody has a conversation that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    TeamEmpty,
    NobodyOnline,
    AllFull,
    /// Somebody is free and gets it in a moment.
    Soon,
}
