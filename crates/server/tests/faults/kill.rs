//! R1: SIGKILL at any moment under load.

use crate::scene::{Scene, dice, rounds, server};
use std::time::Duration;
use testkit::checker::Invariant;
use tokio::time::Instant;

async fn kill(scene: &mut Scene, times: u32) -> anyhow::Result<()> {
    let mut dice = dice(1);
    scene.load(8);
    for _ in 0..times {
        scene.progress(1 + dice.roll(40)).await?;
        scene.server.kill().await?;
        let began = Instant::now();
        scene.server.start().await?;
        let took = began.elapsed();
        anyhow::ensure!(took < Duration::from_secs(5), "ready only after {took:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_again_and_again_keeps_its_promises() -> anyhow::Result<()> {
    let mut scene = Scene::open(server("").await?).await?;
    kill(&mut scene, rounds(30, 300)).await?;
    scene.expect_green().await
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledging_before_the_commit_is_noticed_after_a_kill() -> anyhow::Result<()> {
    let mut scene = Scene::open(server("ack_before_commit").await?).await?;
    scene.load(8);
    scene.progress(300).await?;
    kill(&mut scene, 1).await?;
    scene.expect_red(Invariant::Durable).await
}
