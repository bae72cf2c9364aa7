//! Three nodes with people at all of them.

use crate::scene::{Scene, octim};
use anyhow::Context;
use bench::{http::Client, process::free_address};
use std::{net::SocketAddr, path::PathBuf, process::Stdio, time::Duration};
use store::Database;
use tempfile::TempDir;
use testkit::{database::TestDatabase, eventually, process::Server, socket::TestSocket};
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    time::timeout,
};

/// What the nodes stand on.
pub struct Ground {
    pub redis: Redis,
    /// Settings of every node.
    pub env: Vec<(String, String)>,
    /// What every node runs at first.
    pub build: PathBuf,
    database: Option<TestDatabase>,
    _files: TempDir,
}

/// The scene's own server is the first node: what is stored is read there.
pub struct Office {
    pub scene: Scene,
    pub others: Vec<Server>,
    pub ground: Ground,
}

impl Ground {
    /// None, said loudly, where the tests with PostgreSQL are skipped.
    pub async fn find() -> anyhow::Result<Option<Self>> {
        let Some(database) = TestDatabase::postgres().await? else { return Ok(None) };
        let Database::Postgres(url) = &database.database else { anyhow::bail!("not PostgreSQL") };
        let ground = Self::on(&url.clone()).await?;
        Ok(Some(Self { database: Some(database), ..ground }))
    }

    pub async fn on(database_url: &str) -> anyhow::Result<Self> {
        let redis = Redis::start().await?;
        let files = tempfile::tempdir()?;
        let name = files.path().file_name().context("a name")?.to_string_lossy().to_lowercase();
        let env = [
            ("OCTIM_DATABASE__URL", database_url.to_owned()),
            ("OCTIM_DATABASE__MAX_CONNECTIONS", "8".to_owned()),
            ("OCTIM_BUS__REDIS_URL", redis.url()),
            ("OCTIM_BUS__PREFIX", format!("test{name}")),
            ("OCTIM_FILES__FOLDER", files.path().display().to_string()),
            ("OCTIM_KEYS__ROOT", "b2N0aW0gdGVzdHMgd2l0aCB0aHJlZSBub2Rlcy4uLi4=".to_owned()),
        ];
        let env = env.map(|(name, value)| (name.to_owned(), value)).to_vec();
        Ok(Self { redis, env, build: octim(), database: None, _files: files })
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.env.retain(|(other, _)| other != name);
        self.env.push((name.to_owned(), value.to_owned()));
    }

    pub fn get(&self, name: &str) -> &str {
        self.env.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
    }

    /// Three nodes that run. `special` are settings of the third.
    pub async fn nodes(&self, special: &[(&str, &str)]) -> anyhow::Result<(Server, Vec<Server>)> {
        let env: Vec<(&str, &str)> =
            self.env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut first = Server::prepare_with(&self.build, folder()?, &env).await?;
        let mut others = vec![
            Server::join(&self.build, folder()?, &self.env)?,
            Server::join(&self.build, folder()?, &self.env)?,
        ];
        for (name, value) in special {
            others[1].env(name, *value);
        }
        let (second, third) = others.split_at_mut(1);
        tokio::try_join!(first.start(), second[0].start(), third[0].start())?;
        Ok((first, others))
    }

    pub async fn open(self, special: &[(&str, &str)]) -> anyhow::Result<Office> {
        let (first, others) = self.nodes(special).await?;
        let doors: Vec<SocketAddr> =
            std::iter::once(&first).chain(&others).map(|node| node.serve.address).collect();
        // Each visitor begins at another node than the agent of the same conversation.
        let scene = Scene::open_through(first, &doors, &doors).await?;
        Ok(Office { scene, others, ground: self })
    }

    pub async fn close(self) -> anyhow::Result<()> {
        match self.database {
            Some(database) => database.remove().await.context("removing the schema"),
            None => Ok(()),
        }
    }
}

