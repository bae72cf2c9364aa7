//! R4: the disk fills up under load. Messages are refused, not lost; the server says that it is
//! not ready; it goes on by itself when there is room again.

use crate::scene::{Scene, octim, wrapped};
use protocol::ErrorCode;
use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;
use testkit::{checker::Invariant, process::Server};

/// A small disk, or, without root's rights, a limit on the size of files.
enum Disk {
    /// Mounted here.
    Tmpfs(PathBuf),
    Limited,
}

/// Kilobytes of a file, with the limit: less than the write-ahead log grows to.
const LIMIT: u32 = 3_000;

impl Disk {
    fn mount(folder: &Path) -> Self {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"]).arg(folder);
        if mount.status().is_ok_and(|status| status.success()) {
            return Self::Tmpfs(folder.to_owned());
        }
        eprintln!(
            "NOTE: mounting a tmpfs needs root: this run limits the size of files instead, \
             which is a weaker test"
        );
        Self::Limited
    }

    /// No room for anything more.
    fn fill(&self, process: u32) -> anyhow::Result<()> {
        match self {
            Self::Tmpfs(folder) => {
                let mut ballast = File::create(folder.join("ballast"))?;
                let block = vec![1_u8; 4_096];
                while ballast.write_all(&block).is_ok() {}
                Ok(())
            }
            Self::Limited => limit(process, &format!("{}:", LIMIT * 1_024)),
        }
    }

    fn free(&self, process: u32) -> anyhow::Result<()> {
        match self {
            Self::Tmpfs(folder) => Ok(fs::remove_file(folder.join("ballast"))?),
            Self::Limited => limit(process, "unlimited:"),
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Self::Tmpfs(folder) = self {
            // The server may still be dying; lazily is soon enough.
            drop(Command::new("umount").arg("--lazy").arg(folder).status());
        }
    }
}

fn limit(process: u32, size: &str) -> anyhow::Result<()> {
    let mut prlimit = Command::new("prlimit");
    prlimit.arg(format!("--pid={process}")).arg(format!("--fsize={size}"));
    anyhow::ensure!(prlimit.status()?.success(), "prlimit failed");
    Ok(())
}

/// Without this, going over the limit would be a signal that kills.
fn wrapper(root: &Path) -> anyhow::Result<PathBuf> {
    wrapped(root, &format!("trap '' XFSZ\nexec '{}' \"$@\"", octim().display()))
}

async fn fill_and_free(sabotage: &str) -> anyhow::Result<(Scene, Disk)> {
    let root = TempDir::with_prefix("octim-fault-")?;
    let disk = Disk::mount(root.path());
    let binary = match disk {
        Disk::Tmpfs(_) => octim(),
        Disk::Limited => wrapper(root.path())?,
    };
    let mut server = Server::prepare_in(&binary, root).await?;
    server.env("OCTIM_SABOTAGE", sabotage);
    server.start().await?;
    let mut scene = Scene::open(server).await?;
    scene.load(8);
    scene.progress(50).await?;
    let process = scene.server.process()?.id;
    disk.fill(process)?;
    if sabotage.is_empty() {
        for visitor in &scene.visitors {
            let refused = |status: &testkit::socket::Status| status.refused > 0;
            let status = visitor.until("it is refused", refused).await?;
            assert_eq!(status.refusal, Some(ErrorCode::ReadOnly));
        }
        scene.ready(false).await?;
    } else {
        scene.progress(200).await?;
    }
    disk.free(process)?;
    Ok((scene, disk))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_messages_and_loses_none() -> anyhow::Result<()> {
    let (scene, _disk) = fill_and_free("").await?;
    scene.progress(50).await?;
    scene.ready(true).await?;
    scene.expect_green().await
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledging_before_the_commit_is_noticed_on_a_full_disk() -> anyhow::Result<()> {
    let (scene, _disk) = fill_and_free("ack_before_commit").await?;
    scene.expect_red(Invariant::Durable).await
}
