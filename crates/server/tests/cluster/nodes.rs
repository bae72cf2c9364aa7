//! Agents and visitors at different nodes; a node is killed; all are restarted one after the other.

use crate::{
    office::{Ground, Office},
    scene::{dice, rounds},
};
use std::time::Duration;
use testkit::checker::Invariant;

#[tokio::test(flavor = "multi_thread")]
async fn people_at_different_nodes_notice_no_difference() -> anyhow::Result<()> {
    let Some(office) = Office::with("").await? else { return Ok(()) };
    office.scene.load(8);
    office.scene.progress(100).await?;
    office.scene.expect_green().await?;
    for person in office.scene.people() {
        let status = person.status();
        anyhow::ensure!(status.refused == 0, "{} was refused: {:?}", person.name, status.refusal);
        anyhow::ensure!(status.connections == 1, "{} was cut off", person.name);
    }
    office.close().await
}

/// The planted bug: nodes that publish past each other.
#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_do_not_hear_each_other_are_noticed() -> anyhow::Result<()> {
    let Some(ground) = Ground::find().await? else { return Ok(()) };
    let office = ground.open(&[("OCTIM_BUS__PREFIX", "apart")]).await?;
    office.scene.load(2);
    office.scene.progress(10).await?;
    office.scene.drain().await?;
    let mut seen = 0;
    for conversation in 0..3 {
        seen += usize::from(office.sees(conversation, Duration::from_secs(2)).await?);
    }
    anyhow::ensure!(seen < 3, "the planted bug was not found");
    office.close().await
}

async fn killed(sabotage: &str) -> anyhow::Result<Option<Office>> {
    let Some(mut office) = Office::with(sabotage).await? else { return Ok(None) };
    let mut dice = dice(30);
    office.scene.load(8);
    for round in 0..rounds(3, 15) as usize {
        office.scene.progress(10 + dice.roll(40)).await?;
        office.node(round % 3).kill().await?;
        // Everybody goes on at the other two.
        office.scene.progress(20).await?;
        office.node(round % 3).start().await?;
    }
    Ok(Some(office))
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_node_costs_a_reconnection() -> anyhow::Result<()> {
    let Some(office) = killed("").await? else { return Ok(()) };
    office.scene.expect_green().await?;
    office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn message_that_only_a_killed_node_had_is_missed() -> anyhow::Result<()> {
    let Some(office) = killed("ack_before_commit").await? else { return Ok(()) };
    office.scene.expect_red(Invariant::Durable).await?;
    office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn rolling_restart_under_load_loses_and_doubles_nothing() -> anyhow::Result<()> {
    let Some(mut office) = Office::with("").await? else { return Ok(()) };
    office.scene.load(8);
    for number in 0..3 {
        office.scene.progress(20).await?;
        let status = office.node(number).terminate(Duration::from_secs(10)).await?;
        anyhow::ensure!(status.success(), "a graceful stop ended with {status}");
        office.scene.progress(20).await?;
        office.node(number).start().await?;
    }
    office.scene.expect_green().await?;
    office.close().await
}
