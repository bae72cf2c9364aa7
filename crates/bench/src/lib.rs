//! `octim bench`: measures a real server in a process of its own, over real sockets, against the
//! bare reference server in the same run. A number without its command does not count; the
//! commands are in docs/performance.md.

mod chat;
mod fanout;
pub mod held;
mod history;
pub mod http;
mod idle;
mod inbox;
pub mod laid;
mod language;
mod learning;
mod load;
mod postgres;
pub mod process;
mod report;
mod search;
pub mod sentences;
mod soak;
mod start;
mod storm;
mod wire;

use anyhow::Context;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Measure this build.
#[derive(Debug, clap::Args)]
pub struct Command {
    /// [default: chat]
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Messages per second, CPU per message and latencies, against the reference server
    Chat(chat::Options),
    /// Memory at rest and per idle connected visitor
    Idle(idle::Options),
    /// Thousands of sockets cut at once: how long until all are back, and what others notice
    Storm(storm::Options),
    /// One conversation with many watchers, and whether another one suffers from it
    Fanout(fanout::Options),
    /// Pages of a conversation of very many messages
    History(history::Options),
    /// Pages of the lists among very many conversations
    Inbox(inbox::Options),
    /// Search over very many messages, in Chinese and English, within wide and narrow scopes
    Search(search::Options),
    /// Time from exec until the server is ready, on a database with messages
    Start(start::Options),
    /// An hour of visitors who come, talk and go: memory, and whether it grows
    Soak(soak::Options),
    /// The bot's ranking on public sets of questions: accuracy, out-of-scope recall, latency
    Language(language::Options),
    /// Run the bare reference server
    #[command(hide = true)]
    Reference {
        #[arg(long)]
        listen: String,
        /// Not --data-dir, which belongs to OctIM
        #[arg(long)]
        folder: PathBuf,
        /// A database to use instead of a file in the folder
        #[arg(long, env = "OCTIM_BENCH_REFERENCE_URL", hide_env_values = true)]
        postgres_url: Option<String>,
    },
}

/// What all measurements have in common.
#[derive(Clone, Debug, clap::Args)]
struct Common {
    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
    /// The binary to measure [default: this one]
    #[arg(long)]
    binary: Option<PathBuf>,
}

/// Runs one measurement and prints it.
///
/// # Errors
/// When a server does not start or refuses something, or messages get lost.
pub async fn run(command: Command) -> anyhow::Result<()> {
    let action = match command.action {
        Some(action) => action,
        None => Action::Chat(chat::Options::defaults()?),
    };
    match action {
        Action::Chat(options) => chat::run(options).await,
        Action::Idle(options) => idle::run(options).await,
        Action::Storm(options) => storm::run(options).await,
        Action::Fanout(options) => fanout::run(options).await,
        Action::History(options) => history::run(options).await,
        Action::Inbox(options) => inbox::run(options).await,
        Action::Search(options) => search::run(options).await,
        Action::Start(options) => start::run(options).await,
        Action::Soak(options) => soak::run(options).await,
        Action::Language(options) => language::run(&options),
        Action::Reference { listen, folder, postgres_url } => {
            reference::serve(&listen, &folder, postgres_url).await
        }
    }
}

/// Since then, for a sample of [`report::Latency`].
fn micros(began: tokio::time::Instant) -> u32 {
    u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX)
}

impl Common {
    fn binary(&self) -> anyhow::Result<PathBuf> {
        let own = || std::env::current_exe().context("where this program is");
        self.binary.clone().map_or_else(own, Ok)
    }

    /// A server with a workspace, not started, and the folder that it lives in.
    async fn octim(&self, env: &[(&str, String)]) -> anyhow::Result<(TempDir, process::Serve)> {
        let folder = tempfile::Builder::new().prefix("octim-bench-").tempdir()?;
        let data_dir = Path::new(folder.path()).join("data");
        let mut serve = process::Serve::new(&self.binary()?, &data_dir)?;
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        serve.env.extend(env);
        serve.set_up().await?;
        Ok((folder, serve))
    }
}
