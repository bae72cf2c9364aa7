//! `octim bench soak`: an hour of visitors who come, talk and go. Memory must not grow with them.

use crate::{
    Common,
    load::{self, Plan},
    report::{self, Latency},
    wire::Target,
};
use anyhow::Context as _;
use serde::Serialize;
use std::time::Duration;
use tokio::time::Instant;

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=10_080))]
    minutes: u64,
    /// Conversations at a time; each round brings as many new ones
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    conversations: u32,
    /// Messages a second in all of them together
    #[arg(long, default_value_t = 200.0)]
    rate: f64,
    /// How long one visitor talks
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    #[command(flatten)]
    common: Common,
}

#[derive(Serialize)]
struct Report {
    minutes: f64,
    conversations: u64,
    messages: u64,
    /// Resident at the ends of the ten tenths of the time.
    memory_mb: Vec<f64>,
    /// By a straight line through the second half.
    growth_mb_per_hour: f64,
    /// Visitor to agent, in the first tenth and in the last.
    first_ms: Latency,
    last_ms: Latency,
}

/// One round of visitors.
struct Round {
    ended: Duration,
    memory: u64,
    messages: u64,
    delivery: Vec<u32>,
}

pub async fn run(options: Options) -> anyhow::Result<()> {
    let (_folder, serve) = options.common.octim(&[]).await?;
    let process = serve.start().await?;
    let target = Target::octim(&serve).await?;
    let plan = Plan {
        conversations: options.conversations as usize,
        in_flight: 16,
        length: Duration::from_secs(options.seconds.max(1)),
        per_second: Some(options.rate),
    };
    let length = Duration::from_mins(options.minutes);
    let began = Instant::now();
    let mut rounds = Vec::new();
    while began.elapsed() < length {
        let name = format!("soak-{}", rounds.len());
        let (outcome, (), ()) = load::round(&target, plan, &name, || Ok(()))
            .await
            .with_context(|| format!("after {:?}\n{}", began.elapsed(), process.tail()))?;
        let memory = process.memory()?;
        let ended = began.elapsed();
        rounds.push(Round { ended, memory, messages: outcome.delivered, delivery: outcome.delivery });
    }
    let report = Report::of(rounds, options.conversations);
    if options.common.json {
        println!("{}", serde_json::to_string(&report)?);
        return Ok(());
    }
    let memory: Vec<String> = report.memory_mb.iter().map(|mb| format!("{mb:.1}")).collect();
    println!(
        "{:.0} minutes, {} conversations, {} messages, none missing",
        report.minutes, report.conversations, report.messages
    );
    println!("memory by tenths of the time   {} MB", memory.join(" "));
    println!("growth in the second half      {:+.1} MB an hour", report.growth_mb_per_hour);
    let mut lines = report::Lines::default();
    lines.add("visitor to agent, first tenth", &report.first_ms);
    lines.add("visitor to agent, last tenth", &report.last_ms);
    println!("{lines}");
    Ok(())
}

impl Report {
    fn of(rounds: Vec<Round>, conversations: u32) -> Self {
        let whole = rounds.last().map(|round| round.ended).unwrap_or_default();
        let tenth = |round: &Round| {
            let place = 10.0 * round.ended.as_secs_f64() / whole.as_secs_f64().max(1e-9);
            (place.ceil() as usize).clamp(1, 10)
        };
        let mb = |round: &Round| round.memory as f64 / 1e6;
        let end_of = |part| rounds.iter().rfind(|round| tenth(round) <= part);
        let second_half: Vec<(f64, f64)> = rounds
            .iter()
            .filter(|round| tenth(round) > 5)
            .map(|round| (round.ended.as_secs_f64() / 3600.0, mb(round)))
            .collect();
        let latency = |part| {
            let of_part = rounds.iter().filter(|round| tenth(round) == part);
            Latency::of(of_part.flat_map(|round| round.delivery.iter().copied()).collect())
        };
        Self {
            minutes: report::round(whole.as_secs_f64() / 60.0),
            conversations: rounds.len() as u64 * u64::from(conversations),
            messages: rounds.iter().map(|round| round.messages).sum(),
            memory_mb: (1..=10).filter_map(end_of).map(mb).map(report::round).collect(),
            growth_mb_per_hour: report::round(slope(&second_half)),
            first_ms: latency(1),
            last_ms: latency(10),
        }
    }
}

/// Of the straight line that fits the points best.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len().max(1) as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let along: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    let rise: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    if along > 0.0 { rise / along } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::{Report, Round, slope};
    use std::time::Duration;

    #[test]
    fn growth_is_that_of_the_second_half() {
        assert!((slope(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]) - 2.0).abs() < 1e-9);
        assert!(slope(&[(1.0, 7.0)]).abs() < 1e-9);
        // A minute each: fills up for half an hour, then grows by 1 MB in half an hour.
        let rounds = (1..=60).map(|minute: u64| Round {
            ended: Duration::from_mins(minute),
            memory: if minute <= 30 {
                minute * 1_000_000
            } else {
                30_000_000 + (minute - 30) * 1_000_000 / 30
            },
            messages: 10,
            delivery: vec![u32::try_from(minute).unwrap() * 1_000],
        });
        let report = Report::of(rounds.collect(), 5);
        assert!((report.growth_mb_per_hour - 2.0).abs() < 0.01, "{}", report.growth_mb_per_hour);
        assert_eq!((report.conversations, report.messages, report.memory_mb.len()), (300, 600, 10));
        assert!((report.memory_mb[0] - 6.0).abs() < 1e-9 && (report.memory_mb[9] - 31.0).abs() < 1e-9);
        assert!((report.first_ms.p99 - 6.0).abs() < 1e-9 && (report.last_ms.p50 - 58.0).abs() < 1.1);
    }
}
