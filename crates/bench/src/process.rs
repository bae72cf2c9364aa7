//! A server as a process of its own on a data folder of its own, and what /proc says about it.

use crate::{
    held::Held,
    http::{Client, connect},
};
use anyhow::{Context, bail, ensure};
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep},
};

pub const EMAIL: &str = "owner@octim.test";
pub const PASSWORD: &str = "a bench is a long seat";

/// A free port of the loopback address; it stays the same over restarts.
pub fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// How to start an `octim serve`.
#[derive(Clone, Debug)]
pub struct Serve {
    pub binary: PathBuf,
    pub data_dir: PathBuf,
    pub address: SocketAddr,
    /// Added to the environment of every command.
    pub env: Vec<(String, String)>,
}

impl Serve {
    /// For an empty data folder. Limits per address are relaxed: all clients are this machine.
    pub fn new(binary: &Path, data_dir: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            binary: binary.to_owned(),
            data_dir: data_dir.to_owned(),
            address: free_address()?,
            env: vec![("OCTIM_LIMITS__RELAXED".to_owned(), "true".to_owned())],
        })
    }

    /// An `octim` command with the environment and the data folder.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .arg(name)
            .arg("--data-dir")
            .arg(&self.data_dir)
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Makes the workspace and its owner.
    pub async fn set_up(&self) -> anyhow::Result<()> {
        let mut password = tempfile::NamedTempFile::new()?;
        std::io::Write::write_all(&mut password, PASSWORD.as_bytes())?;
        let mut command = self.command("setup");
        command
            .args(["--workspace", "Bench", "--owner-email", EMAIL])
            .arg("--owner-password-file")
            .arg(password.path());
        let output = command.output().await.context("starting octim setup")?;
        let text = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "octim setup failed: {text}");
        Ok(())
    }

    /// Starts the server and waits until `/readyz` is green. Its log goes to a file beside the
    /// data folder.
    pub async fn start(&self) -> anyhow::Result<Process> {
        let process = self.spawn()?;
        process.ready(self.address, Duration::from_secs(30)).await
    }

    /// Starts the server without waiting.
    pub fn spawn(&self) -> anyhow::Result<Process> {
        let log = self.log();
        let mut command = self.command("serve");
        let file = fs::OpenOptions::new().create(true).append(true).open(&log)?;
        command.args(["--listen", &self.address.to_string()]).stdout(file.try_clone()?).stderr(file);
        Process::spawn(command, log)
    }

    /// Where the output of the server goes.
    pub fn log(&self) -> PathBuf {
        self.data_dir.with_extension("log")
    }

    pub async fn login(&self) -> anyhow::Result<Client> {
        Client::login(self.address, EMAIL, PASSWORD).await
    }
}

/// A running child; it is killed when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    pub id: u32,
    log: PathBuf,
}

impl Process {
    pub fn spawn(mut command: Command, log: PathBuf) -> anyhow::Result<Self> {
        let child = command.kill_on_drop(true).spawn();
        let child = child.with_context(|| format!("starting {:?}", command.as_std()))?;
        let id = child.id().context("the process has ended already")?;
        Ok(Self { child, id, log })
    }

    /// Waits until `/readyz` answers 200.
    pub async fn ready(mut self, address: SocketAddr, limit: Duration) -> anyhow::Result<Self> {
        let deadline = Instant::now() + limit;
        loop {
            if let Ok(answer) = Client::default().get(address, "/readyz").await
                && answer.status == 200
            {
                return Ok(self);
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended ({status}):\n{}", self.tail());
            }
            ensure!(Instant::now() < deadline, "the server was not ready in {limit:?}:\n{}", self.tail());
            sleep(Duration::from_millis(2)).await;
        }
    }

