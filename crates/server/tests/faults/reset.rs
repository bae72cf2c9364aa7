//! R12: connections are reset in the middle of frames. Clients resend what was not acknowledged,
//! and nothing may come twice.

use crate::scene::{Scene, dice, rounds, server};
use testkit::{chaos::Proxy, checker::Invariant};

async fn cut(sabotage: &str, times: u64) -> anyhow::Result<(Scene, Proxy)> {
    let server = server(sabotage).await?;
    let proxy = Proxy::to(server.serve.address).await?;
    let scene = Scene::open_through(server, &[proxy.address], &[proxy.address]).await?;
    let mut dice = dice(12);
    scene.load(16);
    for round in 1..=times {
        scene.progress(1 + dice.roll(30)).await?;
        proxy.cut();
        for person in scene.people() {
            person.until("it is back", |status| status.connections > round).await?;
        }
    }
    Ok((scene, proxy))
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_reset_inside_frames_lose_and_repeat_nothing() -> anyhow::Result<()> {
    let (scene, _proxy) = cut("", u64::from(rounds(20, 150))).await?;
    scene.expect_green().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stores_resends_again_is_noticed() -> anyhow::Result<()> {
    let (scene, _proxy) = cut("no_dedupe", 5).await?;
    scene.expect_red(Invariant::Once).await
}
