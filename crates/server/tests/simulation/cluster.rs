//! The nodes: the whole server each, with its own bus, hub, writer and routes, on one database. What is
//! theirs to wait for comes from the simulation: network, exchange, time.

use super::{exchange::Meeting, network::Network, time};
use crypto::PasswordCost;
use server::{
    app::{self, AppState},
    config::{self, Config, Flags},
    http::measure::Measurements,
    keys,
    rate::Rates,
    serve, socket,
};
use service::{Clock, Parts, Services, bots};
use std::{
    collections::HashMap,
    net::SocketAddr,
    path::Path,
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};
use store::{Database, Store};
use testkit::chaos::Dice;
use tokio::{sync::watch, task::JoinHandle};

/// When a simulation begins.
const START: i64 = 1_790_000_000_000;
pub const NODES: usize = 3;

pub struct Cluster {
    pub network: Network,
    pub exchange: Meeting,
    pub detour: Option<Meeting>,
    pub nodes: Vec<Option<Node>>,
    folder: Arc<Path>,
    outbound: outbound::Client,
    store: Store,
    clock: Clock,
    /// Time, and the database's slow moments.
    running: [JoinHandle<()>; 2],
}

pub struct Node {
    state: AppState,
    tasks: Vec<JoinHandle<()>>,
    dead: watch::Sender<bool>,
}

impl Drop for Node {
    fn drop(&mut self) {
        self.dead.send_replace(true);
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

pub fn door(node: usize) -> SocketAddr {
    SocketAddr::from(([127, 0, 1, 1 + node as u8], 8_080))
}

impl Cluster {
    /// On the database in this folder.
    pub async fn start(
        folder: Arc<Path>,
        outbound: outbound::Client,
        seed: u64,
        has_detour: bool,
    ) -> anyhow::Result<Self> {
        let clock = Clock::fixed(START);
        let database = Database::Sqlite(folder.join("octim.db"));
        let store = Store::open_on_one_thread(&database, 1).await?;
        let held = Arc::<AtomicUsize>::default();
        let slow = time::slow_down(store.clone(), Arc::clone(&held), Dice::new(seed ^ 0xd15c));
        let running = [tokio::spawn(time::pass(store.clone(), clock.clone(), held)), tokio::spawn(slow)];
        let mut cluster = Self {
            network: Network::new(seed),
            exchange: Meeting::new(seed ^ 0xb05),
            detour: has_detour.then(|| Meeting::new(seed ^ 0xde7)),
            nodes: (0..NODES).map(|_| None).collect(),
            folder,
            outbound,
            store,
            clock,
            running,
        };
        for node in 0..NODES {
            cluster.begin(node).await?;
        }
        Ok(cluster)
    }

    fn config(&self, node: usize) -> anyhow::Result<Config> {
        let flags = Flags {
            data_dir: Some(self.folder.to_path_buf()),
            listen: Some(door(node).to_string()),
            ..Flags::default()
        };
        let mut config = Config::from_sources(&flags, HashMap::new())?;
        config.rates = Rates::relaxed();
        config.heartbeat = Duration::from_secs(4);
        config.database = config::Database::Sqlite { path: self.folder.join("octim.db") };
        Ok(config)
    }

    /// Starts a node that is not there.
    pub async fn begin(&mut self, node: usize) -> anyhow::Result<()> {
        let config = self.config(node)?;
        let (dead, is_dead) = watch::channel(false);
        let detour = self.detour.as_ref().map(|detour| detour.seat(node, is_dead.clone()));
        let exchange = Arc::new(self.exchange.seat(node, is_dead));
        let relay = detour.clone().map(super::exchange::Seat::relay);
        let bus = bus::Bus::meeting_at(exchange, bus::Options::default(), relay).await;
        let parts = Parts {
            store: self.store.clone(),
            bus: bus.clone(),
            blobs: app::open_blobs(&config).await?,
            keys: Arc::new(keys::load(&config.keys)?),
            outbound: self.outbound.clone(),
            clock: self.clock.clone(),
            password_cost: PasswordCost { memory_kib: 8, passes: 1, lanes: 1 },
            encoder: bots::no_encoder,
            own_encoder: None,
        };
        let (services, writing) = Services::start(parts)?;
        let state = AppState::with_services(config, services, Measurements::detached()?).await?;
        let mut tasks = vec![tokio::spawn(socket::run_inbox(Arc::downgrade(&state.hub)))];
        drop(writing);
        if let Some(seat) = detour {
            tasks.push(tokio::spawn(super::exchange::take_detour(seat, bus)));
        }
        self.network.open(door(node), serve::router(&state));
        self.nodes[node] = Some(Node { state, tasks, dead });
        Ok(())
    }

    /// In the middle of whatever it does: nothing of it is heard any more. What is in its writer may be stored
    /// all the same, as with a process that is killed.
    pub fn kill(&mut self, node: usize) {
        if self.nodes[node].take().is_some() {
            self.network.close(door(node));
            self.exchange.cut(node);
            if let Some(detour) = &self.detour {
                detour.cut(node);
            }
        }
    }

    /// In good order: it says that it goes.
    pub async fn stop(&mut self, node: usize) {
        if let Some(node) = &self.nodes[node] {
            node.state.hub.cut_all();
            node.state.services.bus.close().await;
        }
        self.kill(node);
    }

    pub async fn end(mut self) {
        for node in 0..NODES {
            self.kill(node);
        }
        let [passing, slow] = &self.running;
        slow.abort();
        self.store.close().await;
        passing.abort();
    }
}