    /// Waits until something accepts connections at the address.
    pub async fn listening(&self, address: SocketAddr, limit: Duration) -> anyhow::Result<()> {
        let deadline = Instant::now() + limit;
        while connect(address, None).await.is_err() {
            let late = Instant::now() >= deadline;
            ensure!(!late, "nothing listens at {address}:\n{}", self.tail());
            sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }

    /// SIGKILL, and waits for the end.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    /// SIGTERM, and waits for the end.
    pub async fn terminate(&mut self) -> anyhow::Result<std::process::ExitStatus> {
        self.signal("TERM").await?;
        Ok(self.child.wait().await?)
    }

    pub async fn signal(&self, name: &str) -> anyhow::Result<()> {
        let mut command = Command::new("kill");
        command.arg(format!("-{name}")).arg(self.id.to_string());
        ensure!(command.status().await?.success(), "kill -{name} failed");
        Ok(())
    }

    /// Waits for the process to end by itself.
    pub async fn ended(&mut self) -> anyhow::Result<std::process::ExitStatus> {
        Ok(self.child.wait().await?)
    }

    /// Whether it has not ended.
    pub fn runs(&mut self) -> anyhow::Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// The end of the log.
    pub fn tail(&self) -> String {
        tail(&self.log)
    }

    /// User and system time so far.
    pub fn cpu(&self) -> anyhow::Result<Duration> {
        cpu_of(&self.id.to_string())
    }

    /// Resident memory in bytes.
    pub fn memory(&self) -> anyhow::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        Ok(kilobytes.context("no VmRSS")?.parse::<u64>()? * 1_024)
    }

    /// Its memory by who holds it.
    pub fn held(&self) -> anyhow::Result<Held> {
        Held::of(&fs::read_to_string(format!("/proc/{}/smaps", self.id))?)
    }

    pub fn threads(&self) -> anyhow::Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/task", self.id))?.count())
    }

    /// Open files and sockets.
    pub fn descriptors(&self) -> anyhow::Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.id))?.count())
    }
}

/// The last lines of a file.
pub fn tail(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}

/// The CPU time of all processes of a program, such as `postgres`.
pub fn cpu_of_all(program: &str) -> anyhow::Result<Duration> {
    let mut total = Duration::ZERO;
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
        if name.trim() == program {
            // It may end in between.
            total += cpu_of(&entry.file_name().to_string_lossy()).unwrap_or_default();
        }
    }
    Ok(total)
}

/// The CPU time of a process and of its children, those that have ended included.
pub fn cpu_of_family(parent: u32) -> anyhow::Result<Duration> {
    let mut total = Duration::ZERO;
    for entry in fs::read_dir("/proc")? {
        let id = entry?.file_name().to_string_lossy().parse::<u32>();
        // It may end in between.
        if let Some(times) = id.ok().and_then(|id| times(&id.to_string()).ok()) {
            if times.id == parent {
                total += times.own + times.ended_children;
            } else if times.parent == parent {
                total += times.own;
            }
        }
    }
    Ok(total)
}

fn cpu_of(id: &str) -> anyhow::Result<Duration> {
    Ok(times(id)?.own)
}

/// What `/proc` says of a process.
struct Times {
    id: u32,
    parent: u32,
    own: Duration,
    /// Of children that have ended.
    ended_children: Duration,
}

fn times(id: &str) -> anyhow::Result<Times> {
    /// `sysconf(_SC_CLK_TCK)`: 100 on every Linux that Rust runs on.
    const TICK: Duration = Duration::from_millis(10);
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The second field is the name, which may hold anything; what follows begins with field 3.
    let (_, rest) = stat.rsplit_once(')').context("no name in stat")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let field = |number: usize| {
        let text = fields.get(number - 3).context("stat is too short")?;
        anyhow::Ok(text.parse::<u32>()?)
    };
    Ok(Times {
        id: id.parse()?,
        parent: field(4)?,
        own: TICK * (field(14)? + field(15)?),
        ended_children: TICK * (field(16)? + field(17)?),
    })
}
