//! R22: `PostgreSQL` ends sessions under load, in the middle of transactions. The writer tries again on
//! a new one: nothing is lost, nothing is there twice, and nobody is refused.

use crate::scene::{Scene, dice, octim, rounds};
use anyhow::{Context, ensure};
use std::time::Duration;
use store::Database;
use testkit::{checker::Invariant, database::TestDatabase, process::Server};
use tokio::time::{Instant, sleep};

async fn open(database: &TestDatabase, sabotage: &str) -> anyhow::Result<Scene> {
    let Database::Postgres(url) = &database.database else { anyhow::bail!("not PostgreSQL") };
    let root = tempfile::Builder::new().prefix("octim-fault-").tempdir()?;
    let env = [("OCTIM_DATABASE__URL", url.as_str()), ("OCTIM_SABOTAGE", sabotage)];
    let mut server = Server::prepare_with(&octim(), root, &env).await?;
    server.start().await?;
    Scene::open(server).await
}

/// Sessions are seldom busy for long: asks until at least one is caught.
async fn kill(scene: &Scene, database: &TestDatabase, times: u32) -> anyhow::Result<()> {
    let mut dice = dice(22);
    scene.load(8);
    for _ in 0..times {
        scene.progress(1 + dice.roll(30)).await?;
        let deadline = Instant::now() + Duration::from_secs(20);
        while database.end_busy_sessions().await? == 0 {
            ensure!(Instant::now() < deadline, "no session is ever busy");
            sleep(Duration::from_millis(1)).await;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_are_ended_in_mid_transaction_cost_nobody_anything() -> anyhow::Result<()> {
    let Some(database) = TestDatabase::postgres().await? else { return Ok(()) };
    let scene = open(&database, "").await?;
    kill(&scene, &database, rounds(15, 100)).await?;
    scene.expect_green().await?;
    for person in scene.people() {
        let status = person.status();
        ensure!(status.refused == 0, "{} was refused: {:?}", person.name, status.refusal);
    }
    drop(scene);
    database.remove().await.context("removing the schema")
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_an_ended_session_for_a_commit_is_noticed() -> anyhow::Result<()> {
    let Some(database) = TestDatabase::postgres().await? else { return Ok(()) };
    let scene = open(&database, "killed_is_stored").await?;
    kill(&scene, &database, 15).await?;
    scene.expect_red(Invariant::Durable).await?;
    drop(scene);
    database.remove().await.context("removing the schema")
}
