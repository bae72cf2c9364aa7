//! Who is asking.

use crate::{Error, Result};
use model::{
    Agent, AgentId, ChannelId, ContactId, Permission, Scope, Session, SessionId, VisitorSessionId,
    WorkspaceId,
};
use std::sync::Arc;

/// A logged-in agent with what one may see.
#[derive(Clone, Debug)]
pub struct Staff {
    pub session: Session,
    pub agent: Agent,
    pub scope: Arc<Scope>,
}

impl Staff {
    pub const fn id(&self) -> AgentId {
        self.agent.id
    }

    pub const fn workspace(&self) -> WorkspaceId {
        self.agent.workspace_id
    }

    pub const fn session_id(&self) -> SessionId {
        self.session.id
    }

    pub fn require(&self, permission: Permission) -> Result<()> {
        if self.agent.role.may(permission) { Ok(()) } else { Err(Error::Forbidden) }
    }
}

/// A visitor's browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visitor {
    pub session_id: VisitorSessionId,
    pub workspace: WorkspaceId,
    pub channel: ChannelId,
    pub contact: ContactId,
}
