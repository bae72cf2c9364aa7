//! R26: backups are taken, sealed, while everybody writes, and restored elsewhere. What comes back is
//! each conversation up to one moment, with all that was acknowledged before the backup began, and it
//! goes on from there.

use crate::scene::{Scene, octim, server};
use anyhow::{Context, ensure};
use model::{ConversationId, Seq};
use std::{future::Future, path::PathBuf, time::Duration};
use store::Database;
use tempfile::TempDir;
use testkit::{
    database::TestDatabase,
    history::{Observation, Seen},
    process::Server,
};

const KEY: &str = "correct horse battery staple";

struct Saved {
    _folder: TempDir,
    file: String,
    key: String,
    /// Acknowledged before it began.
    acknowledged: Vec<(ConversationId, Seq)>,
}

/// Takes a sealed backup in the middle of the load.
async fn save(scene: &Scene) -> anyhow::Result<Saved> {
    let folder = tempfile::tempdir()?;
    let place = |name: &str| folder.path().join(name).display().to_string();
    let (file, key) = (place("backup"), place("key"));
    std::fs::write(&key, KEY)?;
    scene.load(4);
    scene.progress(40).await?;
    let acknowledged = scene.ends().await?;
    scene.server.run("backup", &[&file, "--key-file", &key]).await?;
    scene.progress(20).await?;
    scene.drain().await?;
    Ok(Saved { _folder: folder, file, key, acknowledged })
}

/// Ends the server, loses its data, and restores the backup into `database`.
async fn restore(scene: &mut Scene, saved: &Saved, database: Option<&TestDatabase>) -> anyhow::Result<()> {
    let mut before = Vec::new();
    for (conversation, _) in &saved.acknowledged {
        before.push((*conversation, scene.stored(*conversation).await?));
    }
    scene.server.kill().await?;
    scene.disconnected().await?;
    let data = scene.server.serve.data_dir.clone();
    std::fs::rename(&data, data.with_extension("lost"))?;
    if let Some(Database::Postgres(url)) = database.map(|home| &home.database) {
        scene.server.env("OCTIM_DATABASE__URL", url.as_str());
    }
    let bare = scene.server.run("restore", &[&saved.file]).await;
    ensure!(bare.is_err_and(|error| error.to_string().contains("sealed")), "it opened without the key");
    scene.server.run("restore", &[&saved.file, "--key-file", &saved.key]).await?;
    scene.server.start().await?;
    for ((conversation, whole), (_, acknowledged)) in before.iter().zip(&saved.acknowledged) {
        // Whoever does not even know the session has lost it all.
        let restored: Vec<Seen> = scene.stored(*conversation).await.unwrap_or_default();
        ensure!(
            restored.len() as Seq >= *acknowledged,
            "of {acknowledged} acknowledged messages {} came back",
            restored.len()
        );
        ensure!(whole.starts_with(&restored), "what came back is not how it began");
        let last_seq = restored.len() as Seq;
        scene.history.record(Observation::Restored { conversation: *conversation, last_seq });
    }
    // It goes on.
    scene.load(4);
    let goes_on = tokio::time::timeout(Duration::from_secs(30), scene.progress(10)).await;
    goes_on.context("the restored conversations do not go on")??;
    scene.expect_green().await
}

async fn sqlite(sabotage: &str) -> anyhow::Result<()> {
    let mut scene = Scene::open(server(sabotage).await?).await?;
    let saved = save(&scene).await?;
    restore(&mut scene, &saved, None).await
}

async fn postgres(sabotage: &str) -> anyhow::Result<()> {
    let (Some(home), Some(other)) = (TestDatabase::postgres().await?, TestDatabase::postgres().await?) else {
        return Ok(());
    };
    let Database::Postgres(url) = &home.database else { anyhow::bail!("not PostgreSQL") };
    let root = tempfile::Builder::new().prefix("octim-fault-").tempdir()?;
    let env = [("OCTIM_DATABASE__URL", url.as_str()), ("OCTIM_SABOTAGE", sabotage)];
    let mut server = Server::prepare_with(&octim(), root, &env).await?;
    server.start().await?;
    let mut scene = Scene::open(server).await?;
    let saved = save(&scene).await?;
    let outcome = restore(&mut scene, &saved, Some(&other)).await;
    drop(scene);
    home.remove().await?;
    other.remove().await?;
    outcome
}

async fn expect_found(run: impl Future<Output = anyhow::Result<()>>, words: &str) -> anyhow::Result<()> {
    let error = run.await.err().context("the planted bug was not found")?;
    ensure!(format!("{error:#}").contains(words), "found something else: {error:#}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_saved_under_load_comes_back_up_to_one_moment() -> anyhow::Result<()> {
    sqlite("").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_lacks_the_newest_is_noticed() -> anyhow::Result<()> {
    expect_found(sqlite("stale_copy"), "acknowledged messages").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_under_load_comes_back_up_to_one_moment() -> anyhow::Result<()> {
    postgres("").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_of_many_moments_is_noticed() -> anyhow::Result<()> {
    if std::env::var_os(testkit::database::POSTGRES_URL).is_none() {
        return Ok(());
    }
    expect_found(postgres("loose_export"), "restored").await
}

/// Full of what is not OctIM's, it still says why it took none, and the server lives.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_cannot_be_written_leaves_nothing_and_harms_nobody() -> anyhow::Result<()> {
    let scene = Scene::open(server("").await?).await?;
    scene.load(2);
    scene.progress(5).await?;
    let folder = tempfile::tempdir()?;
    let target: PathBuf = folder.path().join("no/such/folder/backup");
    let refusal = scene.server.run("backup", &[&target.display().to_string()]).await;
    ensure!(refusal.is_err_and(|error| error.to_string().contains("cannot write")));
    ensure!(std::fs::read_dir(folder.path())?.next().is_none(), "something was left");
    scene.progress(5).await?;
    scene.expect_green().await
}
