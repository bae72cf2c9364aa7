//! A whole server on a free port, with a clock that the test moves and jobs that run when the
//! test says so. [`TestApp::close`] fails when jobs remain or a task panicked; the `both!`
//! macro calls it.

use super::{
    people::{Agent, PASSWORD, Visitor, from_own_page},
    unique,
};
use crypto::PasswordCost;
use futures_util::FutureExt;
use secrecy::SecretString;
use serde_json::{Value, json};
use server::{
    app::{self, AppState},
    config::{self, Config, Flags},
    encoder,
    http::measure::Measurements,
    rate::Rates,
    serve, socket,
};
use service::{Clock, Parts, Services, jobs};
use std::{
    cell::Cell,
    collections::HashMap,
    net::SocketAddr,
    panic,
    sync::{Arc, Once},
};
use store::Database;
use tempfile::TempDir;
use testkit::database::TestDatabase;
use tokio::{net::TcpListener, sync::OnceCell, task::JoinHandle};

/// When a test begins.
pub const START: i64 = 1_790_000_000_000;
pub const SECOND: i64 = 1_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

#[derive(Clone, Copy, Debug)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// What survives a restart.
struct Home {
    database: TestDatabase,
    folder: TempDir,
}

pub struct TestApp {
    pub address: SocketAddr,
    pub state: AppState,
    pub clock: Clock,
    home: Home,
    tasks: Vec<JoinHandle<()>>,
    founded: OnceCell<(Agent, String)>,
}

thread_local! {
    /// Panics on this thread, on which all tasks of its test run.
    static PANICS: Cell<u32> = const { Cell::new(0) };
}

fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PANICS.with(|count| count.set(count.get() + 1));
            usual(info);
        }));
    });
    PANICS.with(|count| count.set(0));
}

impl TestApp {
    /// None when there is no PostgreSQL to test with.
    pub async fn new(backend: Backend) -> Option<Self> {
        Self::with(backend, |_| {}).await
    }

    /// With another configuration. Limits are so high that nobody meets them, unless set.
    pub async fn with(backend: Backend, change: impl FnOnce(&mut Config)) -> Option<Self> {
        count_panics();
        let database = match backend {
            Backend::Sqlite => TestDatabase::sqlite().unwrap(),
            Backend::Postgres => TestDatabase::postgres().await.unwrap()?,
        };
        let home = Home { database, folder: tempfile::tempdir().unwrap() };
        Some(Self::start(home, Clock::fixed(START), change).await)
    }

    pub async fn sqlite() -> Self {
        Self::new(Backend::Sqlite).await.unwrap()
    }

    async fn start(home: Home, clock: Clock, change: impl FnOnce(&mut Config)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let flags = Flags {
            data_dir: Some(home.folder.path().to_owned()),
            listen: Some(address.to_string()),
            ..Flags::default()
        };
        let mut config = Config::from_sources(&flags, HashMap::new()).unwrap();
        config.rates = Rates::relaxed();
        // Stands for other hosts.
        config.outbound_networks = vec!["127.0.0.2/32".parse().unwrap()];
        config.database = match &home.database.database {
            Database::Sqlite(path) => config::Database::Sqlite { path: path.clone() },
            Database::Postgres(url) => {
                config::Database::Postgres { url: SecretString::from(url.clone()), max_connections: 8 }
            }
        };
        change(&mut config);
        let cheap = PasswordCost { memory_kib: 8, passes: 1, lanes: 1 };
        let parts = app::open_parts(&config, clock.clone(), cheap).await.unwrap();
        let own_encoder = encoder::load(&config).await.unwrap().map(Arc::new);
        let (services, writing) = Services::start(Parts { own_encoder, ..parts }).unwrap();
        let state =
            AppState::with_services(config, services, Measurements::detached().unwrap()).await.unwrap();
        let service = serve::router(&state).into_make_service_with_connect_info::<SocketAddr>();
        let serving = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        let inbox = tokio::spawn(socket::run_inbox(Arc::downgrade(&state.hub)));
        let founded = OnceCell::new();
        Self { address, state, clock, home, tasks: vec![serving, inbox, writing], founded }
    }

    /// Ends the process and starts it anew on the same data.
    pub async fn restart(mut self) -> Self {
        self.check().await;
        self.stop().await;
        Self::start(self.home, self.clock, |_| {}).await
    }

