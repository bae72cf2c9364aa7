//! The use cases: what people do with conversations, accounts, channels and files.
//!
//! Invariants: no SQL, no HTTP, no wire types. Every object is reached through one
//! gatekeeper that checks who asks; events are published after the commit.

pub mod accounts;
pub mod agents;
pub mod analysis;
pub mod attachments;
pub mod benefits;
pub mod bots;
pub mod channels;
pub mod clock;
pub mod connectors;
pub mod contacts;
pub mod conversations;
pub mod copilot;
mod error;
mod hours;
pub mod jobs;
pub mod knowledge;
pub mod learning;
pub mod llm;
pub mod moods;
pub mod names;
pub mod principal;
pub mod routing;
pub mod search;
pub mod settings;
pub mod setup;
pub mod teams;
pub mod text;
pub mod visitors;

pub use clock::Clock;
pub use error::{Error, Result};
pub use principal::{Staff, Visitor};

use bus::Bus;
use crypto::{KeyRing, PasswordCost, Passwords};
use files::Blobs;
use std::sync::Arc;
use store::Store;
use tokio::task::JoinHandle;

/// What the services are built from.
pub struct Parts {
    pub store: Store,
    pub bus: Bus,
    pub blobs: Blobs,
    pub keys: Arc<KeyRing>,
    /// The way to addresses that somebody else chose.
    pub outbound: outbound::Client,
    pub clock: Clock,
    /// How dear a password check is; tests make it cheap.
    pub password_cost: PasswordCost,
    /// Where the bot's sentence encoder comes from when it is first needed.
    pub encoder: bots::EncoderSource,
    /// What the operator brought instead of it, for the knowledge base.
    pub own_encoder: Option<Arc<bots::OwnEncoder>>,
}

/// All services; cheap handles on the same parts.
#[derive(Clone)]
pub struct Services {
    pub accounts: accounts::Accounts,
    pub agents: agents::Agents,
    pub attachments: attachments::Attachments,
    pub benefits: benefits::Benefits,
    pub bots: bots::Bots,
    pub channels: channels::Channels,
    pub connectors: connectors::Connectors,
    pub contacts: contacts::Contacts,
    pub conversations: conversations::Conversations,
    pub copilot: copilot::Copilot,
    pub knowledge: knowledge::Knowledge,
    pub languages: analysis::Languages,
    pub learning: learning::Learning,
    pub llm: llm::Llm,
    pub moods: moods::Moods,
    pub names: names::Names,
    pub routing: routing::Routing,
    pub search: search::Search,
    pub settings: settings::Settings,
    pub setup: setup::Setup,
    pub sources: knowledge::sources::Sources,
    pub teams: teams::Teams,
    pub visitors: visitors::Visitors,
    pub store: Store,
    pub bus: Bus,
    pub clock: Clock,
    /// What this process calls itself where several share the work.
    pub node: Arc<str>,
}

impl Services {
    /// Starts the writer as well; its task ends when the last handle is gone.
    pub fn start(parts: Parts) -> Result<(Self, JoinHandle<()>)> {
        let Parts { store, bus, blobs, keys, outbound, clock, password_cost, encoder, own_encoder } = parts;
        let passwords = Arc::new(Passwords::new(password_cost, 2).map_err(Error::internal)?);
        let names = names::Names::new(store.clone());
        let (conversations, writing) =
            conversations::Conversations::start(store.clone(), bus.clone(), clock.clone());
        let accounts = accounts::Accounts::new(
            store.clone(),
            bus.clone(),
            clock.clone(),
            Arc::clone(&passwords),
            Arc::clone(&keys),
        );
        let channels = channels::Channels::new(store.clone(), clock.clone(), Arc::clone(&keys));
        let llm = llm::Llm::new(store.clone(), clock.clone(), Arc::clone(&keys), outbound.clone());
        let connectors = connectors::Connectors::new(
            store.clone(),
            clock.clone(),
            keys,
            outbound.clone(),
            conversations.clone(),
        );
        let moods = moods::Moods::new(store.clone(), conversations.clone());
        let routing = routing::Routing::new(store.clone(), bus.clone(), conversations.clone(), moods.clone());
        let bots = bots::Bots::new(
            store.clone(),
            clock.clone(),
            conversations.clone(),
            routing.clone(),
            llm.clone(),
            connectors.clone(),
            (encoder, own_encoder),
        );
        let knowledge = knowledge::Knowledge::new(store.clone(), bus.clone(), clock.clone());
        let sources =
            knowledge::sources::Sources::new(store.clone(), clock.clone(), outbound, knowledge.clone());
        let services = Self {
            agents: agents::Agents::new(
                store.clone(),
                bus.clone(),
                clock.clone(),
                Arc::clone(&passwords),
                names.clone(),
            ),
            attachments: attachments::Attachments::new(store.clone(), blobs, clock.clone()),
            benefits: benefits::Benefits::new(store.clone(), clock.clone(), conversations.clone()),
            learning: learning::Learning::new(
                store.clone(),
                clock.clone(),
                bots.clone(),
                knowledge.clone(),
                encoder,
            ),
            bots,
            copilot: copilot::Copilot::new(
                store.clone(),
                conversations.clone(),
                knowledge.clone(),
                llm.clone(),
            ),
            llm,
            connectors,
            contacts: contacts::Contacts::new(store.clone(), bus.clone()),
            languages: analysis::Languages::new(clock.clone()),
            moods,
            knowledge,
            routing,
            search: search::Search::new(store.clone()),
            settings: settings::Settings::new(store.clone()),
            setup: setup::Setup::new(store.clone(), clock.clone(), passwords),
            sources,
            teams: teams::Teams::new(store.clone(), bus.clone(), clock.clone(), names.clone()),
            visitors: visitors::Visitors::new(store.clone(), bus.clone(), clock.clone(), channels.clone()),
            accounts,
            channels,
            conversations,
            names,
            store,
            bus,
            clock,
            node: format!("{:016x}", u64::from_be_bytes(crypto::random::bytes())).into(),
        };
        Ok((services, writing))
    }
}
