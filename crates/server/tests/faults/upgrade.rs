//! R29: an upgrade is killed at any moment. The next start finishes it, with all the data; and there is
//! a backup from before.

use crate::scene::{dice, octim, rounds};
use anyhow::{Context, ensure};
use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};
use store::{Database, Store};
use tempfile::TempDir;
use testkit::eventually;
use tokio::process::Command;

const FIRST: &str = include_str!("../../../store/tests/store/fixtures/sqlite/0001.sql");
/// So many that the upgrade takes a while.
const ENTRIES: usize = 30_000;

/// A data folder of the first schema.
struct Old {
    root: TempDir,
    sabotage: String,
}

impl Old {
    async fn new(sabotage: &str) -> anyhow::Result<Self> {
        let root = tempfile::Builder::new().prefix("octim-fault-").tempdir()?;
        let database = Database::Sqlite(root.path().join("octim.db"));
        store::schema::load(&database, FIRST).await?;
        let more = format!(
            "insert into entries (id, workspace_id, category, question, phrasings, answer, created_at)
             with recursive n (i) as (select 1 union all select i + 1 from n where i < {ENTRIES})
             select 1000 + i, 1, '售后', '问题 ' || i, '[]', '回答 ' || i, 1767225600025 from n;"
        );
        store::schema::load(&database, &more).await?;
        Ok(Self { root, sabotage: sabotage.to_owned() })
    }

    fn copy(&self, number: u32) -> anyhow::Result<PathBuf> {
        let folder = self.root.path().join(format!("copy-{number}"));
        std::fs::create_dir(&folder)?;
        std::fs::copy(self.root.path().join("octim.db"), folder.join("octim.db"))?;
        Ok(folder)
    }

    fn migrate(&self, folder: &Path, backup: bool) -> Command {
        let mut command = Command::new(octim());
        command
            .args(["migrate", "--data-dir"])
            .arg(folder)
            .env("OCTIM_SABOTAGE", &self.sabotage)
            .env("OCTIM_BACKUP__BEFORE_UPGRADE", backup.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true);
        command
    }
}

/// Everything that the first schema held, in today's.
async fn whole(folder: &Path) -> anyhow::Result<()> {
    let store = Store::open_as_it_is(&Database::Sqlite(folder.join("octim.db")), 1).await?;
    ensure!(store.schema().await? == store::newest_schema(), "the upgrade is not finished");
    store.check().await?;
    let entries = store.published_entries(model::WorkspaceId(1)).await?;
    ensure!(entries.len() == ENTRIES + 2, "{} entries are left", entries.len());
    let messages = store.list_messages_after(model::WorkspaceId(1), model::ConversationId(51), 0, 10).await?;
    ensure!(messages.len() == 3, "{} messages are left", messages.len());
    store.close().await;
    Ok(())
}

/// Kills an upgrade at moments that the dice choose, and lets the next start finish it.
async fn kill(old: &Old, times: u32) -> anyhow::Result<()> {
    let folder = old.copy(0)?;
    let began = Instant::now();
    ensure!(old.migrate(&folder, false).status().await?.success(), "the upgrade fails undisturbed");
    let takes = began.elapsed();
    whole(&folder).await?;
    let mut dice = dice(29);
    for round in 1..=times {
        let folder = old.copy(round)?;
        let mut upgrade = old.migrate(&folder, false).stderr(Stdio::null()).spawn()?;
        let moment = takes.mul_f64(dice.roll(1_000) as f64 / 1_000.0);
        // It may be over before.
        if tokio::time::timeout(moment, upgrade.wait()).await.is_err() {
            upgrade.kill().await?;
        }
        let again = old.migrate(&folder, false).output().await?;
        let text = String::from_utf8_lossy(&again.stderr);
        ensure!(again.status.success(), "killed after {moment:?} of {takes:?}, it cannot go on: {text}");
        whole(&folder).await.with_context(|| format!("killed after {moment:?} of {takes:?}"))?;
        std::fs::remove_dir_all(folder)?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_is_killed_is_finished_by_the_next_start() -> anyhow::Result<()> {
    kill(&Old::new("").await?, rounds(10, 60)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_in_more_than_one_transaction_is_noticed() -> anyhow::Result<()> {
    let error =
        kill(&Old::new("torn_upgrade").await?, 40).await.err().context("the planted bug was not found")?;
    ensure!(error.to_string().contains("it cannot go on"), "{error:#}");
    Ok(())
}

/// Killed while the database is being saved or changed: before the first change there is a whole backup.
async fn saved_before(sabotage: &str) -> anyhow::Result<()> {
    let old = Old::new(sabotage).await?;
    let folder = old.copy(0)?;
    let mut upgrade = old.migrate(&folder, true).stderr(Stdio::null()).spawn()?;
    let database = Database::Sqlite(folder.join("octim.db"));
    eventually("the schema changes", Duration::from_mins(1), async || {
        let store = Store::open_as_it_is(&database, 1).await?;
        let schema = store.schema().await?;
        store.close().await;
        Ok(schema > 1)
    })
    .await?;
    upgrade.kill().await?;
    let saved = std::fs::read_dir(folder.join("backups")).ok().and_then(|mut files| files.next());
    let saved = saved.context("the schema changed before a backup was there")??.path();
    let restored = old.root.path().join("restored");
    let mut restore = Command::new(octim());
    restore.arg("restore").arg(&saved).arg("--data-dir").arg(&restored);
    ensure!(restore.output().await?.status.success(), "the backup cannot be restored");
    whole(&restored).await
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_first_change_there_is_a_whole_backup() -> anyhow::Result<()> {
    saved_before("").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_without_a_backup_is_noticed() -> anyhow::Result<()> {
    let error = saved_before("unsaved_upgrade").await.err().context("the planted bug was not found")?;
    ensure!(error.to_string().contains("before a backup"), "{error:#}");
    Ok(())
}
