//! `octim bench chat`: rounds of OctIM and of the reference server in turn, so that whatever else
//! the machine does falls on both.

use crate::{
    Common,
    load::{self, Plan},
    postgres::Postgres,
    process::{self, Process},
    report::{self, Chat, Latency},
    wire::Target,
};
use anyhow::Context;
use clap::{Args, FromArgMatches};
use serde::Serialize;
use std::{fs, path::Path, time::Duration};
use tempfile::TempDir;

#[derive(Clone, Debug, Args)]
pub struct Options {
    /// `postgres` starts a private PostgreSQL for both servers; its CPU time counts for them
    #[arg(long, default_value = "sqlite")]
    store: Store,
    /// Use this PostgreSQL instead, with a role that may create databases; the CPU time of all
    /// PostgreSQL processes of this machine counts
    #[arg(long, env = "OCTIM_BENCH_POSTGRES_URL", hide_env_values = true)]
    postgres_url: Option<String>,
    /// Each with one visitor and one agent socket
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=5_000))]
    conversations: u32,
    /// Unacknowledged messages per visitor
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=200))]
    in_flight: u32,
    /// Send so many messages a second in all, on schedule, instead of as fast as they are
    /// acknowledged
    #[arg(long)]
    rate: Option<f64>,
    /// Length of a round
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Measure one of the two alone
    #[arg(long)]
    only: Option<Server>,
    #[command(flatten)]
    common: Common,
}

