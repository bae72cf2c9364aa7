//! R19: senders that are slower than anybody is: headers, bodies and frames a byte at a time. Each
//! is let go in time, and the others do not feel them.

use crate::scene::{Scene, server};
use anyhow::ensure;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

const HEADERS: &[u8] = b"GET /livez HTTP/1.1\r\nHost: octim\r\nX-Slow: ";
const BODY: &[u8] =
    b"POST /api/visitor/session HTTP/1.1\r\nHost: octim\r\nContent-Type: application/json\r\n\
    Content-Length: 5000\r\n\r\n{\"channel\": \"";
/// A handshake, then a text frame of 200 bytes, masked with zeros, that does not come to its end.
const FRAME: &[u8] = b"GET /api/visitor/socket HTTP/1.1\r\nHost: octim\r\nConnection: Upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\
    \x81\xfe\x00\xc8\x00\x00\x00\x00{";
/// Each kind of patience ends after ten seconds.
const LET_GO: Duration = Duration::from_secs(13);
const EACH: usize = 40;

/// Says a byte now and then until the server hangs up.
async fn drip(address: SocketAddr, opening: &'static [u8]) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(opening).await?;
    let mut answer = [0; 512];
    loop {
        tokio::select! {
            read = stream.read(&mut answer) => match read {
                Ok(0) | Err(_) => return Ok(()),
                Ok(_) => {}
            },
            () = sleep(Duration::from_millis(300)) => {
                if stream.write_all(b"a").await.is_err() {
                    return Ok(());
                }
            }
        }
    }
}

/// True when all of them were let go in time.
async fn let_go(scene: &Scene, kinds: &[&'static [u8]]) -> anyhow::Result<bool> {
    let mut drips = JoinSet::new();
    for kind in kinds {
        for _ in 0..EACH {
            drips.spawn(drip(scene.server.serve.address, kind));
        }
    }
    let began = Instant::now();
    let everybody = async {
        while let Some(ended) = drips.join_next().await {
            ended??;
        }
        anyhow::Ok(())
    };
    tokio::pin!(everybody);
    // The others go on meanwhile.
    let in_time = timeout(LET_GO, &mut everybody);
    tokio::pin!(in_time);
    loop {
        tokio::select! {
            ended = &mut in_time => return Ok(match ended { Ok(all) => all.map(|()| true)?, Err(_) => false }),
            progress = scene.progress(20) => progress?,
        }
        ensure!(began.elapsed() < LET_GO * 2, "the others starve");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_headers_bodies_and_frames_are_let_go_and_starve_nobody() -> anyhow::Result<()> {
    let scene = Scene::open(server("").await?).await?;
    scene.load(2);
    ensure!(let_go(&scene, &[HEADERS, BODY, FRAME]).await?, "somebody was waited for too long");
    scene.expect_green().await
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_patience_with_headers_is_noticed() -> anyhow::Result<()> {
    let scene = Scene::open(server("patient").await?).await?;
    scene.load(2);
    ensure!(!let_go(&scene, &[HEADERS]).await?, "the planted bug was not found");
    Ok(())
}
