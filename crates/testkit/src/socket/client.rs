//! The handle that a test holds, and the part of a client that outlives its connections.

use super::{Status, connection};
use crate::history::History;
use anyhow::{Context, bail};
use bench::http;
use model::{ConversationId, Seq};
use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    time::Duration,
};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::{sleep, timeout},
};

/// Who connects.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A session token.
    Visitor(String),
    /// Logged in; each connection takes a ticket from the server at this address, or with several
    /// doors from the next one.
    Agent(http::Client, SocketAddr),
}

#[derive(Debug)]
pub(super) enum Order {
    /// Keep so many messages unacknowledged by saying new things; 0 stops.
    Load(usize),
    Send(String),
    Watch(ConversationId),
    FollowLists,
}

/// What survives a connection.
pub(super) struct Client {
    pub name: String,
    /// Where it can connect: any of them will do.
    pub doors: Vec<SocketAddr>,
    /// How often it has changed the door.
    pub turns: usize,
    /// Makes a visitor's connections.
    pub dialler: http::Client,
    pub credential: Credential,
    pub history: History,
    pub orders: mpsc::UnboundedReceiver<Order>,
    pub status: watch::Sender<Status>,
    /// Client id and text, oldest first, and whether it was ever handed to the network.
    pub outbox: VecDeque<(String, String, bool)>,
    pub load: usize,
    /// They tell when a conversation comes into sight.
    pub follows_lists: bool,
    /// Numbers what it says.
    pub said: u64,
    /// Watched conversations, with the epoch and position that it holds.
    pub streams: BTreeMap<ConversationId, Option<(String, Seq)>>,
}

/// A running client; dropped, it vanishes without a close frame.
#[derive(Debug)]
pub struct TestSocket {
    pub name: String,
    orders: mpsc::UnboundedSender<Order>,
    status: watch::Receiver<Status>,
    task: JoinHandle<()>,
}

/// Every wait of a test ends within this.
const PATIENCE: Duration = Duration::from_mins(1);

impl TestSocket {
    /// Connects to `address`, again and again.
    pub fn connect(name: &str, address: SocketAddr, credential: Credential, history: &History) -> Self {
        Self::connect_by(http::Client::default(), name, &[address], credential, history)
    }

    /// Connects to the first of several servers, and to the next one when that fails or ends.
    pub fn connect_any(name: &str, doors: &[SocketAddr], credential: Credential, history: &History) -> Self {
        Self::connect_by(http::Client::default(), name, doors, credential, history)
    }

    /// With a visitor's connections made by `dialler`; an agent's client makes its own.
    pub fn connect_by(
        dialler: http::Client,
        name: &str,
        doors: &[SocketAddr],
        credential: Credential,
        history: &History,
    ) -> Self {
        let (orders, receiver) = mpsc::unbounded_channel();
        let (sender, status) = watch::channel(Status::default());
        let client = Client {
            name: name.to_owned(),
            doors: doors.to_vec(),
            turns: 0,
            dialler,
            credential,
            history: history.clone(),
            orders: receiver,
            status: sender,
            outbox: VecDeque::new(),
            load: 0,
            follows_lists: false,
            said: 0,
            streams: BTreeMap::new(),
        };
        Self { name: name.to_owned(), orders, status, task: tokio::spawn(client.run()) }
    }

    /// Keeps so many messages under way.
    pub fn load(&self, in_flight: usize) {
        self.order(Order::Load(in_flight));
    }

    /// Each text must be a different one.
    pub fn send(&self, text: &str) {
        self.order(Order::Send(text.to_owned()));
    }

    pub fn watch(&self, conversation: ConversationId) {
        self.order(Order::Watch(conversation));
    }

    /// An agent who may lose sight of a conversation finds it again by them.
    pub fn follow_lists(&self) {
        self.order(Order::FollowLists);
    }

    fn order(&self, order: Order) {
        // A client that has stopped says why when the test awaits something.
        drop(self.orders.send(order));
    }

    pub fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// Waits until the status is as wanted.
    pub async fn until(&self, what: &str, wanted: impl Fn(&Status) -> bool) -> anyhow::Result<Status> {
        let mut status = self.status.clone();
        let ready = status.wait_for(|status| wanted(status) || status.failure.is_some());
        let result = timeout(PATIENCE, ready).await.map(|found| found.map(|s| s.clone()));
        match result {
            Ok(Ok(Status { failure: Some(failure), .. })) => bail!("{}: {failure}", self.name),
            Ok(Ok(status)) => Ok(status),
            _ => bail!("{} waited in vain until {what}: {:?}", self.name, self.status()),
        }
    }

    /// The only conversation that it watches (a visitor: its own).
    pub async fn conversation(&self) -> anyhow::Result<ConversationId> {
        let status = self.until("it has a conversation", |s| !s.positions.is_empty()).await?;
        status.positions.keys().next().copied().context("just seen")
    }

    /// Waits until everything that it wanted to say is acknowledged. Stop the load first.
    pub async fn drained(&self) -> anyhow::Result<Status> {
        self.until("its outbox is empty", |status| status.connected && status.outbox == 0).await
    }
}

impl Drop for TestSocket {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Client {
    async fn run(mut self) {
        let mut pause = Duration::from_millis(10);
        loop {
            let before = self.status.borrow().connections;
            let Err(error) = connection::run(&mut self).await else { return };
            if let Some(failure) = error.downcast_ref::<connection::Failure>() {
                let failure = failure.to_string();
                self.status.send_modify(|status| status.failure = Some(failure));
                return;
            }
            self.turns += 1;
            let later = error.downcast_ref::<connection::Later>().map(|later| Duration::from_secs(later.0));
            self.status.send_modify(|status| status.connected = false);
            if self.orders.is_closed() {
                return;
            }
            pause = if self.status.borrow().connections > before {
                Duration::from_millis(10)
            } else {
                (pause * 2).min(Duration::from_millis(300))
            };
            sleep(later.unwrap_or(pause)).await;
        }
    }

    /// The door that it stands at, or one further on.
    pub fn door(&self, further: usize) -> SocketAddr {
        self.doors[(self.turns + further) % self.doors.len()]
    }

    pub fn obey(&mut self, order: Order) {
        match order {
            Order::Load(in_flight) => self.load = in_flight,
            Order::Send(text) => self.say(text),
            Order::FollowLists => self.follows_lists = true,
            Order::Watch(conversation) => {
                self.streams.entry(conversation).or_insert(None);
            }
        }
        self.top_up();
    }

    /// Says new things while there is room.
    pub fn top_up(&mut self) {
        while self.outbox.len() < self.load {
            let text = format!("{} 说第 {} 句 👋", self.name, self.said + 1);
            self.say(text);
        }
        let outbox = self.outbox.len();
        self.status.send_modify(|status| status.outbox = outbox);
    }

    fn say(&mut self, text: String) {
        self.said += 1;
        let client_id = format!("{}-{}", self.name, self.said);
        self.outbox.push_back((client_id, text, false));
        let outbox = self.outbox.len();
        self.status.send_modify(|status| status.outbox = outbox);
    }
}
