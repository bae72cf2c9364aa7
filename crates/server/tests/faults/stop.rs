//! R21: SIGTERM under load, as every update does it.

use crate::scene::{Scene, expect_found, rounds, server};
use std::time::Duration;
use testkit::{
    checker::{self, Invariant},
    history::Observation,
};

async fn stop(times: u32) -> anyhow::Result<Scene> {
    let mut scene = Scene::open(server("").await?).await?;
    scene.load(8);
    for _ in 0..times {
        scene.progress(40).await?;
        let status = scene.server.terminate(Duration::from_secs(10)).await?;
        anyhow::ensure!(status.success(), "a graceful stop ended with {status}");
        scene.server.start().await?;
    }
    Ok(scene)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_graceful_stop_under_load_is_quick_and_loses_nothing() -> anyhow::Result<()> {
    stop(rounds(3, 20)).await?.expect_green().await
}

/// The twin needs no bug in the server: the history is falsified.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_acknowledged_while_stopping_and_lost_is_noticed() -> anyhow::Result<()> {
    let mut history = stop(1).await?.settle().await?;
    for observation in &mut history {
        if let Observation::Stored { messages, .. } = observation {
            messages.truncate(messages.len() / 2);
        }
    }
    expect_found(&checker::check(&history), Invariant::Durable)
}
