//! R18: consoles that stop reading. They are cut off and cost little; nobody else waits for them.

use crate::scene::{Scene, server};
use anyhow::{Context, ensure};
use bench::http;
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use std::time::Duration;
use tokio::{
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::{Instant, timeout},
};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

const READERS: usize = 200;
/// What all of them together may cost.
const BYTES: u64 = 64 << 20;
/// Rounds with consoles that read, and with as many that do not.
const QUIET: usize = 20;
const ROUNDS: usize = 60;
/// Messages of a round in each of the conversations that they watch.
const EACH: usize = 8;
/// Below this a latency says nothing on a machine that is shared.
const FLOOR: Duration = Duration::from_millis(60);

struct Outcome {
    /// By how much the server's memory grew at most.
    grown: u64,
    quiet: Duration,
    slow: Duration,
    /// Connections that the server cut for being slow.
    cut: u64,
}

/// The longest text that is allowed.
fn long(number: usize) -> String {
    let start = format!("{number:06} ");
    start.clone() + &"慢".repeat(4_000 - start.len())
}

/// Talks in the first two conversations and measures in the third, from the visitor to the agent.
async fn round(scene: &Scene, number: &mut usize) -> anyhow::Result<Duration> {
    let (others, probe) = scene.visitors.split_at(2);
    for _ in 0..EACH {
        for visitor in others {
            *number += 1;
            visitor.send(&long(*number));
        }
    }
    let (probe, agent) = (&probe[0], &scene.agents[2]);
    let place = agent.status().positions.values().copied().max().unwrap_or(0);
    let began = Instant::now();
    *number += 1;
    probe.send(&format!("还在吗 {number}"));
    agent
        .until("the message arrives", |status| status.positions.values().copied().max().unwrap_or(0) > place)
        .await?;
    let took = began.elapsed();
    for visitor in &scene.visitors {
        visitor.drained().await?;
    }
    Ok(took)
}

/// Opens a console that watches a conversation; whether it reads on is up to the caller.
async fn watcher(
    scene: &Scene,
    owner: &http::Client,
    which: usize,
) -> anyhow::Result<WebSocketStream<TcpStream>> {
    let address = scene.server.serve.address;
    let conversation = scene.agents[which].conversation().await?;
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(4_096)?;
    let stream = socket.connect(address).await?;
    let (mut socket, _) = client_async(format!("ws://{address}/api/socket"), stream).await?;
    let credential = owner.ticket(address).await?;
    for frame in [
        json!({"type": "hello", "protocol": protocol::PROTOCOL, "credential": credential}),
        json!({"type": "watch", "conversation_id": conversation, "epoch": null, "after": null}),
    ] {
        socket.send(Message::text(frame.to_string())).await?;
    }
    let wait = async {
        while let Some(message) = socket.next().await {
            if message?.into_text()?.contains(r#""type":"stream""#) {
                return Ok(());
            }
        }
        anyhow::bail!("the server closed")
    };
    timeout(Duration::from_secs(10), wait).await.context("no stream")??;
    Ok(socket)
}

async fn slow_readers(sabotage: &str) -> anyhow::Result<Outcome> {
    let mut scene = Scene::open(server(sabotage).await?).await?;
    let owner = scene.server.serve.login().await?;
    let mut number = 0;
    let (mut quiet, mut reading) = (Vec::new(), JoinSet::new());
    for place in 0..READERS {
        let mut socket = watcher(&scene, &owner, place % 2).await?;
        reading.spawn(async move { while let Some(Ok(_)) = socket.next().await {} });
    }
    for _ in 0..QUIET {
        quiet.push(round(&scene, &mut number).await?);
    }
    reading.shutdown().await;
    let mut readers = Vec::new();
    for place in 0..READERS {
        readers.push(watcher(&scene, &owner, place % 2).await?);
    }
    let before = scene.server.process()?.memory()?;
    let (mut slow, mut most) = (Vec::new(), before);
    for _ in 0..ROUNDS {
        slow.push(round(&scene, &mut number).await?);
        most = most.max(scene.server.process()?.memory()?);
    }
    let metrics = http::Client::default().get(scene.server.serve.address, "/metrics").await?;
    let metrics = String::from_utf8(metrics.body)?;
    let line = metrics
        .lines()
        .find(|line| line.starts_with("octim_sockets_closed_total") && line.contains(r#"reason="slow""#));
    let cut = line.and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap_or(0);
    if sabotage.is_empty() {
        scene.expect_green().await?;
    }
    drop(readers);
    Ok(Outcome { grown: most - before, quiet: worst(quiet), slow: worst(slow), cut })
}

/// The worst but for a tenth: pauses of the machine are not the server's.
fn worst(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() * 9 / 10]
}

#[tokio::test(flavor = "multi_thread")]
async fn consoles_that_stop_reading_cost_little_and_nobody_waits_for_them() -> anyhow::Result<()> {
    let Outcome { grown, quiet, slow, cut } = slow_readers("").await?;
    println!("{READERS} readers: {grown} bytes, {quiet:?} before, {slow:?} with them, {cut} cut");
    ensure!(cut == READERS as u64, "{cut} of {READERS} were cut");
    ensure!(grown <= BYTES, "they cost {grown} bytes");
    ensure!(slow <= quiet.max(FLOOR) * 2, "others waited {slow:?}, {quiet:?} before");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_keeps_everything_for_them_is_noticed() -> anyhow::Result<()> {
    let Outcome { grown, cut, .. } = slow_readers("endless_outbox").await?;
    ensure!(cut == 0 && grown > BYTES, "the planted bug was not seen: {cut} cut, {grown} bytes");
    Ok(())
}
