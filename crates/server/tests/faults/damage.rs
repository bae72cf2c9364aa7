//! R28: a page of the database is not what SQLite wrote. Nothing is repaired silently: it is said, what
//! needs the page is refused, everything else goes on, and the steps that `octim doctor` prints lead
//! back to all that was saved.

use crate::scene::{Scene, server};
use anyhow::{Context, ensure};
use bench::http;
use std::{process::Output, time::Duration};
use store::sabotage::{Page, damage};

/// A stopped server whose database is damaged, with a backup from before.
async fn damaged(sabotage: &str, page: Page) -> anyhow::Result<(Scene, String)> {
    let mut server = server(sabotage).await?;
    let folder = server.serve.data_dir.with_extension("backups");
    server.env("OCTIM_BACKUP__FOLDER", folder.display().to_string());
    server.kill().await?;
    server.start().await?;
    let scene = Scene::open(server).await?;
    scene.load(4);
    scene.progress(60).await?;
    scene.drain().await?;
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("octim-20991231T000000Z.tar").display().to_string();
    scene.server.run("backup", &[&file]).await?;
    let mut scene = scene;
    ensure!(scene.server.terminate(Duration::from_secs(10)).await?.success());
    let database = scene.server.serve.data_dir.join("octim.db");
    damage(&database, page).await?;
    Ok((scene, file))
}

async fn doctor(scene: &Scene, locale: &str) -> anyhow::Result<Output> {
    Ok(scene.server.serve.command("doctor").args(["--locale", locale]).output().await?)
}

/// The start is refused in words, and the steps of the doctor are followed.
async fn root_page(sabotage: &str) -> anyhow::Result<()> {
    let (mut scene, file) = damaged(sabotage, Page::Root("messages")).await?;
    let start = scene.server.start().await.err().context("it started in spite of the damage")?;
    let start = format!("{start:#}");
    ensure!(start.contains("octim doctor") && start.contains("damaged"), "{start}");
    for (locale, first) in [("en", "1. Stop the server"), ("zh-CN", "1. 停止服务器")] {
        let output = doctor(&scene, locale).await?;
        let text = String::from_utf8(output.stdout)?;
        ensure!(output.status.code() == Some(7), "{:?}: {text}", output.status);
        ensure!(text.contains(first) && text.contains(&format!("octim restore {file}")), "{text}");
    }
    let data = scene.server.serve.data_dir.clone();
    std::fs::rename(data.join("octim.db"), data.join("octim.db.damaged"))?;
    scene.server.run("restore", &[&file]).await?;
    let text = String::from_utf8(doctor(&scene, "en").await?.stdout)?;
    ensure!(text.contains("ok    database"), "{text}");
    scene.server.start().await?;
    scene.load(4);
    scene.progress(5).await?;
    scene.expect_green().await
}

/// A page with old messages: who writes notices nothing, who reads them is told.
async fn leaf(sabotage: &str) -> anyhow::Result<()> {
    let (mut scene, _) = damaged(sabotage, Page::FirstLeaf("messages")).await?;
    scene.server.start().await?;
    scene.load(4);
    scene.progress(10).await?;
    scene.load(0);
    for person in scene.people() {
        person.drained().await?;
    }
    ensure!(scene.ends().await.is_err(), "the damaged page was read as if it were whole");
    let answer = http::Client::default().get(scene.server.serve.address, "/readyz").await?;
    let text = String::from_utf8(answer.body)?;
    ensure!(answer.status == 503 && text.contains("octim doctor says what to do"), "not told: {text}");
    let target = scene.server.serve.data_dir.with_extension("of-damaged").display().to_string();
    let refusal = scene.server.run("backup", &[&target]).await.err().context("a backup of it was taken")?;
    ensure!(refusal.to_string().contains("damaged"), "{refusal}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_at_the_root_is_refused_and_the_doctor_s_steps_lead_back() -> anyhow::Result<()> {
    root_page("").await
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_in_old_messages_is_told_and_new_ones_go_on() -> anyhow::Result<()> {
    leaf("").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_tell_of_damage_is_noticed() -> anyhow::Result<()> {
    let error = leaf("blind").await.err().context("the planted bug was not found")?;
    ensure!(error.to_string().starts_with("not told"), "{error:#}");
    Ok(())
}
