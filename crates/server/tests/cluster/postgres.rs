//! A PostgreSQL of the test's own, which it may stop, and a standby of it.

use crate::{
    office::{Ground, answers},
    scene::octim,
};
use anyhow::{Context, ensure};
use bench::process::free_address;
use std::{
    net::SocketAddr,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::Duration,
};
use tempfile::TempDir;
use testkit::{database::POSTGRES_URL, eventually};
use tokio::process::Command;

pub struct Postgres {
    pub address: SocketAddr,
    folder: TempDir,
}

impl Postgres {
    /// None, said loudly, where the tests with PostgreSQL are skipped.
    pub async fn primary() -> anyhow::Result<Option<Self>> {
        if std::env::var_os(POSTGRES_URL).is_none() {
            eprintln!("skipped: {POSTGRES_URL} not set");
            return Ok(None);
        }
        let postgres = Self::empty()?;
        let data = postgres.data();
        run("initdb", &["-D", &data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8"]).await?;
        postgres.start().await?;
        Ok(Some(postgres))
    }

    pub async fn standby_of(primary: &Self) -> anyhow::Result<Self> {
        let standby = Self::empty()?;
        let (data, port) = (standby.data(), primary.address.port().to_string());
        let from = ["-h", "127.0.0.1", "-p", &port, "-U", "postgres", "--checkpoint=fast", "--no-sync"];
        run("pg_basebackup", &[&from[..], &["-R", "-D", &data]].concat()).await?;
        standby.start().await?;
        Ok(standby)
    }

    fn empty() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("octim-postgres-").tempdir()?;
        if is_root()? {
            let mut chown = std::process::Command::new("chown");
            ensure!(chown.arg("postgres").arg(folder.path()).status()?.success(), "chown");
        }
        Ok(Self { address: free_address()?, folder })
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    pub async fn start(&self) -> anyhow::Result<()> {
        let (port, folder) = (self.address.port(), self.folder.path().display());
        let settings = format!(
            "-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=100"
        );
        let log = format!("{folder}/log");
        run("pg_ctl", &["-D", &self.data(), "-l", &log, "-w", "-o", &settings, "start"]).await?;
        answers(self.address).await
    }

    /// `fast`: sessions are ended; `immediate`: as if it had crashed.
    pub async fn stop(&self, how: &str) -> anyhow::Result<()> {
        run("pg_ctl", &["-D", &self.data(), "-w", "-m", how, "stop"]).await.map(drop)
    }

    pub async fn promote(&self) -> anyhow::Result<()> {
        run("pg_ctl", &["-D", &self.data(), "-w", "promote"]).await.map(drop)
    }

    pub async fn ask(&self, sql: &str) -> anyhow::Result<String> {
        let port = self.address.port().to_string();
        let answer = run("psql", &["-h", "127.0.0.1", "-p", &port, "-U", "postgres", "-Atqc", sql]).await?;
        Ok(answer.trim().to_owned())
    }

    pub fn url(address: SocketAddr) -> String {
        format!("postgres://postgres@{address}/postgres")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let stop = command("pg_ctl", &["-D", &self.data(), "-m", "immediate", "stop"]);
        if let Ok(stop) = stop {
            drop(stop.into_std().output());
        }
    }
}

fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    versions.filter_map(|version| Some(version.ok()?.path().join("bin"))).max()
}

fn is_root() -> anyhow::Result<bool> {
    Ok(std::fs::metadata("/proc/self")?.uid() == 0)
}

/// PostgreSQL refuses to run as root.
fn command(program: &str, arguments: &[&str]) -> anyhow::Result<Command> {
    let program =
        programs().context("PostgreSQL's own programs are not in /usr/lib/postgresql")?.join(program);
    let mut command = if is_root()? {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.args(arguments).current_dir(Path::new("/")).env("LC_ALL", "C.UTF-8");
    Ok(command)
}

async fn run(program: &str, arguments: &[&str]) -> anyhow::Result<String> {
    let output = command(program, arguments)?.output().await?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program} {arguments:?}: {said}");
    Ok(String::from_utf8(output.stdout)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn restart_of_postgres_under_load_loses_nothing() -> anyhow::Result<()> {
    let Some(postgres) = Postgres::primary().await? else { return Ok(()) };
    let ground = Ground::on(&Postgres::url(postgres.address)).await?;
    let office = ground.open(&[]).await?;
    let epoch = office.scene.visitors[0].status().epoch;
    office.scene.load(8);
    office.scene.progress(40).await?;
    for how in ["fast", "immediate"] {
        postgres.stop(how).await?;
        let red = async || Ok(!office.is_ready(1).await);
        eventually("/readyz is red", Duration::from_secs(5), red).await?;
        postgres.start().await?;
        eventually("all are ready", Duration::from_secs(10), async || {
            Ok(office.is_ready(0).await && office.is_ready(1).await && office.is_ready(2).await)
        })
        .await?;
        office.scene.progress(40).await?;
    }
    office.scene.expect_green().await?;
    ensure!(office.scene.visitors[0].status().epoch == epoch, "the same database has the same epoch");
    drop(office);
    Ok(())
}

/// A standby cannot be served from, and says so.
#[tokio::test(flavor = "multi_thread")]
async fn server_on_a_standby_refuses_to_start() -> anyhow::Result<()> {
    let Some(primary) = Postgres::primary().await? else { return Ok(()) };
    let ground = Ground::on(&Postgres::url(primary.address)).await?;
    let root = tempfile::tempdir()?;
    let env: Vec<(&str, &str)> =
        ground.env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut server = testkit::process::Server::prepare_with(&octim(), root, &env).await?;
    let standby = Postgres::standby_of(&primary).await?;
    server.env("OCTIM_DATABASE__URL", Postgres::url(standby.address));
    ensure!(server.start().await.is_err(), "it must not start");
    ensure!(server.log().contains("standby"), "it says why");
    Ok(())
}
