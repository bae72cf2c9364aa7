//! `octim bench search`: words that are common, rare, and both, in Chinese and English, among very
//! many messages, within three scopes.

use crate::{
    Common,
    laid::{Amount, Place},
    report::{Latency, Lines},
    sentences::KINDS,
};
use anyhow::ensure;
use protocol::inbox::SearchPage;
use serde::Serialize;
use std::{collections::BTreeMap, fmt::Write as _};
use tokio::time::Instant;

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// In conversations of ten
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1_000..=100_000_000))]
    messages: u32,
    /// Of each kind, by each person
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    requests: u32,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    common: Common,
}

#[derive(Serialize)]
struct Report {
    messages: i64,
    /// Seconds; none when the data was there.
    fill_s: Option<f64>,
    /// Over all queries of all scopes.
    all_ms: Latency,
    /// By scope (`owner` sees all, `wide` one in five, `narrow` hardly anything) and kind.
    kinds: BTreeMap<&'static str, BTreeMap<&'static str, Kind>>,
}

#[derive(Serialize)]
struct Kind {
    /// Hits on the first page, on average.
    hits: f64,
    ms: Latency,
}

pub async fn run(options: Options) -> anyhow::Result<()> {
    let amount = Amount { conversations: options.messages / 10, messages: options.messages, long: 0 };
    let ground = options.place.prepare(&options.common, amount).await?;
    let address = ground.serve.address;
    let mut kinds: BTreeMap<&str, BTreeMap<&str, Kind>> = BTreeMap::new();
    let mut all = Vec::new();
    for (name, who) in [("owner", &ground.owner), ("wide", &ground.wide), ("narrow", &ground.narrow)] {
        for kind in &KINDS {
            let (mut sample, mut hits) = (Vec::new(), 0);
            for number in 0..options.requests {
                let path = format!("/api/search?q={}", escaped(&(kind.query)(u64::from(number))));
                let began = Instant::now();
                let page: SearchPage = who.get(address, &path).await?.json()?;
                sample.push(crate::micros(began));
                hits += page.hits.len();
            }
            all.extend_from_slice(&sample);
            let kinds = kinds.entry(name).or_default();
            let hits = crate::report::round(hits as f64 / f64::from(options.requests));
            kinds.insert(kind.name, Kind { hits, ms: Latency::of(sample) });
        }
    }
    let found = kinds.get("owner").and_then(|kinds| kinds.get("zh common"));
    ensure!(found.is_some_and(|kind| kind.hits > 1.0), "nothing is found: is the index filled?");
    let report = Report {
        messages: ground.laid.messages,
        fill_s: ground.fill_s.map(crate::report::round),
        all_ms: Latency::of(all),
        kinds,
    };
    ground.close().await?;
    if options.common.json {
        println!("{}", serde_json::to_string(&report)?);
        return Ok(());
    }
    println!("{} messages, {} queries of each kind", report.messages, options.requests);
    let mut lines = Lines::default();
    for (scope, kinds) in &report.kinds {
        for (name, kind) in kinds {
            lines.add(&format!("{scope}, {name}, {:.1} hits", kind.hits), &kind.ms);
        }
    }
    lines.add("all", &report.all_ms);
    println!("{lines}");
    Ok(())
}

/// For a query string.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        // Writing to a string cannot fail.
        let _ = if byte.is_ascii_alphanumeric() {
            write!(out, "{}", byte as char)
        } else {
            write!(out, "%{byte:02X}")
        };
        out
    })
}
