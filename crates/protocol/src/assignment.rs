//! Why an agent has a conversation, and why nobody has it yet.

use crate::message::Names;
use model::{AgentId, Reasons, Skip, TeamId, Waiting};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AssignmentView {
    /// Why the agent was chosen automatically; missing when a person chose, or no reasons were kept.
    pub reasons: Option<ReasonsView>,
    /// Why nobody has it; missing unless it waits.
    pub waiting: Option<WaitingView>,
}

/// What was known when the agent was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReasonsView {
    /// Only agents of this team were looked at; missing: all.
    pub team_id: Option<TeamId>,
    /// Open conversations of the chosen one.
    pub load: i64,
    /// The most that an agent is given.
    pub capacity: i64,
    /// The visitor was upset, and senior agents come first.
    pub senior: bool,
    /// Whoever came nearest first, 100 at most.
    pub skipped: Vec<SkippedView>,
    /// Further ones, who are not listed.
    pub left_out: i64,
}

/// An agent who was not chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SkippedView {
    pub agent_id: AgentId,
    pub agent_name: String,
    pub reason: Skip,
    /// Open conversations at that moment.
    pub load: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WaitingView {
    pub reason: Waiting,
    /// Agents of the team, or all.
    pub members: usize,
    /// Of these, who are online now.
    pub online: usize,
}

impl ReasonsView {
    pub fn of(reasons: Reasons, names: &impl Names) -> Self {
        let Reasons { team_id, load, capacity, senior, skipped, left_out } = reasons;
        let view = |one: model::Skipped| SkippedView {
            agent_id: one.agent_id,
            agent_name: names.agent(one.agent_id),
            reason: one.reason,
            load: one.load,
        };
        Self { team_id, load, capacity, senior, skipped: skipped.into_iter().map(view).collect(), left_out }
    }
}
