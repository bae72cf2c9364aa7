//! The people: visitors and the owner talk, an agent of a team looks on and may lose sight of a conversation.

use super::{
    cluster::{Cluster, NODES, door},
    time::wait,
};
use anyhow::ensure;
use bench::http;
use model::{ConversationId, Seq};
use protocol::{
    admin::{AgentList, TeamList},
    message::MessagePage,
};
use serde_json::json;
use std::{cell::Cell, net::SocketAddr, time::Duration};
use testkit::{
    chaos::Dice,
    history::{History, Observation, Seen},
    socket::{Credential, TestSocket},
};
use tokio::time::{Instant, timeout, timeout_at};

pub const OWNER: &str = "owner@shop.example";
pub const LOOKER_ON: &str = "agent@shop.example";
pub const PASSWORD: &str = "Blue-Kettle-2718";
pub const OWN_TEAM: &str = "售前";
pub const OTHER_TEAM: &str = "售后";
const CONVERSATIONS: usize = 2;
/// How long the director waits for an answer.
const IN_VAIN: Duration = Duration::from_secs(5);
/// How long all together may take to catch up when everything works again.
const CATCH_UP: Duration = Duration::from_secs(40);

pub struct Office {
    pub history: History,
    pub conversations: Vec<ConversationId>,
    /// Visitors and the owner's consoles, one of each for each conversation.
    speakers: Vec<TestSocket>,
    /// Consoles of an agent who only looks on, one for each conversation.
    lookers_on: Vec<TestSocket>,
    /// Acts and reads where nothing is in the way.
    director: http::Client,
    /// The agent's team, and another.
    teams: [String; 2],
    /// The agent, and whether it was taken out of its team.
    agent: String,
    is_out: Cell<bool>,
    said: u64,
}

/// All nodes, beginning at a different one.
fn doors(first: usize) -> Vec<SocketAddr> {
    (0..NODES).map(|further| door((first + further) % NODES)).collect()
}

async fn give(
    director: &http::Client,
    node: usize,
    conversation: ConversationId,
    team: &str,
) -> anyhow::Result<()> {
    let path = format!("/api/conversations/{conversation}/assign");
    let given = director.post(door(node), &path, &json!({"team_id": team})).await?;
    ensure!(given.status == 200, "giving it to a team: {}", String::from_utf8_lossy(&given.body));
    Ok(())
}

impl Office {
    pub async fn open(cluster: &Cluster) -> anyhow::Result<Self> {
        let history = History::default();
        let client = |name: &str| http::Client::dialling(cluster.network.dial(name));
        let director = client("director").logged_in(door(0), OWNER, PASSWORD).await?;
        let channel = director.channel(door(0)).await?;
        let teams = director.get(door(0), "/api/teams").await?.json::<TeamList>()?.teams;
        let team = |name| teams.iter().find(|team| team.name == name).map(|team| team.id.to_string());
        let teams = [OWN_TEAM, OTHER_TEAM].map(team).map(Option::unwrap_or_default);
        let agents = director.get(door(0), "/api/agents").await?.json::<AgentList>()?.agents;
        let agent = agents.iter().find(|agent| agent.email == LOOKER_ON).map(|agent| agent.id.to_string());
        let (agent, is_out) = (agent.unwrap_or_default(), Cell::default());
        let (mut speakers, mut lookers_on, mut conversations) = (vec![], vec![], vec![]);
        for number in 0..CONVERSATIONS {
            let name = format!("visitor{number}");
            let (dialler, session) = client(&name).visitor(door(number), &channel).await?;
            let credential = Credential::Visitor(session.token);
            let visitor = TestSocket::connect_by(dialler, &name, &doors(number), credential, &history);
            visitor.send(&format!("在吗？ {number}"));
            let conversation = visitor.conversation().await?;
            give(&director, 0, conversation, &teams[0]).await?;
            speakers.push(visitor);
            for (role, email) in [("owner", OWNER), ("agent", LOOKER_ON)] {
                let name = format!("{role}{number}");
                let first = number + 1 + usize::from(role == "agent");
                let agent = client(&name).logged_in(door(0), email, PASSWORD).await?;
                let credential = Credential::Agent(agent, door(first % NODES));
                let console = TestSocket::connect_any(&name, &doors(first), credential, &history);
                console.follow_lists();
                console.watch(conversation);
                console.conversation().await?;
                if role == "owner" { speakers.push(console) } else { lookers_on.push(console) }
            }
            conversations.push(conversation);
        }
        Ok(Self { history, conversations, speakers, lookers_on, director, teams, agent, is_out, said: 0 })
    }

