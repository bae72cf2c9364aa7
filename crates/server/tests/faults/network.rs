//! R15 and R16: lines with 50 to 800 ms and jitter, on which later things overtake earlier ones of
//! other connections; and lines of 256 kbit/s.

use crate::scene::{Scene, rounds, seed, server};
use std::time::Duration;
use testkit::{chaos::Proxy, checker::Invariant};

async fn through_a_proxy(sabotage: &str) -> anyhow::Result<(Scene, Proxy)> {
    let server = server(sabotage).await?;
    let proxy = Proxy::seeded(server.serve.address, seed()).await?;
    let scene = Scene::open_through(server, &[proxy.address], &[proxy.address]).await?;
    Ok((scene, proxy))
}

async fn uneven(sabotage: &str, messages: u64) -> anyhow::Result<(Scene, Proxy)> {
    let (scene, proxy) = through_a_proxy(sabotage).await?;
    scene.load(16);
    proxy.jitter(Duration::from_millis(50), Duration::from_millis(750));
    scene.progress(messages).await?;
    // And while connections come and go.
    proxy.cut();
    scene.progress(messages).await?;
    proxy.jitter(Duration::ZERO, Duration::ZERO);
    Ok((scene, proxy))
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_and_uneven_lines_change_no_order() -> anyhow::Result<()> {
    let (scene, _proxy) = uneven("", u64::from(rounds(40, 150))).await?;
    scene.expect_green().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_mixes_up_messages_is_noticed() -> anyhow::Result<()> {
    let (scene, _proxy) = uneven("reorder", 40).await?;
    scene.expect_red(Invariant::Ordered).await
}

#[tokio::test(flavor = "multi_thread")]
async fn narrow_lines_slow_down_and_lose_nothing() -> anyhow::Result<()> {
    let (mut scene, proxy) = through_a_proxy("").await?;
    let before = scene.server.process()?.memory()?;
    proxy.narrow(256_000 / 8);
    scene.load(16);
    scene.progress(u64::from(rounds(40, 400))).await?;
    let grown = scene.server.process()?.memory()?.saturating_sub(before);
    anyhow::ensure!(grown < 64 << 20, "{grown} bytes more for narrow lines");
    proxy.narrow(0);
    scene.expect_green().await
}
