//! What every fault test has: a server, a few conversations with people at both ends under load,
//! and the judgement at the end.

use anyhow::ensure;
use bench::http;
use model::{ConversationId, Seq};
use protocol::message::MessagePage;
use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};
use testkit::{
    chaos::Dice,
    checker::{self, Invariant, Violation},
    eventually,
    history::{History, Observation, Seen},
    process::Server,
    socket::{Credential, TestSocket},
};
use tokio::time::{Instant, timeout_at};

/// The binary under test.
pub fn octim() -> PathBuf {
    let built = env!("CARGO_BIN_EXE_octim");
    std::env::var_os("OCTIM_BIN").map_or_else(|| Path::new(built).to_owned(), PathBuf::from)
}

/// A server that is prepared and runs with a planted bug (empty: none).
pub async fn server(sabotage: &str) -> anyhow::Result<Server> {
    let mut server = Server::prepare(&octim()).await?;
    server.env("OCTIM_SABOTAGE", sabotage);
    server.start().await?;
    Ok(server)
}

/// A script that ends by starting the server, with its arguments.
pub fn wrapped(root: &Path, line: &str) -> anyhow::Result<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let path = root.join("octim");
    std::fs::write(&path, format!("#!/bin/sh\n{line}\n"))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
    Ok(path)
}

/// How often a fault strikes: in every run, and in `make torture`, unless `OCTIM_TEST_ROUNDS` says.
pub fn rounds(always: u32, deep: u32) -> u32 {
    let chosen = std::env::var("OCTIM_TEST_ROUNDS").ok().and_then(|text| text.parse().ok());
    chosen.unwrap_or(if is_deep() { deep } else { always })
}

/// Whether this is `make torture`.
pub fn is_deep() -> bool {
    std::env::var_os("OCTIM_TEST_DEEP").is_some()
}

