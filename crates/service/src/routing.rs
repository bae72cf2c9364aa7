//! Finding an agent for a conversation that waits. The choice is a pure function of what is
//! known at the moment and says why; richer policies replace [`choose`].

use crate::{Result, conversations::Conversations, moods::Moods};
use bot::Staffing;
use bus::Bus;
use model::{
    AgentId, AgentState, Conversation, ConversationId, Permission, Presence, Refusal, Status, TeamId,
    WorkspaceId,
};
use std::collections::HashMap;
use store::Store;

/// The most conversations an agent is given automatically.
const CAPACITY: i64 = 10;
/// From this strength on somebody upset is given to a senior agent.
const CLEARLY: u8 = 2;
/// How many waiting conversations one sweep looks at.
const SWEEP: i64 = 200;

/// An agent as routing sees one.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub id: AgentId,
    pub presence: Presence,
    pub connected: bool,
    pub teams: Vec<TeamId>,
    pub load: i64,
    pub is_senior: bool,
}

impl Candidate {
    fn is_there(&self) -> bool {
        self.connected && self.presence == Presence::Online
    }
}

/// Why an agent was not chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    NotOnline,
    OtherTeam,
    Full,
    /// The visitor is upset, and somebody senior is free.
    NotSenior,
    Busier,
}

/// A choice with its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub agent: Option<AgentId>,
    /// Chosen from among the senior ones, for an upset visitor.
    pub senior: bool,
    pub skipped: Vec<(AgentId, Skip)>,
}

/// The least loaded agent of the conversation's team who is online and below capacity. An upset
/// visitor goes to a senior one, as long as one of them is free.
pub fn choose(team: Option<TeamId>, is_upset: bool, candidates: &[Candidate]) -> Decision {
    let mut skipped = Vec::new();
    let mut fit: Vec<&Candidate> = Vec::new();
    for candidate in candidates {
        let reason = if !candidate.is_there() {
            Some(Skip::NotOnline)
        } else if team.is_some_and(|team| !candidate.teams.contains(&team)) {
            Some(Skip::OtherTeam)
        } else if candidate.load >= CAPACITY {
            Some(Skip::Full)
        } else {
            None
        };
        match reason {
            Some(reason) => skipped.push((candidate.id, reason)),
            None => fit.push(candidate),
        }
    }
    let senior = is_upset && fit.iter().any(|candidate| candidate.is_senior);
    if senior {
        let others = fit.iter().filter(|candidate| !candidate.is_senior);
        skipped.extend(others.map(|other| (other.id, Skip::NotSenior)));
        fit.retain(|candidate| candidate.is_senior);
    }
    let agent =
        fit.iter().min_by_key(|candidate| (candidate.load, candidate.id)).map(|candidate| candidate.id);
    skipped.extend(
        fit.iter().filter(|candidate| Some(candidate.id) != agent).map(|busier| (busier.id, Skip::Busier)),
    );
    Decision { agent, senior, skipped }
}

#[derive(Clone)]
pub struct Routing {
    store: Store,
    bus: Bus,
    conversations: Conversations,
    moods: Moods,
}

impl Routing {
    pub fn new(store: Store, bus: Bus, conversations: Conversations, moods: Moods) -> Self {
        Self { store, bus, conversations, moods }
    }

    /// Assigns one conversation if it still waits and somebody is free. Harmless to repeat.
    pub async fn route(&self, workspace: WorkspaceId, id: ConversationId) -> Result<()> {
        let Some(mut conversation) = self.store.find_conversation(workspace, id).await? else {
            return Ok(());
        };
        if conversation.status != Status::Queued {
            return Ok(());
        }
        let candidates = self.candidates(workspace).await?;
        if conversation.mood.is_none() && candidates.iter().any(|one| one.is_senior && one.is_there()) {
            // The mood may not be noticed yet, and now it matters.
            conversation = self.moods.notice(conversation).await?;
        }
        self.assign(&conversation, &candidates).await.map(|_| ())
    }

    /// Looks at everything that waits, longest first: after an agent became free.
    pub async fn sweep(&self, workspace: WorkspaceId) -> Result<()> {
        let waiting = self.store.list_queued(workspace, SWEEP).await?;
        if waiting.is_empty() {
            return Ok(());
        }
        let mut candidates = self.candidates(workspace).await?;
        for id in waiting {
            let Some(conversation) = self.store.find_conversation(workspace, id).await? else { continue };
            if let Some(agent) = self.assign(&conversation, &candidates).await?
                && let Some(chosen) = candidates.iter_mut().find(|candidate| candidate.id == agent)
            {
                chosen.load += 1;
            }
        }
        Ok(())
    }

