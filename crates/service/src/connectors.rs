//! Connectors (连接器): asking a business system of the company, for an agent or for the bot. Reads only.
//!
//! Invariants: what is asked about the visitor is what a site has signed, never what anybody typed; the secret is
//! sealed, is never given out, and goes to the server that it was entered for and to no other; every question to
//! a system leaves a line in the record, without what was asked and answered.

mod asking;
mod offering;
mod results;
mod rules;
mod template;
mod tools;
mod values;

use crate::{Clock, Error, Result, Staff, conversations::Conversations, text};
pub use asking::Answered;
use asking::{Ask, Remembered};
use crypto::{FieldContext, KeyRing, Purpose};
use model::{
    Connector, ConnectorContent, ConnectorId, Lookup, LookupBy, Permission, Signed, WorkspaceId,
    connector::ConnectorAuth,
};
pub use offering::Offer;
use outbound::Plain;
use std::sync::Arc;
use store::Store;
pub use template::{Values, needs_visitor};
pub(crate) use tools::Offered;
use url::Url;

const MOST: usize = 100;
/// Lines of the record that are shown.
const SHOWN: i64 = 50;

#[derive(Clone)]
pub struct Connectors {
    store: Store,
    clock: Clock,
    keys: Arc<KeyRing>,
    outbound: outbound::Client,
    conversations: Conversations,
    remembered: Remembered,
}

/// What an administrator enters.
#[derive(Clone, Debug)]
pub struct ConnectorDraft {
    pub name: String,
    pub content: ConnectorContent,
    /// None keeps what is there.
    pub secret: Option<String>,
}

impl Connectors {
    pub fn new(
        store: Store,
        clock: Clock,
        keys: Arc<KeyRing>,
        outbound: outbound::Client,
        conversations: Conversations,
    ) -> Self {
        Self { store, clock, keys, outbound, conversations, remembered: Remembered::default() }
    }

    pub async fn list(&self, staff: &Staff) -> Result<Vec<Connector>> {
        staff.require(Permission::ManageWorkspace)?;
        Ok(self.store.list_connectors(staff.workspace()).await?)
    }

    pub async fn find(&self, staff: &Staff, id: ConnectorId) -> Result<Connector> {
        staff.require(Permission::ManageWorkspace)?;
        self.known(staff.workspace(), id).await
    }

    pub async fn add(&self, staff: &Staff, draft: ConnectorDraft) -> Result<Connector> {
        staff.require(Permission::ManageWorkspace)?;
        let workspace_id = staff.workspace();
        if self.store.list_connectors(workspace_id).await?.len() >= MOST {
            return Err(Error::Field("name"));
        }
        let now = self.clock.now();
        let blank = Connector {
            id: ConnectorId(self.store.next_id(now)),
            workspace_id,
            name: String::new(),
            content: ConnectorContent::default(),
            sealed_secret: None,
            version: 1,
            created_at: now,
            updated_at: now,
            last: None,
        };
        let connector = self.prepared(blank, draft)?;
        self.store.insert_connector(&connector).await.map_err(taken)?;
        Ok(connector)
    }

    pub async fn edit(&self, staff: &Staff, id: ConnectorId, draft: ConnectorDraft) -> Result<Connector> {
        staff.require(Permission::ManageWorkspace)?;
        let known = self.known(staff.workspace(), id).await?;
        let connector = Connector { updated_at: self.clock.now(), ..self.prepared(known, draft)? };
        self.store.update_connector(&connector).await.map_err(taken)?;
        self.known(staff.workspace(), id).await
    }

    pub async fn remove(&self, staff: &Staff, id: ConnectorId) -> Result<()> {
        staff.require(Permission::ManageWorkspace)?;
        if self.store.delete_connector(staff.workspace(), id).await? { Ok(()) } else { Err(Error::NotFound) }
    }

    /// Who asked lately, newest first.
    pub async fn lookups(&self, staff: &Staff, id: ConnectorId) -> Result<Vec<Lookup>> {
        self.find(staff, id).await?;
        Ok(self.store.list_lookups(staff.workspace(), id, SHOWN).await?)
    }

    /// Asks with values of the administrator's own, also about the visitor, whether it is switched on or not.
    /// What the server answered comes along. An error is about the values alone.
    pub async fn try_out(
        &self,
        staff: &Staff,
        id: ConnectorId,
        given: &Values,
        visitor: Option<&Signed>,
    ) -> Result<Answered> {
        let connector = self.find(staff, id).await?;
        let mut values = values::checked(&connector.content, given)?;
        values.extend(values::of_visitor(&connector.content, visitor)?);
        let by = LookupBy::Trial(staff.id());
        self.ask(Ask { connector: &connector, values: &values, by, conversation: None, until: None }).await
    }

    async fn known(&self, workspace: WorkspaceId, id: ConnectorId) -> Result<Connector> {
        self.store.find_connector(workspace, id).await?.ok_or(Error::NotFound)
    }

    /// A draft by its rules. A secret stays with the server that it was entered for.
    fn prepared(&self, known: Connector, draft: ConnectorDraft) -> Result<Connector> {
        let name = text::line("name", &draft.name, 60)?;
        let content = rules::checked(draft.content)?;
        self.outbound
            .check_as(&template::without_places(&content.url), Plain::Inside)
            .map_err(|_| Error::Field("url"))?;
        let same_server = origin(&known.content) == origin(&content);
        let sealed_secret = match draft.secret.as_deref().map(str::trim) {
            _ if content.auth == ConnectorAuth::None => None,
            None => known.sealed_secret.filter(|_| same_server),
            Some(secret) => {
                if secret.is_empty()
                    || secret.len() > 1_000
                    || !secret.bytes().all(|byte| byte.is_ascii_graphic())
                {
                    return Err(Error::Field("secret"));
                }
                let place = place(known.workspace_id, known.id);
                Some(self.keys.seal(Purpose::Secret, &place, secret.as_bytes())?)
            }
        };
        if content.auth != ConnectorAuth::None && sealed_secret.is_none() {
            return Err(Error::Field("secret"));
        }
        Ok(Connector { name, content, sealed_secret, ..known })
    }
}

/// The server that a connector asks; none before it has an address.
fn origin(content: &ConnectorContent) -> Option<url::Origin> {
    Url::parse(&template::without_places(&content.url)).ok().map(|url| url.origin())
}

fn place(workspace: WorkspaceId, id: ConnectorId) -> FieldContext {
    FieldContext::new(workspace, "connectors", "secret", id)
}

fn taken(error: store::Error) -> Error {
    if error.is_taken("connectors", "name") { Error::NameTaken } else { error.into() }
}
