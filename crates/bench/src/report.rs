//! Numbers as people and programs read them: medians over rounds, percentiles, tables, JSON.

use serde::Serialize;
use std::fmt;

/// One server's result. Each value is the median of its rounds.
#[derive(Debug, Default, Serialize)]
pub struct Chat {
    pub acked_per_s: f64,
    pub delivered_per_s: f64,
    /// Of the server and its database.
    pub cpu_ms_per_message: f64,
    /// From sending (or the scheduled moment) to the acknowledgement.
    pub ack_ms: Latency,
    /// From the visitor's sending to the agent.
    pub delivery_ms: Latency,
}

#[derive(Debug, Default, Serialize)]
pub struct Latency {
    pub p50: f64,
    pub p99: f64,
}

impl Latency {
    /// Of a sample in microseconds.
    pub fn of(mut sample: Vec<u32>) -> Self {
        sample.sort_unstable();
        let at = |part: f64| {
            let last = sample.len().saturating_sub(1);
            let micros = sample.get((last as f64 * part).round() as usize);
            round(f64::from(micros.copied().unwrap_or(0)) / 1_000.0)
        };
        Self { p50: at(0.5), p99: at(0.99) }
    }
}

impl Chat {
    pub fn median(rounds: &[Self]) -> Self {
        let of = |field: fn(&Self) -> f64| median(rounds.iter().map(field));
        Self {
            acked_per_s: of(|r| r.acked_per_s),
            delivered_per_s: of(|r| r.delivered_per_s),
            cpu_ms_per_message: of(|r| r.cpu_ms_per_message),
            ack_ms: Latency { p50: of(|r| r.ack_ms.p50), p99: of(|r| r.ack_ms.p99) },
            delivery_ms: Latency { p50: of(|r| r.delivery_ms.p50), p99: of(|r| r.delivery_ms.p99) },
        }
    }

    pub fn row(&self, name: &str) -> String {
        format!(
            "{name:<10} {:>9.0} {:>11.0} {:>11.4} {:>8.1} {:>8.1} {:>9.1} {:>9.1}",
            self.acked_per_s,
            self.delivered_per_s,
            self.cpu_ms_per_message,
            self.ack_ms.p50,
            self.ack_ms.p99,
            self.delivery_ms.p50,
            self.delivery_ms.p99,
        )
    }

    pub const HEAD: &str =
        "             acked/s delivered/s  CPU ms/msg  ack p50  ack p99  deliv p50 deliv p99 (ms)";
}

/// A table of latencies.
#[derive(Debug, Default)]
pub struct Lines(Vec<(String, f64, f64)>);

impl Lines {
    pub fn add(&mut self, name: &str, latency: &Latency) {
        self.0.push((name.to_owned(), latency.p50, latency.p99));
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<44} {:>9} {:>9} (ms)", "", "p50", "p99")?;
        self.0.iter().try_for_each(|(name, p50, p99)| write!(f, "\n{name:<44} {p50:>9.2} {p99:>9.2}"))
    }
}

pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        n if n % 2 == 1 => values[n / 2],
        n => f64::midpoint(values[n / 2 - 1], values[n / 2]),
    }
}

/// Four decimals: more is noise.
pub fn round(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::{Latency, median};

    #[test]
    fn the_median_of_rounds_ignores_one_bad_round() {
        assert!((median([3.0, 900.0, 4.0].into_iter()) - 4.0).abs() < 1e-9);
        assert!((median([3.0, 4.0].into_iter()) - 3.5).abs() < 1e-9);
        assert!(median(std::iter::empty()).abs() < 1e-9);
    }

    #[test]
    fn percentiles_are_milliseconds_of_the_sorted_sample() {
        let latency = Latency::of((0..=1_000).rev().map(|n| n * 1_000).collect());
        assert!((latency.p50 - 500.0).abs() < 1e-9 && (latency.p99 - 990.0).abs() < 1e-9);
        assert!(Latency::of(Vec::new()).p99.abs() < 1e-9);
    }
}
