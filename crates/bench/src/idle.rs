//! `octim bench idle`: what the server holds in memory for visitors who only have the window open.

use crate::{Common, process::Process, report, wire::Target};
use serde::Serialize;
use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};
use tokio::time::sleep;

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Visitor sockets, opened from several loopback addresses
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=18_000))]
    connections: u32,
    #[command(flatten)]
    common: Common,
}

#[derive(Serialize)]
struct Report {
    connections: u32,
    /// Resident, before anybody came.
    rest_mb: f64,
    /// After a log-in and a first visitor: hashing a password takes much memory for a moment.
    used_mb: f64,
    connected_mb: f64,
    kb_per_connection: f64,
    /// How long it took to connect all.
    connect_s: f64,
}

/// Connections from one source address.
const PER_ADDRESS: u32 = 500;

/// Resident memory once it does not move any more: freed memory goes back with a delay.
async fn settled(process: &Process) -> anyhow::Result<u64> {
    const STILL: u32 = 3;
    const MOVES: u64 = 200_000;
    let (mut memory, mut still) = (process.memory()?, 0);
    for _ in 0..30 {
        sleep(Duration::from_secs(1)).await;
        let now = process.memory()?;
        still = if now.abs_diff(memory) < MOVES { still + 1 } else { 0 };
        memory = now;
        if still == STILL {
            break;
        }
    }
    Ok(memory)
}

pub async fn run(options: Options) -> anyhow::Result<()> {
    let (_folder, serve) = options.common.octim(&[]).await?;
    let process = serve.start().await?;
    let rest = settled(&process).await?;
    let target = Target::octim(&serve).await?;
    // What every server needs once is not the first connection's.
    drop(target.visitor(None).await?);
    let used = settled(&process).await?;

    let began = tokio::time::Instant::now();
    let mut sockets = Vec::new();
    for number in 0..options.connections {
        let host = u8::try_from(2 + number / PER_ADDRESS)?;
        let source = IpAddr::V4(Ipv4Addr::new(127, 0, 0, host));
        sockets.push(target.visitor(Some(source)).await?);
    }
    let connect_s = began.elapsed().as_secs_f64();
    let connected = settled(&process).await?;
    drop(sockets);

    let grown = connected.saturating_sub(used) as f64;
    let report = Report {
        connections: options.connections,
        rest_mb: report::round(rest as f64 / 1e6),
        used_mb: report::round(used as f64 / 1e6),
        connected_mb: report::round(connected as f64 / 1e6),
        kb_per_connection: report::round(grown / 1e3 / f64::from(options.connections)),
        connect_s: report::round(connect_s),
    };
    if options.common.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!("at rest                  {:>8.1} MB", report.rest_mb);
        println!("after a log-in           {:>8.1} MB", report.used_mb);
        println!(
            "{:>6} idle visitors     {:>8.1} MB, connected in {:.1} s",
            report.connections, report.connected_mb, report.connect_s
        );
        println!("an idle visitor          {:>8.1} kB", report.kb_per_connection);
    }
    Ok(())
}
