//! PostgreSQL for one measurement: one that runs already, or a private one (durable as it comes:
//! fsync on) on a socket in a scratch folder, which is stopped and removed at the end. Each server
//! that is measured has a database of its own in it.

use crate::process::{self, Process};
use anyhow::{Context, ensure};
use reference::Scratch;
use std::{
    fs,
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    process::Command,
    time::{Instant, sleep},
};

/// Where Debian and its relatives keep each version's programs.
const VERSIONS: &str = "/usr/lib/postgresql";

pub struct Postgres {
    url: String,
    private: Option<Private>,
    databases: Vec<Scratch>,
}

struct Private {
    server: Process,
    _folder: TempDir,
}

impl Postgres {
    /// The one at the address, whose role must be able to create databases; none: a private one.
    pub async fn open(url: Option<String>) -> anyhow::Result<Self> {
        let (url, private) = match url {
            Some(url) => (url, None),
            None => start().await.map(|(url, private)| (url, Some(private)))?,
        };
        Ok(Self { url, private, databases: Vec::new() })
    }

    /// An empty database; its address.
    pub async fn database(&mut self, name: &str) -> anyhow::Result<String> {
        let name = format!("octim_bench_{}_{name}", std::process::id());
        let database = Scratch::create(&self.url, &name).await.context("creating a database")?;
        let url = database.url.clone();
        self.databases.push(database);
        Ok(url)
    }

    /// CPU time of the private server's processes, or of all PostgreSQL processes of this machine.
    pub fn cpu(&self) -> anyhow::Result<Duration> {
        match &self.private {
            Some(private) => process::cpu_of_family(private.server.id),
            None => process::cpu_of_all("postgres"),
        }
    }

    /// Removes the databases, and the private server.
    pub async fn close(mut self) -> anyhow::Result<()> {
        match &mut self.private {
            // "Fast": ends sessions, and leaves nothing behind.
            Some(private) => {
                private.server.signal("INT").await?;
                private.server.ended().await?;
            }
            None => {
                for database in &self.databases {
                    database.remove().await?;
                }
            }
        }
        Ok(())
    }
}

async fn start() -> anyhow::Result<(String, Private)> {
    let programs = programs().with_context(|| {
        format!("--store postgres needs PostgreSQL on this machine ({VERSIONS}), or --postgres-url")
    })?;
    let folder = tempfile::Builder::new().prefix("octim-bench-").tempdir()?;
    let owner = owner(folder.path())?;
    let command = |program: &str| {
        let mut command = Command::new(programs.join(program));
        command.current_dir(folder.path()).arg("-D").arg(folder.path().join("cluster"));
        if let Some((user, group)) = owner {
            command.uid(user).gid(group);
        }
        command
    };
    let mut init = command("initdb");
    init.args(["-U", "octim", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"]);
    let output = init.output().await.context("starting initdb")?;
    ensure!(output.status.success(), "initdb failed: {}", String::from_utf8_lossy(&output.stderr));

    let log = folder.path().join("log");
    let mut serve = command("postgres");
    serve.arg("-k").arg(folder.path()).args(["-c", "listen_addresses="]);
    serve.stdout(fs::File::create(&log)?).stderr(fs::File::options().append(true).open(&log)?);
    let server = Process::spawn(serve, log)?;
    let url = format!("postgres://octim@localhost/postgres?host={}", folder.path().display());
    let deadline = Instant::now() + Duration::from_secs(30);
    while let Err(error) = Scratch::create(&url, "octim_bench_ready").await {
        ensure!(Instant::now() < deadline, "PostgreSQL did not start: {error}\n{}", server.tail());
        sleep(Duration::from_millis(50)).await;
    }
    Ok((url, Private { server, _folder: folder }))
}

/// The folder with the newest `initdb`.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir(VERSIONS).ok()?.filter_map(Result::ok).map(|entry| entry.path().join("bin"));
    let version = |path: &PathBuf| -> Option<u32> { path.parent()?.file_name()?.to_str()?.parse().ok() };
    versions.filter(|path| path.join("initdb").exists()).max_by_key(version)
}

/// PostgreSQL refuses to run as root: then it gets the user that Debian made for it, or nobody, to
/// whom the folder is given.
fn owner(folder: &Path) -> anyhow::Result<Option<(u32, u32)>> {
    if fs::metadata(folder)?.uid() != 0 {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let ids = |name: &str| {
        let fields: Vec<&str> =
            users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|f| f[0] == name)?;
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    };
    let owner: (u32, u32) = ids("postgres").or_else(|| ids("nobody")).context("no user but root")?;
    chown(folder, Some(owner.0), Some(owner.1))?;
    Ok(Some(owner))
}

#[cfg(test)]
mod tests {
    use super::Postgres;

    /// Runs where PostgreSQL is installed, as the tests of the other crates do.
    #[tokio::test]
    #[expect(clippy::used_underscore_binding, reason = "only this test looks at the folder")]
    async fn a_private_server_is_durable_has_databases_and_leaves_nothing() {
        if super::programs().is_none() {
            return;
        }
        let mut postgres = Postgres::open(None).await.unwrap();
        let (first, second) =
            (postgres.database("first").await.unwrap(), postgres.database("second").await.unwrap());
        assert_ne!(first, second);
        assert!(postgres.cpu().unwrap() > std::time::Duration::ZERO);
        let folder = postgres.private.as_ref().unwrap()._folder.path().to_owned();
        postgres.close().await.unwrap();
        assert!(!folder.exists());
    }
}