    /// Somebody says one thing, or many at once.
    pub fn say(&mut self, dice: &mut Dice) {
        let speaker = &self.speakers[dice.roll(self.speakers.len() as u64) as usize];
        let count = if dice.roll(8) == 0 { 2 + dice.roll(20) } else { 1 };
        for _ in 0..count {
            self.said += 1;
            speaker.send(&format!("第 {} 句 👋", self.said));
        }
    }

    /// Takes a conversation out of the agent's sight, or back into it. It may fail while a node is away.
    pub async fn turn_over(&self, conversation: ConversationId, is_away: bool, node: usize) {
        let team = &self.teams[usize::from(is_away)];
        drop(timeout(IN_VAIN, give(&self.director, node, conversation, team)).await);
    }

    /// Takes the agent out of its team, or back into it. It may fail as well.
    pub async fn move_agent(&self, is_out: bool, node: usize) {
        if is_out {
            self.is_out.set(true);
        }
        drop(timeout(IN_VAIN, self.member_of(if is_out { &[] } else { &self.teams[..1] }, node)).await);
    }

    async fn member_of(&self, teams: &[String], node: usize) -> anyhow::Result<()> {
        let (path, body) = (format!("/api/agents/{}", self.agent), json!({"team_ids": teams}).to_string());
        let moved = self.director.request(door(node), "PATCH", &path, &body).await?;
        ensure!(moved.status == 200, "moving the agent: {}", String::from_utf8_lossy(&moved.body));
        Ok(())
    }

    fn people(&self) -> impl Iterator<Item = &TestSocket> {
        self.speakers.iter().chain(&self.lookers_on)
    }

    /// When everything works again, everybody's outbox empties and everybody catches up: who does not, in words.
    pub async fn rest(&self) -> anyhow::Result<Vec<String>> {
        for speaker in &self.speakers {
            speaker.drained().await?;
        }
        if self.is_out.take() {
            self.member_of(&self.teams[..1], 0).await?;
        }
        let deadline = Instant::now() + CATCH_UP;
        let mut stuck = Vec::new();
        for conversation in self.conversations.iter().copied() {
            let mut messages = self.stored(conversation).await?;
            if is_hidden(&messages).last() == Some(&true) {
                give(&self.director, 0, conversation, &self.teams[0]).await?;
                messages = self.stored(conversation).await?;
            }
            let end = messages.last().map_or(0, |message| message.seq);
            for person in self.people().filter(|person| person.status().positions.contains_key(&conversation))
            {
                let there =
                    person.until("it has all", |status| status.positions.get(&conversation) >= Some(&end));
                if timeout_at(deadline, there).await.is_ok_and(|there| there.is_ok()) {
                    continue;
                }
                let status = person.status();
                ensure!(status.failure.is_none(), "{}: {:?}", person.name, status.failure);
                let at = status.positions.get(&conversation);
                stuck.push(format!("invariant: NoHole, {} stays at {at:?} of {end}", person.name));
            }
        }
        Ok(stuck)
    }

    /// At the end somebody who was not there reads it all.
    pub async fn close(self) -> anyhow::Result<Vec<Observation>> {
        // What nobody asked for any more must do no harm either.
        wait(500).await;
        for conversation in self.conversations.iter().copied() {
            for person in self.people().filter(|person| person.status().positions.contains_key(&conversation))
            {
                self.history.record(Observation::Settled { client: person.name.clone(), conversation });
            }
            let messages = self.stored(conversation).await?;
            self.history.record(Observation::Stored { conversation, messages });
        }
        Ok(self.history.observations())
    }

    async fn stored(&self, conversation: ConversationId) -> anyhow::Result<Vec<Seen>> {
        let mut messages: Vec<Seen> = Vec::new();
        loop {
            let after: Seq = messages.last().map_or(0, |message| message.seq);
            let path = format!("/api/conversations/{conversation}/messages?after={after}&limit=100");
            let page: MessagePage = self.director.get(door(0), &path).await?.json()?;
            messages.extend(page.messages.iter().map(Seen::from));
            if !page.has_more {
                return Ok(messages);
            }
        }
    }
}

/// After which messages a conversation is out of the agent's sight: from a notice that gives it to the other team,
/// until one gives it back.
pub fn is_hidden(messages: &[Seen]) -> Vec<bool> {
    let notice = |message: &Seen| {
        let body: serde_json::Value = serde_json::from_str(&message.body).ok()?;
        let notice = &body["notice"];
        (notice["event"] == "queued").then(|| notice["team_name"] == OTHER_TEAM)
    };
    let mut is_hidden = false;
    let after = |message: &Seen| {
        is_hidden = notice(message).unwrap_or(is_hidden);
        is_hidden
    };
    messages.iter().map(after).collect()
}
