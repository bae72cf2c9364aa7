//! One owner, though two nodes are asked at once; one presence, though consoles are at two nodes.

use crate::office::{Ground, Office};
use anyhow::ensure;
use bench::{http::Client, process::PASSWORD};
use futures_util::future::join;
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};
use testkit::{
    eventually,
    history::History,
    socket::{Credential, TestSocket},
};

const SOON: Duration = Duration::from_secs(5);

/// Somebody who sees every conversation, so that a claim that comes late is refused as one.
async fn colleague(office: &Office, name: &str, at: SocketAddr) -> anyhow::Result<Client> {
    let email = format!("{name}@octim.test");
    let body = json!({"email": email, "name": name, "role": "supervisor", "password": PASSWORD});
    let created = office.scene.owner.post(office.address(0), "/api/agents", &body).await?;
    ensure!(created.status < 300, "no agent {name}: {}", created.status);
    Client::login(at, &email, PASSWORD).await
}

/// How many won each claim. The third node, where one of the two claims, has this planted bug (empty: none).
async fn winners(sabotage: &str) -> anyhow::Result<Option<Vec<usize>>> {
    let Some(ground) = Ground::find().await? else { return Ok(None) };
    let office = ground.open(&[("OCTIM_SABOTAGE", sabotage)]).await?;
    let mut counts = Vec::new();
    // Her consoles are open; nothing is to be given to her in between.
    let busy = json!({"presence": "busy"}).to_string();
    office.scene.owner.request(office.address(0), "PUT", "/api/me/presence", &busy).await?;
    let (ann, ben) = (office.address(1), office.address(2));
    let agents = [(ann, colleague(&office, "ann", ann).await?), (ben, colleague(&office, "ben", ben).await?)];
    for (conversation, _) in office.scene.ends().await? {
        for turn in 0..6 {
            let queue = format!("/api/conversations/{conversation}/assign");
            office.scene.owner.post(office.address(0), &queue, &json!({})).await?;
            let accept = format!("/api/conversations/{conversation}/accept");
            let body = json!({});
            let [one, other] = agents.each_ref().map(|(node, agent)| agent.post(*node, &accept, &body));
            // At once, and one right after the other.
            let answers = if turn % 2 == 0 { join(one, other).await } else { (one.await, other.await) };
            let mut won = 0;
            for answer in [answers.0, answers.1] {
                match answer?.status {
                    200 => won += 1,
                    409 => {}
                    other => anyhow::bail!("a claim was answered by {other}"),
                }
            }
            counts.push(won);
        }
    }
    office.close().await?;
    Ok(Some(counts))
}

#[tokio::test(flavor = "multi_thread")]
async fn claim_at_two_nodes_at_once_has_one_winner() -> anyhow::Result<()> {
    let Some(counts) = winners("").await? else { return Ok(()) };
    ensure!(counts.iter().all(|won| *won == 1), "winners: {counts:?}");
    Ok(())
}

/// The planted bug: one of the nodes goes by what it wants to find, not by the locked row.
#[tokio::test(flavor = "multi_thread")]
async fn two_winners_at_two_nodes_are_noticed() -> anyhow::Result<()> {
    let Some(counts) = winners("two_winners").await? else { return Ok(()) };
    ensure!(counts.contains(&2), "the planted bug was not found: {counts:?}");
    Ok(())
}

/// What everybody sees of an agent, at every node.
async fn is_seen(office: &Office, name: &str, presence: &str) -> anyhow::Result<bool> {
    for number in 0..3 {
        let answer = office.scene.owner.get(office.address(number), "/api/directory").await?;
        let directory: Value = answer.json()?;
        let agents = directory["agents"].as_array().cloned().unwrap_or_default();
        let seen = agents.iter().find(|agent| agent["name"] == name);
        if seen.is_none_or(|agent| agent["presence"] != presence) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[tokio::test(flavor = "multi_thread")]
async fn agent_with_consoles_at_two_nodes_is_there_until_the_last_one_closes() -> anyhow::Result<()> {
    let Some(mut office) = Office::with("").await? else { return Ok(()) };
    let ann = colleague(&office, "ann", office.address(1)).await?;
    let console = |number: usize| {
        // With a ticket from another node.
        let doors = [office.address(number), office.address((number + 1) % 3)];
        let credential = Credential::Agent(ann.clone(), doors[1]);
        TestSocket::connect_any(&format!("console{number}"), &doors, credential, &History::default())
    };
    let (one, two) = (console(1), console(2));
    for socket in [&one, &two] {
        socket.until("it is connected", |status| status.connected).await?;
    }
    eventually("ann is online", SOON, async || is_seen(&office, "ann", "online").await).await?;
    drop(one);
    for _ in 0..20 {
        ensure!(is_seen(&office, "ann", "online").await?, "she has another console");
    }

    // A node that dies says nothing: the others forget who was there.
    office.node(2).kill().await?;
    office.node(2).start().await?;
    two.until("it is back elsewhere", |status| status.connections > 1 && status.connected).await?;
    eventually("ann is online", SOON, async || is_seen(&office, "ann", "online").await).await?;
    drop(two);
    // What the dead node said of her counts ten seconds.
    let late = Duration::from_secs(15);
    eventually("ann is offline", late, async || is_seen(&office, "ann", "offline").await).await?;
    office.close().await
}
