//! R36: agents accept, pass on, end and reopen the same conversations at the same moment. A claim has
//! exactly one winner (I7), and when everything has come to rest all counters equal a recount (I8).

use crate::scene::{dice, rounds, server};
use anyhow::{Context, ensure};
use bench::{
    http::{Answer, Client},
    process::PASSWORD,
};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::net::SocketAddr;
use testkit::{chaos::Dice, process::Server};

const AGENTS: usize = 4;
const CONVERSATIONS: usize = 4;
const SAID: i64 = 5;

struct Office {
    _server: Server,
    address: SocketAddr,
    owner: Client,
    agents: Vec<(String, Client)>,
    visitors: Vec<Client>,
    conversations: Vec<String>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

async fn say(address: SocketAddr, visitor: &Client, id: &str) -> anyhow::Result<String> {
    let body = json!({"client_id": id, "content": {"type": "text", "text": format!("问题 {id}")}});
    let receipt: Value = visitor.post(address, "/api/visitor/messages", &body).await?.json()?;
    Ok(text(&receipt["conversation_id"]))
}

impl Office {
    async fn open(sabotage: &str) -> anyhow::Result<Self> {
        let server = server(sabotage).await?;
        let address = server.serve.address;
        let owner = server.serve.login().await?;
        let channel = owner.channel(address).await?;
        let (mut agents, mut visitors, mut conversations) = (vec![], vec![], vec![]);
        for number in 0..AGENTS {
            let email = format!("agent{number}@octim.test");
            let body = json!({"email": email, "name": email, "role": "supervisor", "password": PASSWORD});
            let agent: Value = owner.post(address, "/api/agents", &body).await?.json()?;
            agents.push((text(&agent["id"]), Client::login(address, &email, PASSWORD).await?));
        }
        for number in 0..CONVERSATIONS {
            let (visitor, _) = Client::default().visitor(address, &channel).await?;
            for message in 0..SAID {
                let id = say(address, &visitor, &format!("{number}-{message}")).await?;
                if message == 0 {
                    conversations.push(id);
                }
            }
            visitors.push(visitor);
        }
        Ok(Self { _server: server, address, owner, agents, visitors, conversations })
    }

    async fn post(
        &self,
        agent: usize,
        conversation: &str,
        what: &str,
        body: Value,
    ) -> anyhow::Result<Answer> {
        let path = format!("/api/conversations/{conversation}/{what}");
        self.agents[agent].1.post(self.address, &path, &body).await
    }

    /// Everybody claims it at once: the winners.
    async fn claim(&self, conversation: &str) -> anyhow::Result<Vec<usize>> {
        let claims = (0..AGENTS).map(|agent| self.post(agent, conversation, "accept", json!({})));
        let mut winners = Vec::new();
        for (agent, answer) in join_all(claims).await.into_iter().enumerate() {
            match answer?.status {
                200 => winners.push(agent),
                409 => {}
                other => anyhow::bail!("a claim was answered by {other}"),
            }
        }
        Ok(winners)
    }

    async fn state(&self, conversation: &str) -> anyhow::Result<Value> {
        let path = format!("/api/conversations/{conversation}");
        let detail: Value = self.owner.get(self.address, &path).await?.json()?;
        Ok(detail["conversation"].clone())
    }

    /// A turn of the carousel: claim, read a little, pass on, end and reopen, all at once.
    async fn turn(&self, dice: &mut Dice) -> anyhow::Result<()> {
        let conversation = &self.conversations[dice.roll(CONVERSATIONS as u64) as usize];
        let winners = self.claim(conversation).await?;
        ensure!(winners.len() == 1, "{} winners of one claim: {winners:?}", winners.len());
        let winner = winners[0];
        let owner = self.state(conversation).await?["assignee_id"].clone();
        ensure!(text(&owner) == self.agents[winner].0, "{owner} has what {winner} won");
        let read = dice.roll(SAID as u64 + 1);
        let positions = json!({"delivered": read, "read": read});
        self.post(winner, conversation, "receipt", positions).await?;
        let orders = (0..AGENTS).map(|agent| {
            let to = &self.agents[dice.roll(AGENTS as u64) as usize].0;
            let (what, body) = match dice.roll(4) {
                0 => ("resolve", json!({})),
                1 => ("reopen", json!({})),
                2 => ("assign", json!({"agent_id": to})),
                _ => ("assign", json!({})),
            };
            self.post(agent, conversation, what, body)
        });
        for answer in join_all(orders.collect::<Vec<_>>()).await {
            let status = answer?.status;
            ensure!(matches!(status, 200 | 409), "an order was answered by {status}");
        }
        // Back to the queue, whatever came of it.
        if self.state(conversation).await?["status"] == "resolved" {
            self.post(0, conversation, "reopen", json!({})).await?;
        }
        let queued = self.post(0, conversation, "assign", json!({})).await?;
        ensure!(queued.status == 200, "back to the queue: {}", queued.status);
        Ok(())
    }

    /// How many messages of the visitor are stored after this position, page by page.
    async fn unread(&self, conversation: &str, mut after: i64) -> anyhow::Result<i64> {
        let mut unread = 0;
        loop {
            let path = format!("/api/conversations/{conversation}/messages?after={after}&limit=100");
            let page: Value = self.owner.get(self.address, &path).await?.json()?;
            let messages = page["messages"].as_array().context("no messages")?;
            let Some(last) = messages.last() else { return Ok(unread) };
            unread += messages.iter().filter(|message| message["sender"]["kind"] == "visitor").count() as i64;
            after = last["seq"].as_i64().context("no position")?;
        }
    }

    /// Compares every counter with a recount of what is stored.
    async fn recount(&self) -> anyhow::Result<()> {
        for (number, conversation) in self.conversations.iter().enumerate() {
            say(self.address, &self.visitors[number], &format!("{number}-end")).await?;
            let state = self.state(conversation).await?;
            let read = state["staff_read"].as_i64().context("no position")?;
            let unread = self.unread(conversation, read).await?;
            ensure!(state["unread"] == unread, "{} of {unread} unread after {read}", state["unread"]);
        }
        for view in ["queue", "all"] {
            let path = format!("/api/conversations?view={view}&limit=100");
            let page: Value = self.owner.get(self.address, &path).await?.json()?;
            let listed = page["conversations"].as_array().context("no list")?.len();
            let counts: Value = self.owner.get(self.address, "/api/conversations/counts").await?.json()?;
            ensure!(counts[view] == listed, "{view}: {} counted, {listed} listed", counts[view]);
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_has_one_winner_and_counters_equal_a_recount() -> anyhow::Result<()> {
    let office = Office::open("").await?;
    let mut dice = dice(36);
    for _ in 0..rounds(15, 300) {
        office.turn(&mut dice).await?;
    }
    office.recount().await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_winners_of_one_claim_are_noticed() -> anyhow::Result<()> {
    let office = Office::open("two_winners").await?;
    let winners = office.claim(&office.conversations[0]).await?;
    ensure!(winners.len() > 1, "the planted bug was not found");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_that_are_not_counted_anew_are_noticed() -> anyhow::Result<()> {
    let office = Office::open("no_recount").await?;
    let conversation = &office.conversations[0];
    office.post(0, conversation, "accept", json!({})).await?;
    office.post(0, conversation, "receipt", json!({"delivered": 3, "read": 2})).await?;
    ensure!(office.recount().await.is_err(), "the planted bug was not found");
    Ok(())
}