    /// Fails when work remains or a task panicked.
    pub async fn close(mut self) {
        self.check().await;
        self.stop().await;
        self.home.database.remove().await.unwrap();
    }

    /// Runs statements as another node would.
    pub async fn write_elsewhere(&self, statements: &str) {
        store::schema::load(&self.home.database.database, statements).await.unwrap();
    }

    async fn check(&self) {
        self.settle().await;
        assert_eq!(self.state.services.store.next_job_at().await.unwrap(), None, "jobs remain");
        let dead = self.state.services.store.count_jobs(self.clock.now()).await.unwrap().dead;
        assert_eq!(dead, 0, "jobs were given up");
        assert_eq!(PANICS.with(Cell::get), 0, "a task panicked");
        assert!(self.tasks.iter().all(|task| !task.is_finished()), "a task ended early");
    }

    async fn stop(&mut self) {
        self.state.hub.cut_all();
        for task in self.tasks.drain(..) {
            task.abort();
        }
        self.state.services.store.close().await;
    }

    /// Runs the jobs that are due, and looks at the queue when somebody rang for it.
    pub async fn settle(&self) {
        loop {
            let worked = jobs::run_ready(&self.state.services).await;
            let rung = self.state.routing.notified().now_or_never().is_some();
            if rung {
                jobs::sweep(&self.state.services).await;
            }
            if !worked && !rung {
                return;
            }
        }
    }

    /// Looks at how visitors feel in what they said so far.
    pub async fn feel(&self) {
        self.state.services.moods.catch_up().await;
    }

    /// The founder, after a set-up through the first-run page.
    pub async fn owner(&self) -> &Agent {
        &self.founded().await.0
    }

    /// The key of the first channel.
    pub async fn channel(&self) -> &str {
        &self.founded().await.1
    }

    async fn founded(&self) -> &(Agent, String) {
        self.founded.get_or_init(|| self.found()).await
    }

    async fn found(&self) -> (Agent, String) {
        let setup = json!({
            "workspace": "山茶家居", "owner_name": "林山", "owner_email": "owner@shop.example",
            "owner_password": PASSWORD, "channel_name": "官网",
        });
        let answer = from_own_page(self.address, "POST", "/api/setup").json(&setup).send(self.address).await;
        let channel = match answer.status {
            201 => answer.json()["channel"]["key"].as_str().unwrap().to_owned(),
            // Set up before a restart.
            404 => String::new(),
            _ => panic!("set-up: {}", answer.text()),
        };
        let owner = Agent::login(self.address, "owner@shop.example").await;
        if channel.is_empty() {
            let list = owner.get("/api/channels").await.expect(200).json();
            return (owner, list["channels"][0]["key"].as_str().unwrap().to_owned());
        }
        (owner, channel)
    }

    /// A new agent with this name, logged in.
    pub async fn agent(&self, name: &str, role: &str) -> Agent {
        self.agent_in(name, role, &[]).await
    }

    pub async fn agent_in(&self, name: &str, role: &str, teams: &[&str]) -> Agent {
        let email = format!("{}@shop.example", unique("agent"));
        let new = json!({
            "email": email, "name": name, "role": role, "password": PASSWORD, "team_ids": teams,
        });
        self.owner().await.post("/api/agents", &new).await.expect(201);
        Agent::login(self.address, &email).await
    }

    pub async fn team(&self, name: &str) -> String {
        let body = json!({"name": name, "member_ids": []});
        let team = self.owner().await.post("/api/teams", &body).await.expect(201).json();
        team["id"].as_str().unwrap().to_owned()
    }

    /// A channel of its own: its id and key.
    pub async fn new_channel(&self, settings: Value) -> (String, String) {
        let mut body = json!({"name": unique("channel")});
        for (name, value) in settings.as_object().unwrap() {
            body[name] = value.clone();
        }
        let channel = self.owner().await.post("/api/channels", &body).await.expect(201).json();
        (channel["id"].as_str().unwrap().to_owned(), channel["key"].as_str().unwrap().to_owned())
    }

    /// A new visitor on the first channel.
    pub async fn visitor(&self) -> Visitor {
        self.visitor_of(self.channel().await).await
    }

    pub async fn visitor_of(&self, channel: &str) -> Visitor {
        Visitor::start(self.address, &json!({"channel": channel})).await
    }

    pub fn epoch(&self) -> String {
        self.state.epoch().to_string()
    }
}
