//! Visitor sessions and identities. Unsigned data is a hint and never finds anybody.

use crate::{Clock, Error, Result, Visitor, channels::Channels, conversations, text};
use bus::Bus;
use crypto::{IdentityRefusal, Token, TokenKind, VerifiedIdentity};
use model::{
    AgentState, Channel, Contact, ContactId, Envelope, Event, Locale, Millis, Presence, Topic,
    VisitorSession, WorkspaceId, contact::Trail,
};
use std::collections::BTreeMap;
use store::{
    Store,
    contacts::{Claim, ContactEdit, NewContact},
    visitors::NewVisitorSession,
};

/// A browser that stays away this long is a new visitor.
const LIFETIME: Millis = 180 * 24 * 60 * 60 * 1_000;
/// A token that was used this long is replaced.
const ROTATE: Millis = 24 * 60 * 60 * 1_000;

#[derive(Clone)]
pub struct Visitors {
    store: Store,
    bus: Bus,
    clock: Clock,
    channels: Channels,
}

/// What a page and its visitor say about themselves.
#[derive(Clone, Debug, Default)]
pub struct Arrival {
    pub token: Option<String>,
    pub identity: Option<String>,
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub attributes: BTreeMap<String, String>,
    pub trail: Trail,
    pub locale: Locale,
}

/// A session that stands.
pub struct Welcome {
    pub token: Token,
    pub visitor: Visitor,
    pub expires_at: Millis,
    pub contact: Contact,
    pub channel: Channel,
    /// Somebody is there to answer now.
    pub staffed: bool,
}

impl Visitors {
    pub fn new(store: Store, bus: Bus, clock: Clock, channels: Channels) -> Self {
        Self { store, bus, clock, channels }
    }

    /// Starts, continues or identifies a session on a channel.
    pub async fn start(&self, channel: Channel, arrival: Arrival) -> Result<Welcome> {
        let known = match arrival.token.as_deref() {
            Some(token) => self.known(&channel, token).await?,
            None => None,
        };
        let identity = match arrival.identity.as_deref() {
            Some(token) => Some(self.verify(&channel, token).await?),
            None => None,
        };
        let (token, session) = match known {
            Some(found) => found,
            None => self.first_session(&channel, &arrival).await?,
        };
        let contact_id = match identity {
            Some(identity) => self.identify(&channel, &session, identity).await?,
            None => session.contact_id,
        };
        let contact = self.arrive(channel.workspace_id, contact_id, &arrival).await?;
        let staffed = self.staffed(channel.workspace_id).await?;
        let visitor = Visitor {
            session_id: session.id,
            workspace: channel.workspace_id,
            channel: channel.id,
            contact: contact.id,
        };
        Ok(Welcome { token, visitor, expires_at: session.expires_at, contact, channel, staffed })
    }

    /// Who holds this visitor token.
    pub async fn authenticate(&self, token: &str) -> Result<Visitor> {
        let token = Token::parse(TokenKind::VisitorSession, token).ok_or(Error::InvalidSession)?;
        let found = self.store.find_visitor_session(token.hash().as_str(), self.clock.now()).await?;
        found.map(|session| visitor(&session)).ok_or(Error::InvalidSession)
    }

    /// Forgets the browser; conversations stay with the company.
    pub async fn reset(&self, visitor: &Visitor) -> Result<()> {
        self.store.delete_visitor_session(visitor.workspace, visitor.session_id).await?;
        let event = Event::VisitorSessionEnded { session_id: visitor.session_id };
        self.bus.publish(Envelope { topic: Topic::Workspace(visitor.workspace), event });
        Ok(())
    }

    async fn known(&self, channel: &Channel, token: &str) -> Result<Option<(Token, VisitorSession)>> {
        let Some(token) = Token::parse(TokenKind::VisitorSession, token) else { return Ok(None) };
        let now = self.clock.now();
        let found = self.store.find_visitor_session(token.hash().as_str(), now).await?;
        let Some(session) = found.filter(|session| session.channel_id == channel.id) else { return Ok(None) };
        if now - session.created_at < ROTATE {
            return Ok(Some((token, session)));
        }
        // The old token stays good until it expires by itself: another tab may still hold it.
        let renewed = self.open(channel, session.contact_id).await?;
        Ok(Some(renewed))
    }

    async fn first_session(&self, channel: &Channel, arrival: &Arrival) -> Result<(Token, VisitorSession)> {
        let now = self.clock.now();
        let id = ContactId(self.store.next_id(now));
        let word = match channel.settings.locale.unwrap_or(arrival.locale) {
            Locale::ZhCn => "访客",
            Locale::En => "Visitor",
        };
        let new = NewContact {
            id,
            workspace_id: channel.workspace_id,
            name: format!("{word} {:04}", (id.0 >> 8) % 10_000),
            locale: arrival.locale,
        };
        self.store.insert_contact(new, now).await?;
        self.open(channel, id).await
    }

    async fn open(&self, channel: &Channel, contact: ContactId) -> Result<(Token, VisitorSession)> {
        let token = Token::generate(TokenKind::VisitorSession);
        let now = self.clock.now();
        let new = NewVisitorSession {
            workspace_id: channel.workspace_id,
            channel_id: channel.id,
            contact_id: contact,
            token_hash: token.hash().as_str().to_owned(),
            expires_at: now + LIFETIME,
        };
        let session = self.store.insert_visitor_session(new, now).await?;
        Ok((token, session))
    }

