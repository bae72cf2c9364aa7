//! `octim bench start`: how long an operator waits after a restart, on a database that is not new.

use crate::{
    Common,
    load::{self, Plan},
    report,
    wire::Target,
};
use serde::Serialize;
use std::time::Duration;
use tokio::time::Instant;

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
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
    messages: u64,
}

pub async fn run(options: Options) -> anyhow::Result<()> {
    let (_folder, serve) = options.common.octim(&[]).await?;
    let mut process = serve.start().await?;
    let target = Target::octim(&serve).await?;
    let plan = Plan { conversations: 20, in_flight: 16, length: Duration::from_secs(1), per_second: None };
    let (outcome, (), ()) = load::round(&target, plan, "start", || Ok(())).await?;
    process.terminate().await?;

    let (mut times, mut memory) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        let began = Instant::now();
        let mut process = serve.start().await?;
        times.push(began.elapsed().as_secs_f64() * 1_000.0);
        memory.push(process.memory()? as f64 / 1e6);
        process.terminate().await?;
    }
    let report = Report {
        ready_ms: report::round(report::median(times.iter().copied())),
        worst_ms: report::round(times.iter().copied().fold(0.0, f64::max)),
        rest_mb: report::round(report::median(memory.into_iter())),
        messages: outcome.acked,
    };
    if options.common.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!(
            "ready after exec: median {:.0} ms, worst {:.0} ms; {:.1} MB; more than {} messages stored",
            report.ready_ms, report.worst_ms, report.rest_mb, report.messages
        );
    }
    Ok(())
}
