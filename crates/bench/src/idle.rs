//! `octim bench idle`: what the server holds in memory for visitors who only have the window open.

use crate::{Common, report, wire::Target};
use serde::Serialize;
use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};
use tokio::time::sleep;

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Visitor sockets, opened from several loopback addresses
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=18_000))]
    connections: u32,
    #[command(flatten)]
    common: Common,
}

#[derive(Serialize)]
struct Report {
    connections: u32,
    /// Resident, once the server is ready and its first visitor has gone.
    rest_mb: f64,
    connected_mb: f64,
    kb_per_connection: f64,
    /// How long it took to connect all.
    connect_s: f64,
}

/// Connections from one source address.
const PER_ADDRESS: u32 = 500;
/// Memory that is still moving settles within this.
const SETTLE: Duration = Duration::from_secs(3);

pub async fn run(options: Options) -> anyhow::Result<()> {
    let (_folder, serve) = options.common.octim(&[]).await?;
    let process = serve.start().await?;
    let target = Target::octim(&serve).await?;
    // What every server needs once is not the first connection's.
    drop(target.visitor(None).await?);
    sleep(SETTLE).await;
    let rest = process.memory()?;

    let began = tokio::time::Instant::now();
    let mut sockets = Vec::new();
    for number in 0..options.connections {
        let host = u8::try_from(2 + number / PER_ADDRESS)?;
        let source = IpAddr::V4(Ipv4Addr::new(127, 0, 0, host));
        sockets.push(target.visitor(Some(source)).await?);
    }
    let connect_s = began.elapsed().as_secs_f64();
    sleep(SETTLE).await;
    let connected = process.memory()?;
    drop(sockets);

    let grown = connected.saturating_sub(rest) as f64;
    let report = Report {
        connections: options.connections,
        rest_mb: report::round(rest as f64 / 1e6),
        connected_mb: report::round(connected as f64 / 1e6),
        kb_per_connection: report::round(grown / 1e3 / f64::from(options.connections)),
        connect_s: report::round(connect_s),
    };
    if options.common.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!("at rest                  {:>8.1} MB", report.rest_mb);
        println!(
            "{:>6} idle visitors     {:>8.1} MB, connected in {:.1} s",
            report.connections, report.connected_mb, report.connect_s
        );
        println!("an idle visitor          {:>8.1} kB", report.kb_per_connection);
    }
    Ok(())
}
