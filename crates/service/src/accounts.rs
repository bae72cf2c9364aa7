//! Logging in, sessions, one's own account.

mod second_factor;

use crate::{Clock, Error, Result, Staff, text};
use bus::{Bus, Member};
use crypto::{KeyRing, Passwords, Token, TokenHash, TokenKind, password};
use model::{
    Agent, AgentId, AgentState, Envelope, Event, Locale, Millis, Permission, Presence, Scope, Session,
    SessionId, Theme, Topic, WorkspaceId,
};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};
use store::{Store, accounts::AgentEdit, sessions::NewSession};

pub use second_factor::TotpOffer;

/// A session ends after this long without use …
const IDLE: Millis = 12 * 60 * 60 * 1_000;
/// … and after this long in any case.
const ABSOLUTE: Millis = 7 * 24 * 60 * 60 * 1_000;
/// How often use of a session is written down.
const TOUCH: Millis = 60 * 1_000;
/// How long a ticket opens a socket.
const TICKET: Duration = Duration::from_secs(30);

/// Where a login came from, for the list of sessions.
#[derive(Clone, Debug, Default)]
pub struct Device {
    pub address: String,
    pub user_agent: String,
}

#[derive(Clone)]
pub struct Accounts {
    store: Store,
    bus: Bus,
    clock: Clock,
    passwords: Arc<Passwords>,
    keys: Arc<KeyRing>,
}

/// What a socket ticket stands for.
#[derive(Serialize, Deserialize)]
struct TicketFor {
    session: String,
}

impl Accounts {
    pub fn new(store: Store, bus: Bus, clock: Clock, passwords: Arc<Passwords>, keys: Arc<KeyRing>) -> Self {
        Self { store, bus, clock, passwords, keys }
    }

    /// A fresh session for whoever knows e-mail, password and, where it is on, a code of the
    /// second factor. Unknown accounts cost as much time as known ones.
    pub async fn login(
        &self,
        email: &str,
        secret: &str,
        code: Option<&str>,
        device: Device,
    ) -> Result<(Token, Staff)> {
        if secret.len() > password::MAX_BYTES {
            return Err(Error::InvalidCredentials);
        }
        let email = email.trim().to_lowercase();
        // No address has control characters, and PostgreSQL takes no NUL.
        let found =
            if email.contains(char::is_control) { None } else { self.store.find_login(&email).await? };
        let active = found.filter(|login| login.agent.state == AgentState::Active);
        let hash = active.as_ref().map(|login| login.password_hash.as_str());
        let right = self.passwords.verify(secret, hash).await?;
        let login = active.filter(|_| right).ok_or(Error::InvalidCredentials)?;
        self.check_code(&login, code).await?;
        self.open_session(login.agent, device).await
    }

    /// A session for an agent who proved who they are in another way.
    pub async fn open_session(&self, mut agent: Agent, device: Device) -> Result<(Token, Staff)> {
        let token = Token::generate(TokenKind::AgentSession);
        let now = self.clock.now();
        let session = NewSession {
            workspace_id: agent.workspace_id,
            agent_id: agent.id,
            token_hash: token.hash().as_str().to_owned(),
            expires_at: now + ABSOLUTE,
            address: text::cut(&device.address, 60),
            user_agent: text::cut(&device.user_agent, 300),
        };
        let session = self.store.insert_session(session, now).await?;
        if agent.presence == Presence::Offline {
            self.store.update_presence(agent.workspace_id, agent.id, Presence::Online, now).await?;
            agent.presence = Presence::Online;
            self.announce_connected(&agent, Presence::Online).await;
        }
        let staff = self.staff(session, agent).await?;
        Ok((token, staff))
    }

    /// Who holds this session token.
    pub async fn authenticate(&self, token: &str) -> Result<Staff> {
        let token = Token::parse(TokenKind::AgentSession, token).ok_or(Error::InvalidSession)?;
        self.authenticate_hash(token.hash().as_str()).await
    }

    async fn authenticate_hash(&self, hash: &str) -> Result<Staff> {
        let now = self.clock.now();
        let (session, agent) = self.store.find_session(hash, now).await?.ok_or(Error::InvalidSession)?;
        if now - session.seen_at > IDLE {
            return Err(Error::InvalidSession);
        }
        if now - session.seen_at > TOUCH {
            self.store.touch_session(session.workspace_id, session.id, now).await?;
        }
        self.staff(session, agent).await
    }

    async fn staff(&self, session: Session, agent: Agent) -> Result<Staff> {
        let teams = self.store.teams_of(agent.workspace_id, agent.id).await?;
        let scope = Scope::of(agent.workspace_id, agent.id, agent.role, teams);
        let scope = Arc::new(Scope { senior: agent.is_senior, ..scope });
        Ok(Staff { session, agent, scope })
    }

    /// A single-use ticket for a socket of this session.
    pub async fn ticket(&self, session_token: &str) -> Result<Token> {
        let session = Token::parse(TokenKind::AgentSession, session_token).ok_or(Error::InvalidSession)?;
        let ticket = Token::generate(TokenKind::SocketTicket);
        let payload = TicketFor { session: session.hash().as_str().to_owned() };
        let payload = serde_json::to_string(&payload).map_err(Error::internal)?;
        let (hash, now) = (ticket.hash(), self.clock.now());
        if let Some(own) = self.bus.tickets() {
            own.put(hash.as_str(), &payload, TICKET, now).map_err(Error::internal)?;
        } else {
            let expires_at = now + TICKET.as_millis() as Millis;
            self.store.insert_ticket(hash.as_str(), &payload, expires_at).await?;
        }
        Ok(ticket)
    }

