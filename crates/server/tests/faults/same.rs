//! I12: a server that is killed and started again is the same as one that went on. I6: what had to
//! happen has happened, once, though the server was killed while it was being done.

use crate::scene::{Scene, octim, rounds, server};
use anyhow::{Context, ensure};
use bench::http::Client;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::process::Server;

/// Everything that people can read, but who is connected.
async fn snapshot(scene: &Scene) -> anyhow::Result<Vec<Value>> {
    let address = scene.server.serve.address;
    let mut paths: Vec<String> = ["agents", "channels", "teams", "conversations/counts", "knowledge"]
        .iter()
        .map(|name| format!("/api/{name}"))
        .collect();
    for view in ["queue", "mine", "all", "resolved"] {
        paths.push(format!("/api/conversations?view={view}&limit=100"));
    }
    for (conversation, _) in scene.ends().await? {
        paths.push(format!("/api/conversations/{conversation}"));
        paths.push(format!("/api/conversations/{conversation}/messages?after=0&limit=100"));
    }
    let mut seen = Vec::new();
    for path in paths {
        let answer = scene.owner.get(address, &path).await?;
        seen.push(json!({"path": path.clone(), "body": answer.json::<Value>().context(path)?}));
    }
    Ok(seen)
}

/// Before and after a power cut at rest.
async fn around_a_power_cut(sabotage: &str) -> anyhow::Result<[Vec<Value>; 2]> {
    let mut server = Server::prepare(&octim()).await?;
    server.preload_amnesia("")?;
    server.start().await?;
    let mut scene = Scene::open(server).await?;
    scene.server.terminate(Duration::from_secs(10)).await?;
    scene.server.env("OCTIM_SABOTAGE", sabotage);
    scene.server.start().await?;
    scene.load(8);
    scene.progress(40).await?;
    scene.drain().await?;
    // Receipts follow the last message.
    scene.settle().await?;
    let before = snapshot(&scene).await?;
    ensure!(before == snapshot(&scene).await?, "it changes by itself");
    scene.server.cut_power().await?;
    scene.server.start().await?;
    Ok([before, snapshot(&scene).await?])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_comes_back_to_the_same_state() -> anyhow::Result<()> {
    let [before, after] = around_a_power_cut("").await?;
    for (before, after) in before.iter().zip(&after) {
        ensure!(before == after, "before: {before}\nafter: {after}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_was_only_in_memory_is_noticed() -> anyhow::Result<()> {
    // A log that happens to be copied just before the cut loses nothing: then once more.
    for _ in 0..5 {
        let [before, after] = around_a_power_cut("sync_normal").await?;
        if before != after {
            return Ok(());
        }
    }
    anyhow::bail!("the planted bug was not found")
}

/// As many as one agent is given.
const ASKED: usize = 9;

/// Conversations are opened, and the server is killed before, while and after an agent is found
/// for them. How often each was given to the agent, by the notices in it.
async fn given(sabotage: &str) -> anyhow::Result<Vec<usize>> {
    let mut server = server(sabotage).await?;
    let address = server.serve.address;
    let owner = server.serve.login().await?;
    let channel = owner.channel(address).await?;
    let mut conversations = Vec::new();
    for number in 0..ASKED {
        let (visitor, _) = Client::default().visitor(address, &channel).await?;
        let body = json!({"client_id": "a", "content": {"type": "text", "text": format!("{number}")}});
        let receipt: Value = visitor.post(address, "/api/visitor/messages", &body).await?.json()?;
        conversations.push(receipt["conversation_id"].as_str().unwrap_or_default().to_owned());
        if number % 2 == 0 {
            server.kill().await?;
            server.start().await?;
        }
    }
    let history = testkit::history::History::default();
    let credential = testkit::socket::Credential::Agent(owner.clone(), address);
    let agent = testkit::socket::TestSocket::connect("agent", address, credential, &history);
    for round in 0..u64::from(rounds(3, 15)) {
        agent.until("it is back", |status| status.connected && status.connections > round).await?;
        server.kill().await?;
        server.start().await?;
    }
    let mut counts = Vec::new();
    for conversation in conversations {
        let mut told = 0;
        for _ in 0..100 {
            let path = format!("/api/conversations/{conversation}/messages?after=0&limit=100");
            let page: Value = owner.get(address, &path).await?.json()?;
            let messages = page["messages"].as_array().context("no messages")?;
            let notices = messages.iter().filter(|message| message["content"]["type"] == "notice");
            told = notices.count();
            if told > 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        counts.push(told);
        if told == 0 {
            break;
        }
    }
    Ok(counts)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_had_to_happen_has_happened_once_after_kills() -> anyhow::Result<()> {
    let counts = given("").await?;
    ensure!(counts == [1; ASKED], "given to the agent {counts:?} times");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_that_are_lost_are_noticed() -> anyhow::Result<()> {
    let counts = given("lose_jobs").await?;
    ensure!(counts.contains(&0), "the planted bug was not found");
    Ok(())
}