impl Office {
    /// Three nodes, all with this planted bug (empty: none).
    pub async fn with(sabotage: &str) -> anyhow::Result<Option<Self>> {
        let Some(mut ground) = Ground::find().await? else { return Ok(None) };
        ground.set("OCTIM_SABOTAGE", sabotage);
        Ok(Some(ground.open(&[]).await?))
    }

    pub fn node(&mut self, number: usize) -> &mut Server {
        match number.checked_sub(1) {
            None => &mut self.scene.server,
            Some(other) => &mut self.others[other],
        }
    }

    pub fn address(&self, number: usize) -> SocketAddr {
        let other = number.checked_sub(1).map(|other| &self.others[other]);
        other.unwrap_or(&self.scene.server).serve.address
    }

    /// Whether what a visitor says now is seen by the agent, at another node, within this time.
    pub async fn sees(&self, conversation: usize, limit: Duration) -> anyhow::Result<bool> {
        let (visitor, agent) = (&self.scene.visitors[conversation], &self.scene.agents[conversation]);
        let place = visitor.conversation().await?;
        let held = |socket: &TestSocket| socket.status().positions.get(&place).copied().unwrap_or(0);
        let before = held(agent).max(held(visitor));
        visitor.send(&format!("看得到吗？ {before}"));
        visitor.drained().await?;
        let seen = agent.until("it sees", |status| status.positions.get(&place) > Some(&before));
        Ok(timeout(limit, seen).await.is_ok())
    }

    /// Waits until so many nodes have Redis.
    pub async fn with_redis(&self, wanted: usize) -> anyhow::Result<()> {
        eventually("nodes with Redis", Duration::from_secs(20), async || {
            let mut connected = 0;
            for number in 0..3 {
                let answer = Client::default().get(self.address(number), "/metrics").await?;
                let text = String::from_utf8(answer.body)?;
                connected += usize::from(text.lines().any(|line| line == "octim_bus_connected 1"));
            }
            Ok(connected == wanted)
        })
        .await
    }

    pub async fn is_ready(&self, number: usize) -> bool {
        let answer = Client::default().get(self.address(number), "/readyz").await;
        answer.is_ok_and(|answer| answer.status == 200)
    }

    pub async fn close(self) -> anyhow::Result<()> {
        let Self { scene, others, ground } = self;
        drop((scene, others));
        ground.close().await
    }
}

fn folder() -> anyhow::Result<TempDir> {
    Ok(tempfile::Builder::new().prefix("octim-node-").tempdir()?)
}

/// A Redis of the test's own.
pub struct Redis {
    pub address: SocketAddr,
    process: Option<Child>,
}

impl Redis {
    async fn start() -> anyhow::Result<Self> {
        let mut redis = Self { address: free_address()?, process: None };
        redis.run().await?;
        Ok(redis)
    }

    pub fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// Starts it, without anything in it.
    pub async fn run(&mut self) -> anyhow::Result<()> {
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"]);
        command.arg(self.address.port().to_string()).stdout(Stdio::null()).kill_on_drop(true);
        self.process = Some(command.spawn().context("redis-server does not start")?);
        answers(self.address).await
    }

    pub async fn kill(&mut self) -> anyhow::Result<()> {
        Ok(self.process.take().context("Redis does not run")?.kill().await?)
    }

    pub async fn flush(&self) -> anyhow::Result<()> {
        let mut command = Command::new("redis-cli");
        command.args(["-p", &self.address.port().to_string(), "flushall"]);
        let output = command.output().await?;
        anyhow::ensure!(output.stdout.starts_with(b"OK"), "FLUSHALL: {output:?}");
        Ok(())
    }
}

/// Waits until something listens there.
pub async fn answers(address: SocketAddr) -> anyhow::Result<()> {
    let is_so = async || Ok(TcpStream::connect(address).await.is_ok());
    eventually(&format!("something listens at {address}"), Duration::from_secs(20), is_so).await
}
