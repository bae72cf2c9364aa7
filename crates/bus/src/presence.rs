//! Who has a connection to this node. Invariant: a member is listed while, and only while,
//! at least one of its connections is.

use model::{AgentId, ContactId, WorkspaceId};
use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Somebody who can be connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Member {
    /// An agent's console.
    Agent(WorkspaceId, AgentId),
    /// A contact's chat window.
    Contact(WorkspaceId, ContactId),
}

/// One socket; unique within its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConnectionId(pub u64);

#[derive(Default)]
pub struct Roster {
    members: Mutex<HashMap<Member, HashSet<ConnectionId>>>,
}

impl Roster {
    fn lock(&self) -> MutexGuard<'_, HashMap<Member, HashSet<ConnectionId>>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn connect(&self, member: Member, connection: ConnectionId) -> bool {
        let mut members = self.lock();
        let connections = members.entry(member).or_default();
        connections.insert(connection) && connections.len() == 1
    }

    pub fn disconnect(&self, member: Member, connection: ConnectionId) -> bool {
        let mut members = self.lock();
        let Some(connections) = members.get_mut(&member) else {
            return false;
        };
        connections.remove(&connection);
        let last = connections.is_empty();
        if last {
            members.remove(&member);
        }
        last
    }

    pub fn contains(&self, member: Member) -> bool {
        self.lock().contains_key(&member)
    }

    pub fn len(&self) -> usize {
        self.lock().len()
    }

    pub fn all(&self) -> Vec<Member> {
        self.lock().keys().copied().collect()
    }

    /// All agents, as `workspace/agent`.
    pub fn agent_names(&self) -> Vec<String> {
        self.lock()
            .keys()
            .filter(|member| matches!(member, Member::Agent(..)))
            .map(|one| one.text())
            .collect()
    }

    pub fn agents(&self, workspace: WorkspaceId) -> Vec<AgentId> {
        self.lock()
            .keys()
            .filter_map(|member| match member {
                Member::Agent(of, agent) if *of == workspace => Some(*agent),
                _ => None,
            })
            .collect()
    }
}
