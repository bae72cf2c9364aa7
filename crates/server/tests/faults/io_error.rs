//! R5: the disk answers EIO. Nothing of that transaction may be acknowledged; after a failed
//! fsync the server must end, because the kernel may have dropped what a second one would report
//! as written.

use crate::scene::{Scene, octim};
use std::time::Duration;
use testkit::{checker::Invariant, process::Server};

/// Runs under load until the fault has struck and the server has ended, then cuts the power.
async fn until_fsync_fails(number: u32, sabotage: &str) -> anyhow::Result<Scene> {
    let mut server = Server::prepare(&octim()).await?;
    server.env("OCTIM_SABOTAGE", sabotage);
    server.preload_amnesia(&format!("fsync:{number}"))?;
    server.start().await?;
    let mut scene = Scene::open(server).await?;
    scene.load(8);
    let status = scene.server.ended(Duration::from_secs(30)).await?;
    anyhow::ensure!(!status.success(), "a failed fsync ended in success");
    scene.server.cut_power().await?;
    scene.server.env("AMNESIA_FAIL", "");
    scene.server.start().await?;
    scene.progress(20).await?;
    Ok(scene)
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failed_fsync_the_server_ends_and_nothing_acknowledged_is_lost() -> anyhow::Result<()> {
    for number in [40, 97] {
        until_fsync_fails(number, "").await?.expect_green().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledging_before_the_commit_is_noticed_after_a_failed_fsync() -> anyhow::Result<()> {
    let scene = until_fsync_fails(60, "ack_before_commit").await?;
    scene.expect_red(Invariant::Durable).await
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failed_write_the_server_refuses_and_goes_on_when_the_disk_does() -> anyhow::Result<()> {
    // The write that fails may be a job's, or come before anybody talks; then another one is tried.
    for number in [200, 240, 290, 350, 420, 500] {
        let mut server = Server::prepare(&octim()).await?;
        server.preload_amnesia(&format!("pwrite:{number}"))?;
        server.start().await?;
        let Ok(scene) = Scene::open(server).await else { continue };
        scene.load(8);
        scene.progress(150).await?;
        let refused: u64 = scene.people().map(|person| person.status().refused).sum();
        scene.ready(true).await?;
        scene.expect_green().await?;
        if refused > 0 {
            return Ok(());
        }
    }
    anyhow::bail!("no message was refused: the fault did not strike")
}
