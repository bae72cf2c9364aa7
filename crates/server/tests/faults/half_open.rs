//! R13: peers vanish without a word. The server notices by their silence, within two and a half
//! heartbeats; presence is corrected; nobody else is disturbed; nothing is lost when they come back.

use crate::scene::{Scene, octim};
use std::time::Duration;
use testkit::{chaos::Proxy, process::Server};

const STAFF: &str = r#"octim_sockets{side="staff"}"#;
const VISITORS: &str = r#"octim_sockets{side="visitor"}"#;
/// Two and a half heartbeats of a second, and the time to look.
const NOTICED: Duration = Duration::from_secs(5);

async fn vanish(sabotage: &str) -> anyhow::Result<(Scene, Proxy)> {
    let mut server = Server::prepare(&octim()).await?;
    server.env("OCTIM_SABOTAGE", sabotage);
    server.env("OCTIM_HEARTBEAT", "1");
    server.start().await?;
    let proxy = Proxy::to(server.serve.address).await?;
    let scene = Scene::open_through(server, &[proxy.upstream], &[proxy.address]).await?;
    scene.load(4);
    scene.progress(10).await?;
    scene.metric(STAFF, 3.0, NOTICED).await?;
    scene.presence("online", NOTICED).await?;
    proxy.swallow();
    Ok((scene, proxy))
}

#[tokio::test(flavor = "multi_thread")]
async fn peers_that_vanish_are_noticed_and_lose_nothing() -> anyhow::Result<()> {
    let (scene, _proxy) = vanish("").await?;
    scene.metric(STAFF, 0.0, NOTICED).await?;
    scene.presence("offline", NOTICED).await?;
    scene.metric(VISITORS, 3.0, NOTICED).await?;
    for agent in &scene.agents {
        agent.until("it is back", |status| status.connections > 1).await?;
    }
    scene.expect_green().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_waits_for_ever_is_noticed() -> anyhow::Result<()> {
    let (scene, _proxy) = vanish("never_silent").await?;
    let noticed = scene.metric(STAFF, 0.0, NOTICED).await;
    anyhow::ensure!(noticed.is_err(), "the planted bug was not found");
    Ok(())
}