    /// The session behind a ticket, once; and its hash, with which the socket looks again later.
    pub async fn redeem(&self, ticket: &str) -> Result<(Staff, TokenHash)> {
        let ticket = Token::parse(TokenKind::SocketTicket, ticket).ok_or(Error::InvalidTicket)?;
        let (hash, now) = (ticket.hash(), self.clock.now());
        let payload = match self.bus.tickets() {
            Some(own) => own.take(hash.as_str(), now),
            None => self.store.take_ticket(hash.as_str(), now).await?,
        };
        let payload = payload.ok_or(Error::InvalidTicket)?;
        let payload: TicketFor = serde_json::from_str(&payload).map_err(Error::internal)?;
        let staff = self.authenticate_hash(&payload.session).await?;
        Ok((staff, TokenHash::from_stored(payload.session)))
    }

    /// Whether the session still stands, with today's role and teams.
    pub async fn look_again(&self, session: &TokenHash) -> Result<Staff> {
        self.authenticate_hash(session.as_str()).await
    }

    pub async fn logout(&self, staff: &Staff) -> Result<()> {
        self.end_session(staff, staff.session_id()).await
    }

    pub async fn sessions(&self, staff: &Staff) -> Result<Vec<Session>> {
        Ok(self.store.list_sessions(staff.workspace(), staff.id(), self.clock.now()).await?)
    }

    /// Ends one of one's own sessions.
    pub async fn end_session(&self, staff: &Staff, id: SessionId) -> Result<()> {
        if !self.store.delete_session(staff.workspace(), staff.id(), id).await? {
            return Err(Error::NotFound);
        }
        publish_ended(&self.bus, staff.workspace(), &[id]);
        Ok(())
    }

    pub async fn edit(
        &self,
        staff: &Staff,
        name: Option<String>,
        locale: Option<Locale>,
        theme: Option<Theme>,
    ) -> Result<Agent> {
        staff.require(Permission::ManageSelf)?;
        let name = name.map(|name| text::line("name", &name, 60)).transpose()?;
        let edit = AgentEdit { name, locale, theme, ..AgentEdit::default() };
        self.store.update_agent(staff.workspace(), staff.id(), edit).await?;
        // Other nodes know names by heart.
        let event = Event::AccessChanged { agent_id: staff.id() };
        self.bus.publish(Envelope { topic: Topic::Workspace(staff.workspace()), event });
        self.store.find_agent(staff.workspace(), staff.id()).await?.ok_or(Error::NotFound)
    }

    /// A new password ends all other sessions.
    pub async fn change_password(&self, staff: &Staff, current: &str, new: &str) -> Result<()> {
        let login = self.store.find_login(&staff.agent.email).await?.ok_or(Error::NotFound)?;
        if !self.proves(current, &login.password_hash).await? {
            return Err(Error::WrongPassword);
        }
        let hash = hash_checked(&self.passwords, new).await?;
        let edit = AgentEdit { password_hash: Some(hash), ..AgentEdit::default() };
        self.store.update_agent(staff.workspace(), staff.id(), edit).await?;
        let kept = Some(staff.session_id());
        let ended = self.store.delete_sessions_of(staff.workspace(), staff.id(), kept).await?;
        publish_ended(&self.bus, staff.workspace(), &ended);
        Ok(())
    }

    pub async fn set_presence(&self, staff: &Staff, presence: Presence) -> Result<()> {
        self.store.update_presence(staff.workspace(), staff.id(), presence, self.clock.now()).await?;
        self.announce_connected(&staff.agent, presence).await;
        Ok(())
    }

    /// Without a console nobody is there, whatever they chose.
    async fn announce_connected(&self, agent: &Agent, presence: Presence) {
        if self.bus.is_present(Member::Agent(agent.workspace_id, agent.id)).await {
            self.announce(agent.workspace_id, agent.id, presence);
        }
    }

    /// How many passwords were checked or hashed so far.
    pub fn password_checks(&self) -> u64 {
        self.passwords.computed()
    }

    /// The last console on this node has gone; there may be others elsewhere.
    pub async fn announce_gone(&self, workspace: WorkspaceId, agent: AgentId) {
        if !self.bus.is_present(Member::Agent(workspace, agent)).await {
            self.announce(workspace, agent, Presence::Offline);
        }
    }

    /// Tells colleagues; `Offline` also when the last console of an agent has gone.
    pub fn announce(&self, workspace: WorkspaceId, agent_id: AgentId, presence: Presence) {
        let event = Event::PresenceChanged { agent_id, presence };
        self.bus.publish(Envelope { topic: Topic::Workspace(workspace), event });
    }

    async fn proves(&self, password: &str, hash: &str) -> Result<bool> {
        if password.len() > password::MAX_BYTES {
            return Ok(false);
        }
        Ok(self.passwords.verify(password, Some(hash)).await?)
    }
}

/// A hash of a password that is good enough.
pub(crate) async fn hash_checked(passwords: &Passwords, password: &str) -> Result<String> {
    password::check_strength(password).map_err(|_| Error::WeakPassword)?;
    Ok(passwords.hash(password).await?)
}

pub(crate) fn publish_ended(bus: &Bus, workspace: WorkspaceId, sessions: &[SessionId]) {
    for &session_id in sessions {
        bus.publish(Envelope {
            topic: Topic::Workspace(workspace),
            event: Event::SessionEnded { session_id },
        });
    }
}
