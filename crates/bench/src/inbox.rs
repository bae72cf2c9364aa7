//! `octim bench inbox`: pages of the lists among very many conversations, as somebody who sees
//! everything, as a member of a large team, and as somebody who sees hardly anything.

use crate::{
    Common,
    http::Client,
    laid::{Amount, Place},
    report::{Latency, Lines},
};
use protocol::inbox::{ConversationPage, ViewCounts};
use serde::Serialize;
use std::{collections::BTreeMap, net::SocketAddr};
use tokio::time::Instant;

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Of one message each; two in a hundred are not resolved yet
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(100..=10_000_000))]
    conversations: u32,
    /// Of each list, by each person
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    requests: u32,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    common: Common,
}

const VIEWS: [&str; 5] = ["queue", "mine", "team", "all", "resolved"];

#[derive(Serialize)]
struct Report {
    conversations: i64,
    /// Seconds; none when the data was there.
    fill_s: Option<f64>,
    /// `owner`, `wide`, `narrow`, then the list, then `first` page and the pages `after` it.
    pages_ms: BTreeMap<&'static str, BTreeMap<&'static str, Pages>>,
    counts_ms: BTreeMap<&'static str, Latency>,
}

#[derive(Serialize)]
struct Pages {
    first: Latency,
    after: Latency,
}

pub async fn run(options: Options) -> anyhow::Result<()> {
    let amount = Amount { conversations: options.conversations, messages: options.conversations, long: 0 };
    let ground = options.place.prepare(&options.common, amount).await?;
    let address = ground.serve.address;
    let mut report = Report {
        conversations: ground.laid.conversations,
        fill_s: ground.fill_s.map(crate::report::round),
        pages_ms: BTreeMap::new(),
        counts_ms: BTreeMap::new(),
    };
    for (name, who) in [("owner", &ground.owner), ("wide", &ground.wide), ("narrow", &ground.narrow)] {
        let mut lists = BTreeMap::new();
        for view in VIEWS {
            lists.insert(view, pages(address, who, view, options.requests).await?);
        }
        report.pages_ms.insert(name, lists);
        let mut sample = Vec::new();
        for _ in 0..options.requests {
            let began = Instant::now();
            let _: ViewCounts = who.get(address, "/api/conversations/counts").await?.json()?;
            sample.push(crate::micros(began));
        }
        report.counts_ms.insert(name, Latency::of(sample));
    }
    ground.close().await?;
    if options.common.json {
        println!("{}", serde_json::to_string(&report)?);
        return Ok(());
    }
    println!("{} conversations, {} requests of each kind", report.conversations, options.requests);
    let mut lines = Lines::default();
    for (name, lists) in &report.pages_ms {
        for (view, pages) in lists {
            lines.add(&format!("{name}, {view}: first page"), &pages.first);
            lines.add(&format!("{name}, {view}: next pages"), &pages.after);
        }
        lines.add(&format!("{name}: counts"), &report.counts_ms[name]);
    }
    println!("{lines}");
    Ok(())
}

async fn pages(address: SocketAddr, who: &Client, view: &str, requests: u32) -> anyhow::Result<Pages> {
    let (mut first, mut after) = (Vec::new(), Vec::new());
    let mut next: Option<String> = None;
    for _ in 0..requests {
        let began = Instant::now();
        let path = format!("/api/conversations?view={view}");
        let page: ConversationPage = who.get(address, &path).await?.json()?;
        first.push(crate::micros(began));
        let Some(before) = next.take().or(page.next) else { continue };
        let began = Instant::now();
        let path = format!("/api/conversations?view={view}&before={before}");
        let page: ConversationPage = who.get(address, &path).await?.json()?;
        after.push(crate::micros(began));
        next = page.next;
    }
    Ok(Pages { first: Latency::of(first), after: Latency::of(after) })
}