    async fn verify(&self, channel: &Channel, token: &str) -> Result<VerifiedIdentity> {
        let verifier = self.channels.verifier(channel).await?;
        verifier.verify(token, self.clock.now()).map_err(|refusal| match refusal {
            IdentityRefusal::Expired => Error::IdentityExpired,
            _ => Error::InvalidIdentity,
        })
    }

    /// The contact that the site vouches for. A page that reloads with the same token finds
    /// itself identified already; anybody else's second use of it is refused.
    async fn identify(
        &self,
        channel: &Channel,
        session: &VisitorSession,
        identity: VerifiedIdentity,
    ) -> Result<ContactId> {
        let workspace = channel.workspace_id;
        let current = self.store.find_contact(workspace, session.contact_id).await?.ok_or(Error::NotFound)?;
        let now = self.clock.now();
        let fresh = self
            .store
            .use_identity(workspace, channel.id, &identity.token_id, identity.replay_until, now)
            .await?;
        if !fresh {
            let same = current.account.as_deref() == Some(identity.subject.as_str());
            return if same { Ok(current.id) } else { Err(Error::IdentityReused) };
        }
        let owner = self.store.find_contact_by_account(workspace, &identity.subject).await?;
        let contact = match (owner, current.account.is_some()) {
            (Some(owner), _) => owner.id,
            // A browser of somebody else: its history is not this person's.
            (None, true) => {
                let id = ContactId(self.store.next_id(now));
                let name = identity.subject.clone();
                let new = NewContact { id, workspace_id: workspace, name, locale: current.locale };
                self.store.insert_contact(new, now).await?;
                id
            }
            (None, false) => current.id,
        };
        let claim = Claim {
            account: identity.subject,
            name: identity.name.map(|name| text::cut(&name, 200)),
            email: identity.email.map(|email| text::cut(&email, 200)),
            phone: identity.phone.map(|phone| text::cut(&phone, 200)),
            attributes: identity.attributes,
        };
        let contact = match self.store.claim_contact(workspace, contact, claim.clone()).await {
            Ok(claimed) => claimed.id,
            // Another browser of the same person was faster.
            Err(error) if error.is_taken("contacts", "account") => {
                let owner = self.store.find_contact_by_account(workspace, &claim.account).await?;
                let owner = owner.ok_or(Error::NotFound)?;
                self.store.claim_contact(workspace, owner.id, claim).await?.id
            }
            Err(error) => return Err(error.into()),
        };
        conversations::announce(&self.store, &self.bus, workspace, contact).await?;
        if contact != session.contact_id {
            self.store.move_visitor_session(workspace, session.id, contact).await?;
            // Its sockets still speak for the contact that it was.
            let event = Event::VisitorSessionEnded { session_id: session.id };
            self.bus.publish(Envelope { topic: Topic::Workspace(workspace), event });
        }
        Ok(contact)
    }

    /// Writes down where the visitor is, and hints unless signed data is there.
    async fn arrive(&self, workspace: WorkspaceId, id: ContactId, arrival: &Arrival) -> Result<Contact> {
        let contact = self.store.find_contact(workspace, id).await?.ok_or(Error::NotFound)?;
        self.store.touch_contact(workspace, id, &arrival.trail, arrival.locale, self.clock.now()).await?;
        let hinted = [&arrival.name, &arrival.email, &arrival.phone].into_iter().any(Option::is_some)
            || !arrival.attributes.is_empty();
        if contact.verified || !hinted {
            return Ok(contact);
        }
        let hint = |value: &Option<String>| {
            value.as_deref().map(|value| text::cut(value.trim(), 200)).filter(|value| !value.is_empty())
        };
        let edit = ContactEdit {
            name: hint(&arrival.name),
            email: hint(&arrival.email),
            phone: hint(&arrival.phone),
            attributes: (!arrival.attributes.is_empty()).then(|| {
                let pairs = arrival.attributes.iter().take(50);
                pairs.map(|(key, value)| (text::cut(key, 50), text::cut(value, 500))).collect()
            }),
            ..ContactEdit::default()
        };
        let renamed = edit.name.as_ref().is_some_and(|name| *name != contact.name);
        let contact = self.store.update_contact(workspace, id, edit).await?.ok_or(Error::NotFound)?;
        if renamed {
            conversations::announce(&self.store, &self.bus, workspace, id).await?;
        }
        Ok(contact)
    }

    async fn staffed(&self, workspace: WorkspaceId) -> Result<bool> {
        let present = self.bus.present_agents(workspace).await;
        if present.is_empty() {
            return Ok(false);
        }
        let agents = self.store.list_agents(workspace).await?;
        Ok(agents.iter().any(|agent| {
            agent.state == AgentState::Active
                && agent.presence == Presence::Online
                && present.contains(&agent.id)
        }))
    }
}

fn visitor(session: &VisitorSession) -> Visitor {
    Visitor {
        session_id: session.id,
        workspace: session.workspace_id,
        channel: session.channel_id,
        contact: session.contact_id,
    }
}
