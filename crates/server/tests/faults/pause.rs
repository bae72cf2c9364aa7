//! R8 and R9: the process stands still and goes on, as a paused virtual machine does. Nobody is
//! thrown out for the server's own silence, and what clients repeated meanwhile is stored once.

use crate::scene::{Scene, is_deep, server};
use std::time::Duration;
use testkit::checker::Invariant;
use tokio::time::sleep;

/// Longer than clients wait for an answer: they connect anew and send everything again.
const LONG: Duration = Duration::from_secs(9);

async fn pause(sabotage: &str, pauses: &[Duration]) -> anyhow::Result<Scene> {
    let mut scene = Scene::open(server(sabotage).await?).await?;
    scene.load(8);
    for length in pauses {
        scene.progress(20).await?;
        let process = scene.server.process()?;
        process.signal("STOP").await?;
        sleep(*length).await;
        process.signal("CONT").await?;
    }
    scene.progress(20).await?;
    Ok(scene)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_pause_throws_nobody_out() -> anyhow::Result<()> {
    let short = if is_deep() { 5 } else { 2 };
    let scene = pause("", &[Duration::from_secs(short); 2]).await?;
    for person in scene.people() {
        let connections = person.status().connections;
        anyhow::ensure!(connections == 1, "{} connected {connections} times", person.name);
    }
    scene.expect_green().await
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_long_pause_nothing_is_lost_or_doubled() -> anyhow::Result<()> {
    let long = if is_deep() { Duration::from_secs(65) } else { LONG };
    pause("", &[long]).await?.expect_green().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stores_what_was_repeated_in_a_pause_is_noticed() -> anyhow::Result<()> {
    pause("no_dedupe", &[LONG]).await?.expect_red(Invariant::Once).await
}
