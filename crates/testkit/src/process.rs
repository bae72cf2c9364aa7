//! A real `octim` as a child process on a data folder of its own, which a test may kill, cut from
//! its power, stop and start again. The port and the folder stay the same over restarts.

use anyhow::{Context, ensure};
use bench::process::{Process, Serve};
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitStatus,
    time::Duration,
};
use tempfile::TempDir;
use tokio::process::Command;

#[derive(Debug)]
pub struct Server {
    pub serve: Serve,
    process: Option<Process>,
    root: TempDir,
}

/// How long a start may take, recovery of the database included.
const START: Duration = Duration::from_secs(20);

impl Server {
    /// Makes a data folder with a workspace; the server is not started.
    pub async fn prepare(binary: &Path) -> anyhow::Result<Self> {
        let root = tempfile::Builder::new().prefix("octim-fault-").tempdir()?;
        Self::prepare_in(binary, root).await
    }

    pub async fn prepare_in(binary: &Path, root: TempDir) -> anyhow::Result<Self> {
        Self::prepare_with(binary, root, &[]).await
    }

    /// The same with settings that must be there from the first command on, such as the database.
    pub async fn prepare_with(binary: &Path, root: TempDir, env: &[(&str, &str)]) -> anyhow::Result<Self> {
        let mut serve = Serve::new(binary, &root.path().join("data"))?;
        serve.env.extend(env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        serve.set_up().await?;
        Ok(Self { serve, process: None, root })
    }

    /// One more on the database that `env` names, which somebody else set up.
    pub fn join(binary: &Path, root: TempDir, env: &[(String, String)]) -> anyhow::Result<Self> {
        let mut serve = Serve::new(binary, &root.path().join("data"))?;
        serve.env.extend_from_slice(env);
        Ok(Self { serve, process: None, root })
    }

    pub fn env(&mut self, name: &str, value: impl Into<String>) {
        self.serve.env.retain(|(other, _)| other != name);
        self.serve.env.push((name.to_owned(), value.into()));
    }

    pub async fn start(&mut self) -> anyhow::Result<()> {
        let process = self.serve.spawn()?;
        self.process = Some(process.ready(self.serve.address, START).await?);
        Ok(())
    }

    pub fn process(&mut self) -> anyhow::Result<&mut Process> {
        self.process.as_mut().context("the server is not running")
    }

    /// SIGKILL.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        self.process()?.kill().await?;
        self.process = None;
        Ok(())
    }

    /// SIGTERM, within a limit.
    pub async fn terminate(&mut self, limit: Duration) -> anyhow::Result<ExitStatus> {
        let end = tokio::time::timeout(limit, self.process()?.terminate()).await;
        let status = end.with_context(|| format!("it still runs after {limit:?}"))??;
        self.process = None;
        Ok(status)
    }

    /// Waits until the server gives up by itself.
    pub async fn ended(&mut self, limit: Duration) -> anyhow::Result<ExitStatus> {
        let end = tokio::time::timeout(limit, self.process()?.ended()).await;
        let status = end.with_context(|| format!("it still runs after {limit:?}"))??;
        self.process = None;
        Ok(status)
    }

    /// Runs another `octim` command on the same data.
    pub async fn run(&self, name: &str, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.serve.command(name).args(arguments).output().await?;
        let text = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "octim {name} failed: {text}");
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// From the next start on, writes that were not synced can be undone. `fault` as in the
    /// crate `amnesia`; empty for none.
    pub fn preload_amnesia(&mut self, fault: &str) -> anyhow::Result<()> {
        let journal = self.root.path().join("journal");
        fs::create_dir_all(&journal)?;
        let data = self.serve.data_dir.canonicalize()?;
        for (name, value) in [
            ("LD_PRELOAD", self.beside("libamnesia.so")?),
            ("AMNESIA_DIR", data),
            ("AMNESIA_JOURNAL", journal),
            ("AMNESIA_FAIL", PathBuf::from(fault)),
        ] {
            self.env(name, value.display().to_string());
        }
        Ok(())
    }

    /// SIGKILL and a power cut: what was not synced is gone. Returns how many writes that were.
    pub async fn cut_power(&mut self) -> anyhow::Result<u64> {
        self.lose(None).await
    }

    /// The same, but some of the writes that were not synced survive, by the dice.
    pub async fn tear_power(&mut self, seed: u64) -> anyhow::Result<u64> {
        self.lose(Some(seed)).await
    }

    async fn lose(&mut self, seed: Option<u64>) -> anyhow::Result<u64> {
        if self.process.is_some() {
            self.kill().await?;
        }
        let mut undo = Command::new(self.beside("amnesia-undo")?);
        undo.arg(self.root.path().join("journal")).args(seed.map(|seed| seed.to_string()));
        let output = undo.output().await?;
        let text = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "amnesia-undo failed: {text}");
        Ok(String::from_utf8(output.stdout)?.trim().parse()?)
    }

    /// The end of the server's log.
    pub fn log(&self) -> String {
        bench::process::tail(&self.serve.log())
    }

    /// Cargo leaves the tools beside the binary, or in `deps`.
    fn beside(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.serve.binary.parent().context("where is octim?")?;
        [folder.to_owned(), folder.join("deps"), folder.join("..")]
            .iter()
            .map(|folder| folder.join(name))
            .find(|path| path.exists())
            .with_context(|| format!("no {name} beside octim: cargo build --workspace makes it"))
    }
}

/// Test runners show it when the test failed.
impl Drop for Server {
    fn drop(&mut self) {
        eprintln!("the end of the server's log:\n{}", self.log());
    }
}
