//! `octim bench start`: how long an operator waits after a restart, on a database that is not new.

use crate::{
    Common,
    laid::{Amount, Place},
    report,
};
use serde::Serialize;
use tokio::time::Instant;

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// In the database
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1_000..=100_000_000))]
    messages: u32,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    common: Common,
}

#[derive(Serialize)]
struct Report {
    /// From exec to the first 200 of `/readyz`: median and worst of the rounds.
    ready_ms: f64,
    worst_ms: f64,
    rest_mb: f64,
    /// In the database.
    messages: i64,
}

pub async fn run(options: Options) -> anyhow::Result<()> {
    let amount = Amount { conversations: options.messages / 10, messages: options.messages, long: 0 };
    let mut ground = options.place.prepare(&options.common, amount).await?;
    let (mut times, mut memory) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        ground.process.terminate().await?;
        let began = Instant::now();
        ground.process = ground.serve.start().await?;
        times.push(began.elapsed().as_secs_f64() * 1_000.0);
        memory.push(ground.process.memory()? as f64 / 1e6);
    }
    let report = Report {
        ready_ms: report::round(report::median(times.iter().copied())),
        worst_ms: report::round(times.iter().copied().fold(0.0, f64::max)),
        rest_mb: report::round(report::median(memory.into_iter())),
        messages: ground.laid.messages,
    };
    ground.close().await?;
    if options.common.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!(
            "ready after exec: median {:.0} ms, worst {:.0} ms; {:.1} MB; {} messages stored",
            report.ready_ms, report.worst_ms, report.rest_mb, report.messages
        );
    }
    Ok(())
}
