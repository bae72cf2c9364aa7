//! R6: there are no more file descriptors. New connections are told so; those that exist, and the
//! database, go on; there is room again when somebody leaves.

use crate::scene::{Scene, octim, wrapped};
use anyhow::ensure;
use std::{net::SocketAddr, time::Duration};
use testkit::process::Server;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const MANY: usize = 150;

async fn crowded(sabotage: &str) -> anyhow::Result<Scene> {
    let root = tempfile::TempDir::with_prefix("octim-fault-")?;
    let octim = octim();
    let line = format!("exec prlimit --nofile=208:208 '{}' \"$@\"", octim.display());
    let mut server = Server::prepare_in(&wrapped(root.path(), &line)?, root).await?;
    server.env("OCTIM_SABOTAGE", sabotage);
    server.start().await?;
    Scene::open(server).await
}

/// Asks once, and stays. The status of the answer; none when there is none.
async fn caller(address: SocketAddr) -> Option<(TcpStream, u16)> {
    let ask = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        stream.write_all(b"GET /livez HTTP/1.1\r\nHost: octim\r\n\r\n").await.ok()?;
        let mut answer = [0; 512];
        let length = stream.read(&mut answer).await.ok()?;
        let status = std::str::from_utf8(&answer[..length]).ok()?.split(' ').nth(1)?.parse().ok()?;
        Some((stream, status))
    };
    timeout(Duration::from_secs(2), ask).await.ok()?
}

async fn crowd(address: SocketAddr) -> (Vec<TcpStream>, usize) {
    let calls = futures_util::future::join_all((0..MANY).map(|_| caller(address))).await;
    let mut refused = 0;
    let mut held = Vec::new();
    for (stream, status) in calls.into_iter().flatten() {
        match status {
            200 => held.push(stream),
            503 => refused += 1,
            _ => {}
        }
    }
    (held, refused)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_descriptors_new_connections_are_refused_and_old_ones_go_on() -> anyhow::Result<()> {
    let scene = crowded("").await?;
    let address = scene.server.serve.address;
    scene.load(4);
    let (held, refused) = crowd(address).await;
    ensure!(refused > 0 && held.len() > 10, "{} taken, {refused} refused", held.len());
    scene.progress(50).await?;
    drop(held);
    scene.ready(true).await?;
    scene.expect_green().await
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_any_number_of_connections_is_noticed() -> anyhow::Result<()> {
    let scene = crowded("any_number").await?;
    scene.load(4);
    let (_held, refused) = crowd(scene.server.serve.address).await;
    ensure!(refused == 0, "the planted bug does nothing");
    Ok(())
}
