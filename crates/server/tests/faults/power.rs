//! R2: the power goes, and with it every write that was not synced. R3: some of these survive, in no
//! order.

use crate::scene::{Scene, dice, octim, rounds};
use std::time::Duration;
use testkit::{checker::Invariant, process::Server};

/// Returns how many writes were lost in all.
async fn cut(scene: &mut Scene, times: u32) -> anyhow::Result<u64> {
    let mut dice = dice(2);
    let mut lost = 0;
    scene.load(8);
    for _ in 0..times {
        scene.progress(5 + dice.roll(60)).await?;
        lost += scene.server.cut_power().await?;
        scene.server.start().await?;
    }
    Ok(lost)
}

async fn scene() -> anyhow::Result<Scene> {
    let mut server = Server::prepare(&octim()).await?;
    server.preload_amnesia("")?;
    server.start().await?;
    Scene::open(server).await
}

#[tokio::test(flavor = "multi_thread")]
async fn power_cuts_lose_nothing_that_was_acknowledged() -> anyhow::Result<()> {
    let mut scene = scene().await?;
    let lost = cut(&mut scene, rounds(10, 150)).await?;
    anyhow::ensure!(lost > 0, "the cuts lost nothing at all: the shim did not see the writes");
    scene.expect_green().await
}

#[tokio::test(flavor = "multi_thread")]
async fn torn_power_cuts_lose_nothing_that_was_acknowledged() -> anyhow::Result<()> {
    let mut scene = scene().await?;
    let mut dice = dice(3);
    scene.load(8);
    for _ in 0..rounds(5, 50) {
        scene.progress(5 + dice.roll(60)).await?;
        scene.server.tear_power(dice.roll(u64::MAX >> 32)).await?;
        scene.server.start().await?;
    }
    scene.expect_green().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_does_not_sync_is_noticed_after_a_power_cut() -> anyhow::Result<()> {
    let mut scene = scene().await?;
    // The bug comes later than the sessions: losing those would end the clients, not the messages.
    scene.server.terminate(Duration::from_secs(10)).await?;
    scene.server.env("OCTIM_SABOTAGE", "sync_normal");
    scene.server.start().await?;
    cut(&mut scene, 2).await?;
    scene.expect_red(Invariant::Durable).await
}
