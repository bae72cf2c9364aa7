//! A server on a database that is laid down before it is measured: `octim fill` writes the rows
//! past the product's own ways, because a million conversations would take those an hour.

use crate::{
    Common,
    http::Client,
    postgres::Postgres,
    process::{self, Process, Serve},
};
use anyhow::{Context, bail, ensure};
use protocol::admin::AgentList;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{fs, path::PathBuf, time::Instant};
use tempfile::TempDir;

/// Where the data lies.
#[derive(Clone, Debug, clap::Args)]
pub struct Place {
    /// `postgres`: a private one, or the database at --postgres-url: an empty one, or one from an earlier run
    #[arg(long, default_value = "sqlite")]
    store: Kind,
    #[arg(long, env = "OCTIM_BENCH_POSTGRES_URL", hide_env_values = true)]
    postgres_url: Option<String>,
    /// Keep the data in this folder; a second run takes what lies there
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    Sqlite,
    Postgres,
}

/// What `octim fill` has laid down; it prints this.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Laid {
    pub conversations: i64,
    pub messages: i64,
    /// The id of the long one.
    pub long: Option<String>,
}

/// How much is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Amount {
    pub conversations: u32,
    pub messages: u32,
    pub long: u32,
}

/// A running server with its data.
pub struct Ground {
    pub serve: Serve,
    pub process: Process,
    pub laid: Laid,
    /// How long laying it down took; none when it was there.
    pub fill_s: Option<f64>,
    /// Sees everything.
    pub owner: Client,
    /// Of a team with one conversation in five.
    pub wide: Client,
    /// Sees hardly anything.
    pub narrow: Client,
    postgres: Option<Postgres>,
    _folder: Option<TempDir>,
}

const WIDE: &str = "wide@octim.test";
const NARROW: &str = "narrow@octim.test";

impl Place {
    /// Fills the place unless that was done before, and starts the server on it.
    pub(crate) async fn prepare(&self, common: &Common, amount: Amount) -> anyhow::Result<Ground> {
        let temporary = tempfile::Builder::new().prefix("octim-bench-").tempdir()?;
        let kept = self.folder.as_ref();
        if let Some(folder) = kept {
            fs::create_dir_all(folder).with_context(|| format!("cannot use {}", folder.display()))?;
        }
        let data_dir = kept.map_or_else(|| temporary.path().join("data"), |folder| folder.join("data"));
        let mut serve = Serve::new(&common.binary()?, &data_dir)?;
        let mut postgres = None;
        if self.store == Kind::Postgres {
            let url = match &self.postgres_url {
                Some(url) => url.clone(),
                None if kept.is_some() => bail!("--folder with --store postgres needs --postgres-url"),
                None => postgres.insert(Postgres::open(None).await?).database("octim").await?,
            };
            serve.env.push(("OCTIM_DATABASE__URL".into(), url));
        }
        let done = data_dir.join("laid");
        let began = Instant::now();
        let is_new = !done.exists();
        if is_new {
            serve.set_up().await?;
            let mut process = serve.start().await?;
            add_people(&serve).await?;
            process.terminate().await?;
        }
        let laid = fill(&serve, amount).await?;
        fs::write(done, "")?;
        let fill_s = is_new.then(|| began.elapsed().as_secs_f64());
        let process = serve.start().await?;
        let login = async |email| Client::login(serve.address, email, process::PASSWORD).await;
        Ok(Ground {
            owner: serve.login().await?,
            wide: login(WIDE).await?,
            narrow: login(NARROW).await?,
            process,
            laid,
            fill_s,
            serve,
            postgres,
            _folder: self.folder.is_none().then_some(temporary),
        })
    }
}

impl Ground {
    /// Stops what runs. Without it everything is killed.
    pub async fn close(mut self) -> anyhow::Result<()> {
        self.process.terminate().await?;
        match self.postgres {
            Some(postgres) => postgres.close().await,
            None => Ok(()),
        }
    }
}

async fn add_people(serve: &Serve) -> anyhow::Result<()> {
    let owner = serve.login().await?;
    for (email, team) in [(WIDE, "Wide"), (NARROW, "Narrow")] {
        let agent = json!({"email": email, "name": team, "role": "agent", "password": process::PASSWORD});
        let answer = owner.post(serve.address, "/api/agents", &agent).await?;
        ensure!(answer.status < 300, "adding {email}: HTTP {}", answer.status);
        let list: AgentList = owner.get(serve.address, "/api/agents").await?.json()?;
        let member = list.agents.iter().find(|agent| agent.email == email);
        let member = member.context("the agent was not added")?.id;
        let team = json!({"name": team, "member_ids": [member]});
        let answer = owner.post(serve.address, "/api/teams", &team).await?;
        ensure!(answer.status < 300, "adding a team: HTTP {}", answer.status);
    }
    Ok(())
}

async fn fill(serve: &Serve, amount: Amount) -> anyhow::Result<Laid> {
    let mut command = serve.command("fill");
    for (flag, value) in
        [("--conversations", amount.conversations), ("--messages", amount.messages), ("--long", amount.long)]
    {
        command.arg(flag).arg(value.to_string());
    }
    let output = command.output().await.context("starting octim fill")?;
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "octim fill failed: {error}");
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(text.lines().last().unwrap_or_default()).context("in the output of octim fill")
}