/// Of the whole run; the same seed rolls the same dice.
pub fn seed() -> u64 {
    std::env::var("OCTIM_TEST_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

pub struct Scene {
    pub server: Server,
    pub history: History,
    pub visitors: Vec<TestSocket>,
    pub agents: Vec<TestSocket>,
    pub owner: http::Client,
    pub channel: String,
    conversations: Vec<ConversationId>,
}

/// Enough for batches to hold several conversations; few enough for two cores.
const CONVERSATIONS: usize = 3;
/// How long all clients together may take to catch up once everything is acknowledged.
const CATCH_UP: Duration = Duration::from_secs(10);

impl Scene {
    pub async fn open(server: Server) -> anyhow::Result<Self> {
        let address = server.serve.address;
        Self::open_through(server, &[address], &[address]).await
    }

    /// With visitors and agents behind addresses of their own, such as a proxy's, or several servers:
    /// they begin at different ones.
    pub async fn open_through(
        server: Server,
        visitors_doors: &[SocketAddr],
        agents_doors: &[SocketAddr],
    ) -> anyhow::Result<Self> {
        Self::open_at(server, |number| [turned(visitors_doors, number - 1), turned(agents_doors, number)])
            .await
    }

    /// With the doors of the visitor and of the agent of each conversation, of which the first is 1.
    pub async fn open_at(
        server: Server,
        doors: impl Fn(usize) -> [Vec<SocketAddr>; 2],
    ) -> anyhow::Result<Self> {
        Self::open_from(server, None, doors).await
    }

    /// With agents who connect from a local address of their own.
    pub async fn open_from(
        server: Server,
        agents_address: Option<IpAddr>,
        doors: impl Fn(usize) -> [Vec<SocketAddr>; 2],
    ) -> anyhow::Result<Self> {
        let address = server.serve.address;
        let history = History::default();
        let owner = server.serve.login().await?;
        let channel = owner.channel(address).await?;
        let (mut visitors, mut agents, mut conversations) = (vec![], vec![], vec![]);
        for number in 1..=CONVERSATIONS {
            let (_, session) = http::Client::default().visitor(address, &channel).await?;
            let credential = Credential::Visitor(session.token);
            let name = format!("visitor{number}");
            let [visitors_doors, agents_doors] = doors(number);
            let visitor = TestSocket::connect_any(&name, &visitors_doors, credential, &history);
            visitor.send(&format!("在吗？ {number}"));
            let conversation = visitor.conversation().await?;

            let agent = agents_address.map_or_else(|| owner.clone(), |from| owner.clone().at(from));
            let credential = Credential::Agent(agent, address);
            let name = format!("agent{number}");
            let agent = TestSocket::connect_any(&name, &agents_doors, credential, &history);
            agent.watch(conversation);
            agent.conversation().await?;
            visitors.push(visitor);
            agents.push(agent);
            conversations.push(conversation);
        }
        Ok(Self { server, history, visitors, agents, owner, channel, conversations })
    }

    pub fn people(&self) -> impl Iterator<Item = &TestSocket> {
        self.visitors.iter().chain(&self.agents)
    }

    /// Visitors keep so many messages under way, agents one (none, when visitors stop).
    pub fn load(&self, in_flight: usize) {
        self.visitors.iter().for_each(|visitor| visitor.load(in_flight));
        self.agents.iter().for_each(|agent| agent.load(in_flight.min(1)));
    }

    /// Waits until so many more messages of each visitor are acknowledged.
    pub async fn progress(&self, messages: u64) -> anyhow::Result<()> {
        for visitor in &self.visitors {
            let goal = visitor.status().acked + messages;
            visitor.until("more is acknowledged", |status| status.acked >= goal).await?;
        }
        Ok(())
    }

    /// Stops the load and waits until nothing is unacknowledged.
    pub async fn drain(&self) -> anyhow::Result<()> {
        self.load(0);
        for person in self.people() {
            person.drained().await?;
        }
        Ok(())
    }

    /// Waits until nobody is connected, so that nothing old arrives any more.
    pub async fn disconnected(&self) -> anyhow::Result<()> {
        for person in self.people() {
            person.until("it is disconnected", |status| !status.connected).await?;
        }
        Ok(())
    }

    /// Every conversation with its newest position, as the server has it.
    pub async fn ends(&self) -> anyhow::Result<Vec<(ConversationId, Seq)>> {
        let mut ends = Vec::new();
        for conversation in &self.conversations {
            let messages = self.stored(*conversation).await?;
            ends.push((*conversation, messages.last().map_or(0, |message| message.seq)));
        }
        Ok(ends)
    }

    /// Waits until `/readyz` says so.
    pub async fn ready(&self, wanted: bool) -> anyhow::Result<()> {
        let address = self.server.serve.address;
        eventually("/readyz changes", Duration::from_secs(30), async || {
            let answer = http::Client::default().get(address, "/readyz").await;
            Ok(answer.is_ok_and(|answer| (answer.status == 200) == wanted))
        })
        .await
    }

    /// One more visitor, who is not part of the judgement.
    pub async fn stranger(&self, name: &str) -> anyhow::Result<TestSocket> {
        let address = self.server.serve.address;
        let (_, session) = http::Client::default().visitor(address, &self.channel).await?;
        let credential = Credential::Visitor(session.token);
        Ok(TestSocket::connect(name, address, credential, &History::default()))
    }

    /// What `/metrics` says about one name with its labels.
    pub async fn measured(&self, name: &str) -> anyhow::Result<Option<f64>> {
        let answer = http::Client::default().get(self.server.serve.address, "/metrics").await?;
        let text = String::from_utf8(answer.body)?;
        let value = text.lines().find_map(|line| line.strip_prefix(name));
        Ok(value.map(|value| value.trim().parse()).transpose()?)
    }

    /// Waits until a measurement is as wanted.
    pub async fn metric(&self, name: &str, wanted: f64, limit: Duration) -> anyhow::Result<()> {
        let is_so = async || Ok(self.measured(name).await? == Some(wanted));
        eventually(&format!("{name} is {wanted}"), limit, is_so).await
    }

    /// Waits until colleagues see the owner so.
    pub async fn presence(&self, wanted: &str, limit: Duration) -> anyhow::Result<()> {
        eventually(&format!("the owner is {wanted}"), limit, async || {
            let answer = self.owner.get(self.server.serve.address, "/api/directory").await?;
            let directory: serde_json::Value = answer.json()?;
            Ok(directory["agents"][0]["presence"] == wanted)
        })
        .await
    }

    /// All messages of a conversation, as the server has them.
    pub async fn stored(&self, conversation: ConversationId) -> anyhow::Result<Vec<Seen>> {
        let mut messages: Vec<Seen> = Vec::new();
        loop {
            let after = messages.last().map_or(0, |message| message.seq);
            let path = format!("/api/conversations/{conversation}/messages?after={after}&limit=100");
            let answer = self.owner.get(self.server.serve.address, &path).await?;
            let page: MessagePage = answer.json()?;
            if page.messages.is_empty() {
                return Ok(messages);
            }
            messages.extend(page.messages.iter().map(Seen::from));
        }
    }

    /// Lets everything come to rest, and returns the whole history with what is stored.
    pub async fn settle(&self) -> anyhow::Result<Vec<Observation>> {
        self.drain().await?;
        let deadline = Instant::now() + CATCH_UP;
        for (conversation, end) in self.ends().await? {
            for person in self.people() {
                if !person.status().positions.contains_key(&conversation) {
                    continue;
                }
                // A client that does not get there is the checker's to judge.
                let there = person
                    .until("it has everything", |status| status.positions.get(&conversation) >= Some(&end));
                drop(timeout_at(deadline, there).await);
                let client = person.name.clone();
                self.history.record(Observation::Settled { client, conversation });
            }
            let messages = self.stored(conversation).await?;
            self.history.record(Observation::Stored { conversation, messages });
        }
        Ok(self.history.observations())
    }

    /// Settles, and expects the whole contract to hold.
    pub async fn expect_green(&self) -> anyhow::Result<()> {
        let history = self.settle().await?;
        let violations = checker::check(&history);
        let shown = &violations[..violations.len().min(10)];
        ensure!(violations.is_empty(), "{} violations: {shown:#?}", violations.len());
        Ok(())
    }

    /// Settles, and expects the checker to find the planted bug.
    pub async fn expect_red(&self, invariant: Invariant) -> anyhow::Result<()> {
        let history = self.settle().await?;
        expect_found(&checker::check(&history), invariant)
    }
}

/// The same, beginning further on.
fn turned(doors: &[SocketAddr], by: usize) -> Vec<SocketAddr> {
    let mut doors = doors.to_vec();
    let length = doors.len();
    doors.rotate_left(by % length);
    doors
}

pub fn expect_found(violations: &[Violation], invariant: Invariant) -> anyhow::Result<()> {
    let found = violations.iter().any(|violation| violation.invariant == invariant);
    let shown = &violations[..violations.len().min(10)];
    ensure!(found, "the planted bug was not found as {invariant:?}: {shown:#?}");
    Ok(())
}

/// `number` tells the dice of one run apart.
pub fn dice(number: u64) -> Dice {
    println!("OCTIM_TEST_SEED={}", seed());
    Dice::new(seed().wrapping_mul(1_000) + number)
}
