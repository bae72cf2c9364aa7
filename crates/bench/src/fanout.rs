//! `octim bench fanout`: one conversation that very many consoles watch, and another one beside it
//! that must not suffer.

use crate::{
    Common,
    load::{self, Plan},
    report::{self, Latency},
    wire::{self, Socket, Target},
};
use anyhow::{Context, bail};
use futures_util::{SinkExt, StreamExt, TryStreamExt, stream};
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Consoles that watch the conversation
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=16_000))]
    watchers: u32,
    /// Messages a second in it
    #[arg(long, default_value_t = 20.0)]
    rate: f64,
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    #[command(flatten)]
    common: Common,
}

#[derive(Serialize)]
struct Report {
    watchers: u32,
    sent_per_s: f64,
    delivered_per_s: f64,
    /// Deliveries that did not come; a watcher that could not keep up is cut and resumes.
    missing: u64,
    /// From the scheduled moment to each watcher.
    delivery_ms: Latency,
    cpu_us_per_delivery: f64,
    /// Visitor to agent in another conversation, before and meanwhile.
    other_quiet_ms: Latency,
    other_ms: Latency,
}

/// In the other conversation, messages a second.
const OTHER: f64 = 20.0;
/// How long what is under way at the end may take.
const PATIENCE: Duration = Duration::from_secs(10);

pub async fn run(options: Options) -> anyhow::Result<()> {
    let (_folder, serve) = options.common.octim(&[]).await?;
    let process = serve.start().await?;
    let target = Target::octim(&serve).await?;
    let Target::Octim { address, owner, .. } = &target else { bail!("not OctIM") };
    let mut visitor = target.visitor(None).await?;
    wire::say(&mut visitor, &target.message("first", "hello")).await?;
    let sent: Value = serde_json::from_str(&wire::hear(&mut visitor, "sent").await?)?;
    let watch = json!({
        "type": "watch", "conversation_id": sent["conversation_id"], "epoch": null, "after": null,
    })
    .to_string();
    let watchers: Vec<Socket> = stream::iter(0..options.watchers)
        .map(async |_| {
            let ticket = owner.ticket(*address).await?;
            let mut socket = wire::agent(*address, &ticket).await?;
            wire::say(&mut socket, &watch).await?;
            wire::hear(&mut socket, "stream").await?;
            anyhow::Ok(socket)
        })
        .buffer_unordered(16)
        .try_collect()
        .await
        .with_context(|| process.tail())?;

    let length = Duration::from_secs(options.seconds);
    let plan = Plan { conversations: 1, in_flight: 16, length, per_second: Some(OTHER) };
    let (quiet, (), ()) = load::round(&target, plan, "quiet", || Ok(())).await?;

    let start = Instant::now();
    let done = Arc::new(AtomicBool::new(false));
    let reading = watchers.into_iter().map(|socket| tokio::spawn(read(socket, start, Arc::clone(&done))));
    let reading: Vec<_> = reading.collect();
    let before = process.cpu()?;
    let speaking = tokio::spawn(speak(visitor, target.clone(), options.rate, start, length));
    let (other, (), ()) = load::round(&target, plan, "beside", || Ok(())).await.context("the other one")?;
    let said = speaking.await??;
    let seconds = start.elapsed().as_secs_f64();
    done.store(true, Ordering::Relaxed);
    let wanted = said * u64::from(options.watchers);
    let mut sample = Vec::new();
    for one in reading {
        sample.extend(one.await?);
    }
    let spent = process.cpu()?.saturating_sub(before);
    let delivered = sample.len() as u64;
    let report = Report {
        watchers: options.watchers,
        sent_per_s: report::round(said as f64 / length.as_secs_f64()),
        delivered_per_s: (delivered as f64 / seconds).round(),
        missing: wanted.saturating_sub(delivered),
        delivery_ms: Latency::of(sample),
        cpu_us_per_delivery: report::round(spent.as_secs_f64() * 1e6 / delivered.max(1) as f64),
        other_quiet_ms: Latency::of(quiet.delivery),
        other_ms: Latency::of(other.delivery),
    };
    if options.common.json {
        println!("{}", serde_json::to_string(&report)?);
        return Ok(());
    }
    println!(
        "{} watchers, {:.0} messages/s: {:.0} deliveries/s at {:.2} µs of the server's CPU each; {} did not come",
        report.watchers,
        report.sent_per_s,
        report.delivered_per_s,
        report.cpu_us_per_delivery,
        report.missing
    );
    let mut lines = report::Lines::default();
    lines.add("to each watcher", &report.delivery_ms);
    lines.add("another conversation, before", &report.other_quiet_ms);
    lines.add("another conversation, meanwhile", &report.other_ms);
    println!("{lines}");
    Ok(())
}

/// Sends on schedule; returns how many.
async fn speak(
    mut socket: Socket,
    target: Target,
    rate: f64,
    start: Instant,
    length: Duration,
) -> anyhow::Result<u64> {
    let pause = Duration::from_secs_f64(1.0 / rate);
    let (mut next, mut said) = (Instant::now(), 0_u64);
    let end = next + length;
    while next < end {
        sleep_until(next).await;
        said += 1;
        let stamp = (next - start).as_micros();
        socket.send(Message::text(target.message(&said.to_string(), &format!("{stamp:020} 您好")))).await?;
        next += pause;
        while let Some(Some(frame)) = futures_util::FutureExt::now_or_never(socket.next()) {
            frame?;
        }
    }
    for _ in 0..said {
        // All of them are stored before the watchers stop; acknowledgements may have been read above.
        if timeout(Duration::from_millis(500), socket.next()).await.is_err() {
            break;
        }
    }
    Ok(said)
}

/// The ages of all messages that arrive at one watcher, until nothing more comes.
async fn read(mut socket: Socket, start: Instant, done: Arc<AtomicBool>) -> Vec<u32> {
    const STAMP: &str = r#""text":""#;
    let mut ages = Vec::new();
    let deadline = async {
        while !done.load(Ordering::Relaxed) {
            sleep(Duration::from_millis(200)).await;
        }
        sleep(PATIENCE / 5).await;
    };
    tokio::pin!(deadline);
    loop {
        tokio::select! {
            () = &mut deadline => return ages,
            frame = socket.next() => {
                let Some(Ok(message)) = frame else { return ages };
                let Message::Text(text) = message else { continue };
                let now = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
                // Parsed by hand: the generator has to keep up on the same machine.
                for part in text.split(STAMP).skip(1) {
                    let stamp = part.get(..20).and_then(|digits| digits.parse::<u64>().ok());
                    ages.extend(stamp.map(|stamp| u32::try_from(now.saturating_sub(stamp)).unwrap_or(u32::MAX)));
                }
            }
        }
    }
}
