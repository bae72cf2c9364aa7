//! R10: the wall clock jumps while the server runs, three days back and four hundred forward; the
//! monotonic clock does not, as in life. Order and timers stay right, what is due by the calendar
//! ends, and no job is run over and over.

use crate::scene::{Scene, octim};
use anyhow::{Context, ensure};
use bench::http::Client;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use testkit::process::Server;

const FAILED: &str = r#"octim_jobs_total{kind="route",outcome="failed"}"#;
/// A failed job is tried again after 2, 4 and 8 seconds.
const RETRIED: Duration = Duration::from_secs(12);

fn libfaketime() -> anyhow::Result<PathBuf> {
    let paths = fs::read_dir("/usr/lib")?.flatten();
    let mut paths = paths.map(|entry| entry.path().join("faketime/libfaketimeMT.so.1"));
    paths.find(|path| path.exists()).context("libfaketime is missing: scripts/setup.sh test installs it")
}

struct Wall(PathBuf);

impl Wall {
    /// From now on the wall clock shows the true time moved by this much, such as `-3d`.
    fn jump(&self, by: &str) -> anyhow::Result<()> {
        // Replaced as a whole: the server may be reading it.
        let next = self.0.with_extension("next");
        fs::write(&next, by)?;
        Ok(fs::rename(next, &self.0)?)
    }
}

async fn scene(library: &Path, sabotage: &str) -> anyhow::Result<(Scene, Wall)> {
    let mut server = Server::prepare(&octim()).await?;
    let wall = Wall(server.serve.data_dir.with_extension("time"));
    wall.jump("+0")?;
    for (name, value) in [
        ("LD_PRELOAD", library.display().to_string()),
        ("FAKETIME_TIMESTAMP_FILE", wall.0.display().to_string()),
        ("FAKETIME_NO_CACHE", "1".to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ("OCTIM_SABOTAGE", sabotage.to_owned()),
    ] {
        server.env(name, value);
    }
    server.start().await?;
    Ok((Scene::open(server).await?, wall))
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_wall_clock_jumps_order_and_sessions_stay_right() -> anyhow::Result<()> {
    let (scene, wall) = scene(&libfaketime()?, "").await?;
    let address = scene.server.serve.address;
    scene.load(4);
    scene.progress(20).await?;
    wall.jump("-3d")?;
    scene.progress(40).await?;
    scene.ready(true).await?;
    // A login of now is good, and so is the one from "in three days".
    scene.server.serve.login().await?;
    scene.expect_green().await?;

    wall.jump("+400d")?;
    scene.ready(true).await?;
    let old = scene.owner.get(address, "/api/me").await?;
    ensure!(old.status == 401, "a session of 400 days ago got {}", old.status);
    let owner = scene.server.serve.login().await.context("nobody can log in")?;
    ensure!(owner.get(address, "/api/me").await?.status == 200);
    let (visitor, _) = Client::default().visitor(address, &scene.channel).await?;
    let body = serde_json::json!({"client_id": "a", "content": {"type": "text", "text": "还在吗？"}});
    let answer = visitor.post(address, "/api/visitor/messages", &body).await?;
    ensure!(answer.status == 201, "a message in the future got {}", answer.status);
    let runs = scene.measured(r#"octim_jobs_total{kind="route",outcome="done"}"#).await?;
    ensure!(runs.is_some_and(|runs| runs < 20.0), "jobs ran {runs:?} times");
    Ok(())
}

/// Jobs fail, and wait for their next turn, when the clock goes back by days.
async fn retried_after_going_back(sabotage: &str) -> anyhow::Result<bool> {
    let (scene, wall) = scene(&libfaketime()?, sabotage).await?;
    scene.metric(FAILED, 3.0, RETRIED).await?;
    wall.jump("-3d")?;
    Ok(scene.metric(FAILED, 6.0, RETRIED).await.is_ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_when_the_clock_went_back_is_done_all_the_same() -> anyhow::Result<()> {
    ensure!(retried_after_going_back("poison").await?, "jobs wait for three days");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn timers_that_trust_the_wall_clock_are_noticed() -> anyhow::Result<()> {
    ensure!(!retried_after_going_back("poison,wall_timers").await?, "the planted bug was not found");
    Ok(())
}