impl Options {
    pub fn defaults() -> anyhow::Result<Self> {
        let command = Self::augment_args(clap::Command::new("chat"));
        Ok(Self::from_arg_matches(&command.try_get_matches_from(["chat"])?)?)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Store {
    Sqlite,
    Postgres,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Server {
    Octim,
    Reference,
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    octim: Option<Chat>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<Chat>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<Ratio>,
}

/// OctIM divided by the reference server.
#[derive(Serialize)]
struct Ratio {
    acked: f64,
    cpu: f64,
}

struct Contestant {
    server: Server,
    process: Process,
    target: Target,
    rounds: Vec<Chat>,
    /// Its data; removed at the end.
    _folder: TempDir,
}

pub async fn run(options: Options) -> anyhow::Result<()> {
    let mut postgres = match options.store {
        Store::Sqlite => None,
        Store::Postgres => Some(Postgres::open(options.postgres_url.clone()).await?),
    };
    let outcome = compare(&options, postgres.as_mut()).await;
    if let Some(postgres) = postgres {
        postgres.close().await?;
    }
    outcome
}

async fn compare(options: &Options, mut postgres: Option<&mut Postgres>) -> anyhow::Result<()> {
    let mut contestants = Vec::new();
    if options.only != Some(Server::Reference) {
        let url = database(postgres.as_deref_mut(), "octim").await?;
        contestants.push(octim(&options.common, url).await?);
    }
    if options.only != Some(Server::Octim) {
        let url = database(postgres.as_deref_mut(), "reference").await?;
        contestants.push(reference(&options.common, url).await?);
    }
    let postgres = postgres.as_deref();
    let plan = Plan {
        conversations: options.conversations as usize,
        in_flight: options.in_flight as usize,
        length: Duration::from_secs(options.seconds),
        per_second: options.rate,
    };
    if !options.common.json {
        println!("{}", machine());
        println!("{}", Chat::HEAD);
    }
    for number in 0..options.rounds {
        for contestant in &mut contestants {
            let chat = contestant.round(plan, number, postgres).await?;
            if !options.common.json {
                println!("{}", chat.row(contestant.server.name()));
            }
            contestant.rounds.push(chat);
        }
    }
    let median = |server| {
        let found = contestants.iter().find(|c| c.server == server);
        found.map(|c| Chat::median(&c.rounds))
    };
    let (octim, reference) = (median(Server::Octim), median(Server::Reference));
    let ratio = octim.as_ref().zip(reference.as_ref()).map(|(octim, reference)| Ratio {
        acked: report::round(octim.acked_per_s / reference.acked_per_s),
        cpu: report::round(octim.cpu_ms_per_message / reference.cpu_ms_per_message),
    });
    let report = Report { octim, reference, ratio };
    if options.common.json {
        println!("{}", serde_json::to_string(&report)?);
        return Ok(());
    }
    println!("medians of {} rounds", options.rounds);
    for (server, chat) in [(Server::Octim, &report.octim), (Server::Reference, &report.reference)] {
        if let Some(chat) = chat {
            println!("{}", chat.row(server.name()));
        }
    }
    if let Some(ratio) = &report.ratio {
        println!("ratio: acked {:.2}, CPU {:.2}", ratio.acked, ratio.cpu);
    }
    Ok(())
}

/// An empty database, when the store is PostgreSQL.
async fn database(postgres: Option<&mut Postgres>, name: &str) -> anyhow::Result<Option<String>> {
    match postgres {
        Some(postgres) => Ok(Some(postgres.database(name).await?)),
        None => Ok(None),
    }
}

async fn octim(common: &Common, postgres_url: Option<String>) -> anyhow::Result<Contestant> {
    let env: Vec<_> = postgres_url.into_iter().map(|url| ("OCTIM_DATABASE__URL", url)).collect();
    let (folder, serve) = common.octim(&env).await?;
    Ok(Contestant {
        server: Server::Octim,
        process: serve.start().await?,
        target: Target::octim(&serve).await?,
        rounds: Vec::new(),
        _folder: folder,
    })
}

/// The reference server is this program too, whatever binary is measured.
async fn reference(common: &Common, postgres_url: Option<String>) -> anyhow::Result<Contestant> {
    let folder = tempfile::Builder::new().prefix("octim-bench-").tempdir()?;
    let address = process::free_address()?;
    let mut command = tokio::process::Command::new(common.binary()?);
    command.args(["bench", "reference", "--listen", &address.to_string()]).arg("--folder").arg(folder.path());
    command.envs(postgres_url.map(|url| ("OCTIM_BENCH_REFERENCE_URL", url)));
    let log = Path::new(folder.path()).join("log");
    command.stderr(fs::File::create(&log)?);
    let process = Process::spawn(command, log)?;
    process.listening(address, Duration::from_secs(10)).await?;
    Ok(Contestant {
        server: Server::Reference,
        process,
        target: Target::Reference { address },
        rounds: Vec::new(),
        _folder: folder,
    })
}

impl Server {
    const fn name(self) -> &'static str {
        match self {
            Self::Octim => "OctIM",
            Self::Reference => "reference",
        }
    }
}

impl Contestant {
    async fn round(&self, plan: Plan, number: u32, postgres: Option<&Postgres>) -> anyhow::Result<Chat> {
        let cpu = || {
            let database = postgres.map_or(Ok(Duration::ZERO), Postgres::cpu)?;
            anyhow::Ok(self.process.cpu()? + database)
        };
        let (outcome, before, after) = load::round(&self.target, plan, &number.to_string(), cpu)
            .await
            .with_context(|| format!("{}:\n{}", self.server.name(), self.process.tail()))?;
        let per_s = |count: u64| (count as f64 / outcome.seconds).round();
        let cpu = after.saturating_sub(before).as_secs_f64() * 1_000.0;
        Ok(Chat {
            acked_per_s: per_s(outcome.acked),
            delivered_per_s: per_s(outcome.delivered),
            cpu_ms_per_message: report::round(cpu / (outcome.acked.max(1)) as f64),
            ack_ms: Latency::of(outcome.ack),
            delivery_ms: Latency::of(outcome.delivery),
        })
    }
}

/// How many cores there are and how busy they were before we began.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?").to_owned();
    format!("{cores} cores, load average {load} before")
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn the_defaults_are_the_load_that_the_published_numbers_are_about() {
        let options = Options::defaults().unwrap();
        assert_eq!((options.conversations, options.in_flight, options.rounds), (50, 16, 3));
    }
}
