//! R27: an old backup is restored while clients hold newer positions. They must be told, and
//! what was never acknowledged must still arrive.

use crate::scene::{Scene, server};
use testkit::{chaos::Proxy, checker::Invariant, history::Observation};

/// Restores an old backup under connected clients. The agents come back only after the
/// conversations have grown past the positions that they hold: only the epoch can tell them.
async fn turn_back(sabotage: &str) -> anyhow::Result<(Scene, Proxy)> {
    let server = server(sabotage).await?;
    let proxy = Proxy::to(server.serve.address).await?;
    let address = server.serve.address;
    let mut scene = Scene::open_through(server, &[address], &[proxy.address]).await?;
    scene.load(4);
    scene.progress(20).await?;
    scene.drain().await?;
    let kept = scene.ends().await?;
    let folder = tempfile::tempdir()?;
    let copy = folder.path().join("copy.octim");
    let copy = copy.to_str().unwrap_or_default();
    scene.server.run("backup", &[copy]).await?;

    scene.load(4);
    scene.progress(20).await?;
    scene.server.kill().await?;
    scene.disconnected().await?;
    proxy.silence(true);
    let data_dir = scene.server.serve.data_dir.clone();
    std::fs::rename(&data_dir, data_dir.with_extension("lost"))?;
    scene.server.run("restore", &[copy]).await?;
    for (conversation, last_seq) in kept {
        scene.history.record(Observation::Restored { conversation, last_seq });
    }
    scene.server.start().await?;
    scene.progress(100).await?;
    proxy.silence(false);
    Ok((scene, proxy))
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_old_backup_was_restored_clients_start_anew_and_resend() -> anyhow::Result<()> {
    let (scene, _proxy) = turn_back("").await?;
    for person in scene.people() {
        // One when it first watched, one after the restore.
        person.until("it was told", |status| status.snapshots >= 2).await?;
    }
    scene.expect_green().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_keeps_the_epoch_is_noticed() -> anyhow::Result<()> {
    let (scene, _proxy) = turn_back("keep_epoch").await?;
    scene.expect_red(Invariant::WholeResume).await
}
