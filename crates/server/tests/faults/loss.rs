//! R14: packets get lost, some or all of them, in a real network (`testkit::network`). TCP sends the former again; of
//! the latter the heartbeat tells, and clients resume.

use crate::scene::{Scene, dice, octim, rounds, server};
use anyhow::ensure;
use std::{net::Ipv4Addr, time::Duration};
use testkit::{
    checker::Invariant,
    network::{Lost, Network},
    process::Server,
};
use tokio::time::Instant;

/// The server's answers are lost until every client has given up; they come back and send again what
/// they cannot know to have arrived.
async fn lose_answers(network: &Network, scene: &Scene, otherwise: f64) -> anyhow::Result<()> {
    let before: Vec<_> = scene.people().map(|person| person.status().connections).collect();
    network.lose(Lost::SaidBy(scene.server.serve.address.port()), 1.0)?;
    for person in scene.people() {
        person.until("it gives up", |status| !status.connected).await?;
    }
    network.lose(Lost::Everybody, otherwise)?;
    for (person, before) in scene.people().zip(before) {
        person.until("it is back", |status| status.connections > before).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_packets_lose_and_repeat_no_messages() -> anyhow::Result<()> {
    let name = "loss::lost_packets_lose_and_repeat_no_messages";
    let Some(network) = Network::enter(name)? else { return Ok(()) };
    let scene = Scene::open(server("").await?).await?;
    scene.load(8);
    let mut dice = dice(14);
    for round in 0..rounds(2, 6) {
        let share = (1 + dice.roll(30)) as f64 / 100.0;
        let (began, sent) = (Instant::now(), network.resent()?);
        network.lose(Lost::Everybody, share)?;
        scene.progress(20).await?;
        if round % 3 == 0 {
            lose_answers(&network, &scene, share).await?;
            scene.progress(5).await?;
        }
        let again = network.resent()? - sent;
        println!("{share} of the packets are lost: {again} sent again in {:?}", began.elapsed());
        ensure!(again > 0, "nothing was lost");
    }
    network.lose(Lost::Everybody, 0.0)?;
    scene.expect_green().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stores_again_what_it_had_answered_is_noticed() -> anyhow::Result<()> {
    let name = "loss::a_server_that_stores_again_what_it_had_answered_is_noticed";
    let Some(network) = Network::enter(name)? else { return Ok(()) };
    let scene = Scene::open(server("no_dedupe").await?).await?;
    scene.load(8);
    scene.progress(20).await?;
    lose_answers(&network, &scene, 0.0).await?;
    scene.expect_red(Invariant::Once).await
}

/// Agents are at an address of their own.
const AGENTS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const STAFF: &str = r#"octim_sockets{side="staff"}"#;
const VISITORS: &str = r#"octim_sockets{side="visitor"}"#;
/// Two and a half heartbeats of a second, and the time to look.
const NOTICED: Duration = Duration::from_secs(5);

/// All that agents say and hear is lost, and nobody is told.
async fn part(network: &Network, sabotage: &str) -> anyhow::Result<Scene> {
    let mut server = Server::prepare(&octim()).await?;
    server.env("OCTIM_SABOTAGE", sabotage);
    server.env("OCTIM_HEARTBEAT", "1");
    server.start().await?;
    let door = server.serve.address;
    let scene = Scene::open_from(server, Some(AGENTS.into()), |_| [vec![door], vec![door]]).await?;
    scene.load(4);
    scene.progress(10).await?;
    scene.metric(STAFF, 3.0, NOTICED).await?;
    scene.presence("online", NOTICED).await?;
    network.lose(Lost::Of(AGENTS), 1.0)?;
    scene.load(0);
    Ok(scene)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_loses_everything_is_noticed_and_taken_up_again() -> anyhow::Result<()> {
    let name = "loss::a_line_that_loses_everything_is_noticed_and_taken_up_again";
    let Some(network) = Network::enter(name)? else { return Ok(()) };
    let scene = part(&network, "").await?;
    scene.metric(STAFF, 0.0, NOTICED).await?;
    scene.presence("offline", NOTICED).await?;
    scene.metric(VISITORS, 3.0, NOTICED).await?;
    // Few enough for a resume: beyond that a client gets a snapshot.
    for visitor in &scene.visitors {
        visitor.drained().await?;
        (1..=20).for_each(|number| visitor.send(&format!("人呢？ {number}")));
        visitor.drained().await?;
    }
    for agent in &scene.agents {
        agent.until("it gives up", |status| !status.connected).await?;
    }
    network.lose(Lost::Everybody, 0.0)?;
    for agent in &scene.agents {
        agent.until("it is back", |status| status.connections > 1).await?;
    }
    scene.expect_green().await?;
    for agent in &scene.agents {
        ensure!(agent.status().snapshots == 1, "it had to begin anew: {:?}", agent.status());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_waits_for_ever_on_a_dead_line_is_noticed() -> anyhow::Result<()> {
    let name = "loss::a_server_that_waits_for_ever_on_a_dead_line_is_noticed";
    let Some(network) = Network::enter(name)? else { return Ok(()) };
    let scene = part(&network, "never_silent").await?;
    let noticed = scene.metric(STAFF, 0.0, NOTICED).await;
    ensure!(noticed.is_err(), "the planted bug was not found");
    Ok(())
}
