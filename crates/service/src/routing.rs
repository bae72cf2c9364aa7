//! Finding an agent for a conversation that waits. The choice is a pure function of what is
//! known at the moment and says why; richer policies replace [`choose`].

use crate::{Result, Staff, conversations::Conversations, moods::Moods};
use bot::Staffing;
use bus::Bus;
use model::{
    AgentId, AgentState, Conversation, ConversationId, Millis, Mood, Permission, Presence, Reasons, Refusal,
    Seq, Skip, Skipped, Status, TeamId, Waiting, WorkspaceId,
};
use std::collections::HashMap;
use store::Store;

/// The most conversations an agent is given automatically.
const CAPACITY: i64 = 10;
/// Who is clearly upset counts as if they had come so much earlier, where the workspace wants that. Not
/// without a limit: whoever waits is overtaken only by those who came within this time after them.
const HEAD_START: Millis = 10 * 60 * 1_000;
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

    /// None is everybody.
    fn is_of(&self, team: Option<TeamId>) -> bool {
        team.is_none_or(|team| self.teams.contains(&team))
    }

    const fn is_full(&self) -> bool {
        self.load >= CAPACITY
    }

    const fn skipped(&self, reason: Skip) -> Skipped {
        Skipped { agent_id: self.id, reason, load: self.load }
    }
}

/// A choice with its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub agent: Option<AgentId>,
    pub reasons: Reasons,
}

/// The least loaded agent of the conversation's team who is online and below capacity. An upset
/// visitor goes to a senior one, as long as one of them is free.
pub fn choose(team: Option<TeamId>, is_upset: bool, candidates: &[Candidate]) -> Decision {
    let mut skipped = Vec::new();
    let mut fit: Vec<&Candidate> = Vec::new();
    for candidate in candidates {
        if !candidate.is_there() {
            skipped.push(candidate.skipped(Skip::NotOnline));
        } else if !candidate.is_of(team) {
            skipped.push(candidate.skipped(Skip::OtherTeam));
        } else if candidate.is_full() {
            skipped.push(candidate.skipped(Skip::Full));
        } else {
            fit.push(candidate);
        }
    }
    let senior = is_upset && fit.iter().any(|candidate| candidate.is_senior);
    if senior {
        let others = fit.iter().filter(|candidate| !candidate.is_senior);
        skipped.extend(others.map(|other| other.skipped(Skip::NotSenior)));
        fit.retain(|candidate| candidate.is_senior);
    }
    let chosen = fit.iter().min_by_key(|candidate| (candidate.load, candidate.id)).copied();
    let agent = chosen.map(|candidate| candidate.id);
    let busier = fit.iter().filter(|candidate| Some(candidate.id) != agent);
    skipped.extend(busier.map(|busier| busier.skipped(Skip::Busier)));
    skipped.sort_by_key(|one| (one.reason, one.load, one.agent_id));
    let left_out = skipped.len().saturating_sub(Reasons::LISTED) as i64;
    skipped.truncate(Reasons::LISTED);
    let load = chosen.map_or(0, |candidate| candidate.load);
    Decision {
        agent,
        reasons: Reasons { team_id: team, load, capacity: CAPACITY, senior, skipped, left_out },
    }
}

/// Why nobody has a conversation that waits, in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    pub why: Waiting,
    /// Agents of the team, or all.
    pub members: usize,
    /// Of these, who are there.
    pub online: usize,
}

pub fn wait(team: Option<TeamId>, candidates: &[Candidate]) -> Wait {
    let members: Vec<&Candidate> = candidates.iter().filter(|one| one.is_of(team)).collect();
    let there: Vec<&Candidate> = members.iter().copied().filter(|one| one.is_there()).collect();
    let why = match () {
        () if members.is_empty() => Waiting::TeamEmpty,
        () if there.is_empty() => Waiting::NobodyOnline,
        () if there.iter().all(|one| one.is_full()) => Waiting::AllFull,
        () => Waiting::Soon,
    };
    Wait { why, members: members.len(), online: there.len() }
}