    /// Who is there now to take a conversation of this team, and of each other one.
    pub async fn staffing(&self, workspace: WorkspaceId, team: Option<TeamId>) -> Result<Staffing> {
        let candidates = self.candidates(workspace).await?;
        let there: Vec<&Candidate> = candidates.iter().filter(|one| one.is_there()).collect();
        let has = |team: TeamId| there.iter().any(|one| one.teams.contains(&team));
        let teams = self.store.list_teams(workspace).await?;
        Ok(Staffing {
            here: team.map_or(!there.is_empty(), has),
            teams: teams.iter().map(|team| (team.id, has(team.id))).collect(),
        })
    }

    async fn assign(&self, conversation: &Conversation, candidates: &[Candidate]) -> Result<Option<AgentId>> {
        let is_upset = conversation.mood.is_some_and(|mood| mood.is_upset() && mood.strength >= CLEARLY);
        let decision = choose(conversation.team_id, is_upset, candidates);
        let Some(agent) = decision.agent else { return Ok(None) };
        tracing::debug!(conversation = %conversation.id, %agent, skipped = ?decision.skipped, "assigned automatically");
        match self.conversations.assign_automatically(conversation, agent, decision.senior).await {
            Ok(()) => Ok(Some(agent)),
            // Somebody was faster, or the visitor has gone.
            Err(crate::Error::Refused(Refusal::AlreadyAssigned | Refusal::Resolved)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn candidates(&self, workspace: WorkspaceId) -> Result<Vec<Candidate>> {
        let present = self.bus.present_agents(workspace).await;
        let load: HashMap<AgentId, i64> =
            self.store.count_open_by_agent(workspace).await?.into_iter().collect();
        let memberships = self.store.list_memberships(workspace).await?;
        let agents = self.store.list_agents(workspace).await?;
        let active = agents
            .into_iter()
            .filter(|agent| agent.state == AgentState::Active && agent.role.may(Permission::Reply));
        Ok(active
            .map(|agent| Candidate {
                id: agent.id,
                presence: agent.presence,
                connected: present.contains(&agent.id),
                teams: memberships
                    .iter()
                    .filter(|(_, member)| *member == agent.id)
                    .map(|(team, _)| *team)
                    .collect(),
                load: load.get(&agent.id).copied().unwrap_or(0),
                is_senior: agent.is_senior,
            })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(id: i64, load: i64) -> Candidate {
        Candidate {
            id: AgentId(id),
            presence: Presence::Online,
            connected: true,
            teams: vec![TeamId(1)],
            load,
            is_senior: false,
        }
    }

    #[test]
    fn the_least_loaded_online_agent_of_the_team_is_chosen() {
        let mut other_team = candidate(1, 0);
        other_team.teams = vec![TeamId(2)];
        let mut away = candidate(2, 0);
        away.connected = false;
        let decision = choose(
            Some(TeamId(1)),
            true,
            &[other_team, away, candidate(3, 4), candidate(4, 2), candidate(5, CAPACITY)],
        );
        assert_eq!(decision.agent, Some(AgentId(4)));
        assert_eq!(
            decision.skipped,
            [
                (AgentId(1), Skip::OtherTeam),
                (AgentId(2), Skip::NotOnline),
                (AgentId(5), Skip::Full),
                (AgentId(3), Skip::Busier)
            ]
        );
    }

    #[test]
    fn an_upset_visitor_goes_to_a_senior_agent_while_one_is_free() {
        let senior = |id, load| Candidate { is_senior: true, ..candidate(id, load) };
        let free = [candidate(1, 0), senior(2, 5), senior(3, 3)];
        let decision = choose(None, true, &free);
        assert_eq!((decision.agent, decision.senior), (Some(AgentId(3)), true));
        assert_eq!(decision.skipped, [(AgentId(1), Skip::NotSenior), (AgentId(2), Skip::Busier)]);
        let calm = choose(None, false, &free);
        assert_eq!((calm.agent, calm.senior), (Some(AgentId(1)), false));
        let decision = choose(None, true, &[candidate(1, 4), senior(2, CAPACITY)]);
        assert_eq!((decision.agent, decision.senior), (Some(AgentId(1)), false), "nobody waits for them");
    }

    #[test]
    fn nobody_is_chosen_when_all_are_busy_or_away() {
        let mut busy = candidate(1, 0);
        busy.presence = Presence::Busy;
        assert_eq!(choose(None, false, &[busy, candidate(2, CAPACITY)]).agent, None);
    }
}