/// What can be said about who has a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    pub reasons: Option<Reasons>,
    pub wait: Option<Wait>,
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
        let settings = self.store.workspace_settings(workspace).await?;
        let head_start = if settings.moods && settings.upset_first { HEAD_START } else { 0 };
        let waiting = self.store.list_queued(workspace, head_start, SWEEP).await?;
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

    /// Why the agent was chosen whom the notice at `seq` names, and while nobody has it, why.
    pub async fn explain(&self, staff: &Staff, id: ConversationId, seq: Option<Seq>) -> Result<Explained> {
        let conversation = self.conversations.access(staff, id).await?;
        let workspace = staff.workspace();
        let reasons = match seq {
            Some(seq) => self.store.find_reasons(workspace, id, seq).await?,
            None => None,
        };
        let wait = if conversation.status == Status::Queued {
            Some(wait(conversation.team_id, &self.candidates(workspace).await?))
        } else {
            None
        };
        Ok(Explained { reasons, wait })
    }

    async fn assign(&self, conversation: &Conversation, candidates: &[Candidate]) -> Result<Option<AgentId>> {
        let is_upset = conversation.upset() >= Mood::CLEAR;
        let decision = choose(conversation.team_id, is_upset, candidates);
        let Some(agent) = decision.agent else { return Ok(None) };
        match self.conversations.assign_automatically(conversation, agent, decision.reasons).await {
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

    fn why(decision: &Decision) -> Vec<(i64, Skip, i64)> {
        decision.reasons.skipped.iter().map(|one| (one.agent_id.0, one.reason, one.load)).collect()
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
            why(&decision),
            [
                (3, Skip::Busier, 4),
                (5, Skip::Full, CAPACITY),
                (1, Skip::OtherTeam, 0),
                (2, Skip::NotOnline, 0)
            ]
        );
        assert_eq!((decision.reasons.load, decision.reasons.left_out), (2, 0));
    }

    #[test]
    fn an_upset_visitor_goes_to_a_senior_agent_while_one_is_free() {
        let senior = |id, load| Candidate { is_senior: true, ..candidate(id, load) };
        let free = [candidate(1, 0), senior(2, 5), senior(3, 3)];
        let decision = choose(None, true, &free);
        assert_eq!((decision.agent, decision.reasons.senior), (Some(AgentId(3)), true));
        assert_eq!(why(&decision), [(2, Skip::Busier, 5), (1, Skip::NotSenior, 0)]);
        let calm = choose(None, false, &free);
        assert_eq!((calm.agent, calm.reasons.senior), (Some(AgentId(1)), false));
        let decision = choose(None, true, &[candidate(1, 4), senior(2, CAPACITY)]);
        assert_eq!(
            (decision.agent, decision.reasons.senior),
            (Some(AgentId(1)), false),
            "nobody waits for them"
        );
    }

    #[test]
    fn nobody_is_chosen_when_all_are_busy_or_away() {
        let mut busy = candidate(1, 0);
        busy.presence = Presence::Busy;
        assert_eq!(choose(None, false, &[busy, candidate(2, CAPACITY)]).agent, None);
    }

    #[test]
    fn of_very_many_the_nearest_are_listed_and_the_rest_counted() {
        let mut away: Vec<_> =
            (1..=150).map(|id| Candidate { connected: false, ..candidate(id, 0) }).collect();
        away.extend([candidate(200, 1), candidate(201, 2)]);
        let Decision { agent, reasons } = choose(None, false, &away);
        assert_eq!(
            (agent, reasons.skipped.len(), reasons.left_out),
            (Some(AgentId(200)), Reasons::LISTED, 51)
        );
        assert_eq!(reasons.skipped[0].agent_id, AgentId(201));
    }

    #[test]
    fn why_nobody_has_it_is_said_truly() {
        let away = Candidate { connected: false, ..candidate(1, 0) };
        let said = |team, candidates: &[Candidate]| wait(Some(TeamId(team)), candidates).why;
        assert_eq!(said(2, &[candidate(1, 0)]), Waiting::TeamEmpty);
        assert_eq!(said(1, std::slice::from_ref(&away)), Waiting::NobodyOnline);
        let full = [away, candidate(2, CAPACITY), candidate(3, CAPACITY)];
        assert_eq!(wait(None, &full), Wait { why: Waiting::AllFull, members: 3, online: 2 });
        assert_eq!(said(1, &[candidate(2, CAPACITY), candidate(3, CAPACITY - 1)]), Waiting::Soon);
    }
}
