//! `octim bench storm`: thousands of visitors lose their connection in the same moment and come
//! back as docs/client-protocol.md says, while others who were not cut go on talking.

use crate::{
    Common,
    http::Client,
    load::{self, Plan},
    report::{self, Latency},
    wire::{self, Socket, Target},
};
use anyhow::{Context, bail, ensure};
use futures_util::{SinkExt, StreamExt, TryStreamExt, stream};
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::{Mutex, watch},
    time::{Instant, sleep, timeout},
};
use tokio_tungstenite::tungstenite::Message;

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Visitors with a conversation who are cut
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=16_000))]
    connections: u32,
    /// Conversations that are not cut
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    others: u32,
    /// Messages a second in those
    #[arg(long, default_value_t = 100.0)]
    rate: f64,
    /// How long the others are watched: before the cut, and from the cut on
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    #[command(flatten)]
    common: Common,
}

#[derive(Serialize)]
struct Report {
    connections: u32,
    /// From the cut until everybody had what was missed.
    all_back_s: f64,
    half_back_s: f64,
    /// From `welcome` to the `stream` with what was missed.
    resume_ms: Latency,
    /// From opening the connection that succeeded to `welcome`.
    welcome_ms: Latency,
    /// Tries that failed, by reason.
    failed: BTreeMap<String, u64>,
    /// Of those who were not cut: from the scheduled moment to the agent.
    others_quiet_ms: Latency,
    others_ms: Latency,
    /// Requests of an agent in the meantime, and how many of them had a 5xx or no answer.
    requests: u64,
    errors: u64,
    request_ms: Latency,
}

/// A visitor between two connections.
struct Visitor {
    source: IpAddr,
    token: String,
    conversation: Value,
    epoch: Value,
    seq: Value,
}

/// Nobody may need longer.
const PATIENCE: Duration = Duration::from_mins(1);
/// Connections from one source address.
const PER_ADDRESS: u32 = 500;

pub async fn run(options: Options) -> anyhow::Result<()> {
    let (_folder, serve) = options.common.octim(&[]).await?;
    let process = serve.start().await?;
    let target = Target::octim(&serve).await?;
    let visitors: Vec<(Socket, Visitor)> = stream::iter(0..options.connections)
        .map(|number| arrive(&target, number))
        .buffer_unordered(16)
        .try_collect()
        .await
        .with_context(|| process.tail())?;
    let plan = Plan {
        conversations: options.others as usize,
        in_flight: 16,
        length: Duration::from_secs(options.seconds),
        per_second: Some(options.rate),
    };
    let (quiet, (), ()) = load::round(&target, plan, "quiet", || Ok(())).await?;

    // The cut comes when the others have warmed up.
    let (cut, mut is_cut) = watch::channel(false);
    let failed = Arc::new(Mutex::new(BTreeMap::new()));
    let storm = tokio::spawn({
        let (address, failed) = (serve.address, Arc::clone(&failed));
        async move {
            is_cut.wait_for(|cut| *cut).await?;
            let began = Instant::now();
            let (sockets, visitors): (Vec<_>, Vec<_>) = visitors.into_iter().unzip();
            drop(sockets);
            let back = visitors.into_iter().map(|visitor| {
                let failed = Arc::clone(&failed);
                tokio::spawn(async move { come_back(address, visitor, began, &failed).await })
            });
            let back: Vec<_> = back.collect();
            let mut times = Vec::new();
            for one in back {
                times.push(timeout(PATIENCE, one).await.context("not everybody came back")???);
            }
            anyhow::Ok(times)
        }
    });
    let asking = tokio::spawn(ask(serve.address, serve.login().await?, cut.subscribe()));
    let (others, (), ()) = load::round(&target, plan, "storm", || {
        cut.send_replace(true);
        Ok(())
    })
    .await
    .context("those who were not cut")?;
    let times = storm.await??;
    drop(cut);
    let (requests, errors, sample) = asking.await?;

    let mut back: Vec<f64> = times.iter().map(|time| time.back.as_secs_f64()).collect();
    back.sort_by(f64::total_cmp);
    let micros = |of: fn(&Times) -> Duration| {
        Latency::of(
            times.iter().map(|time| u32::try_from(of(time).as_micros()).unwrap_or(u32::MAX)).collect(),
        )
    };
    let report = Report {
        connections: options.connections,
        all_back_s: report::round(back.last().copied().unwrap_or_default()),
        half_back_s: report::round(report::median(back.iter().copied())),
        resume_ms: micros(|time| time.resume),
        welcome_ms: micros(|time| time.welcome),
        failed: std::mem::take(&mut *failed.lock().await),
        others_quiet_ms: Latency::of(quiet.delivery),
        others_ms: Latency::of(others.delivery),
        requests,
        errors,
        request_ms: Latency::of(sample),
    };
    if options.common.json {
        println!("{}", serde_json::to_string(&report)?);
        return Ok(());
    }
    let mut lines = report::Lines::default();
    println!(
        "{} visitors cut; half were back after {:.1} s, all after {:.1} s; {} requests of an agent meanwhile, {} failed",
        report.connections, report.half_back_s, report.all_back_s, report.requests, report.errors
    );
    report.failed.iter().for_each(|(reason, count)| println!("  {count} tries failed: {reason}"));
    lines.add("from connecting to welcome", &report.welcome_ms);
    lines.add("from welcome to what was missed", &report.resume_ms);
    lines.add("visitor to agent, not cut, before", &report.others_quiet_ms);
    lines.add("visitor to agent, not cut, in the storm", &report.others_ms);
    lines.add("requests of an agent in the storm", &report.request_ms);
    println!("{lines}");
    Ok(())
}

/// A visitor with a conversation.
async fn arrive(target: &Target, number: u32) -> anyhow::Result<(Socket, Visitor)> {
    let source = IpAddr::V4(Ipv4Addr::new(127, 0, 0, u8::try_from(2 + number / PER_ADDRESS)?));
    let (mut socket, token) = target.known_visitor(Some(source)).await?;
    wire::say(&mut socket, &target.message("first", "在吗？")).await?;
    let sent: Value = serde_json::from_str(&wire::hear(&mut socket, "sent").await?)?;
    let conversation = sent["conversation_id"].clone();
    // Where it stands, and in which epoch, as a client remembers it.
    let seq = sent["seq"].clone();
    Ok((socket, Visitor { source, token, conversation, epoch: Value::Null, seq }))
}

/// One visitor's way back.
struct Times {
    back: Duration,
    welcome: Duration,
    resume: Duration,
}

async fn come_back(
    address: SocketAddr,
    mut visitor: Visitor,
    began: Instant,
    failed: &Mutex<BTreeMap<String, u64>>,
) -> anyhow::Result<Times> {
    let dice = RandomState::new();
    let mut failures = 0_u32;
    let mut not_before = 0;
    loop {
        // Full jitter, and not sooner than asked.
        let most = 30_000.min(500_u64 << failures.min(6));
        let wait = not_before * 1_000 + dice.hash_one((&visitor.token, failures)) % most;
        sleep(Duration::from_millis(wait)).await;
        let tried = Instant::now();
        let attempt = timeout(Duration::from_secs(10), attempt(address, &mut visitor, tried));
        match attempt.await.unwrap_or_else(|_| Ok(Err(Refusal::of("no welcome within 10 s"))))? {
            Ok((welcome, resume)) => return Ok(Times { back: began.elapsed(), welcome, resume }),
            Err(refusal) => {
                *failed.lock().await.entry(refusal.reason).or_default() += 1;
                not_before = refusal.retry_after;
                failures += 1;
            }
        }
    }
}

/// Try again.
struct Refusal {
    reason: String,
    /// Seconds.
    retry_after: u64,
}

impl Refusal {
    fn of(reason: impl Into<String>) -> Self {
        let reason = reason.into();
        let wait = reason.split("retry_after=").nth(1).map(|rest| rest.split(|c: char| !c.is_ascii_digit()));
        let retry_after = wait.and_then(|mut parts| parts.next()?.parse().ok()).unwrap_or(0);
        Self { reason, retry_after }
    }
}

async fn attempt(
    address: SocketAddr,
    visitor: &mut Visitor,
    tried: Instant,
) -> anyhow::Result<Result<(Duration, Duration), Refusal>> {
    let mut socket = match wire::open(address, "/api/visitor/socket", Some(visitor.source)).await {
        Ok(socket) => socket,
        Err(error) => return Ok(Err(Refusal::of(error.root_cause().to_string()))),
    };
    let hello =
        json!({"type": "hello", "protocol": protocol::PROTOCOL, "credential": visitor.token}).to_string();
    let mut welcome = None;
    if let Err(error) = socket.send(Message::text(hello)).await {
        return Ok(Err(Refusal::of(error.to_string())));
    }
    loop {
        let text = match socket.next().await {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Close(Some(frame)))) => return Ok(Err(Refusal::of(frame.to_string()))),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
            Some(Err(error)) => return Ok(Err(Refusal::of(error.to_string()))),
            _ => return Ok(Err(Refusal::of("closed"))),
        };
        let frame: Value = serde_json::from_str(&text)?;
        match frame["type"].as_str() {
            Some("welcome") => {
                welcome = Some(Instant::now());
                if visitor.epoch.is_null() {
                    visitor.epoch = frame["epoch"].clone();
                }
                let watch = json!({
                    "type": "watch", "conversation_id": visitor.conversation,
                    "epoch": visitor.epoch, "after": visitor.seq,
                });
                if let Err(error) = socket.send(Message::text(watch.to_string())).await {
                    return Ok(Err(Refusal::of(error.to_string())));
                }
            }
            Some("stream") => {
                ensure!(frame["recovered"] == true, "a visitor was not resumed: {text}");
                let welcome = welcome.context("a stream before welcome")?;
                // Stays connected, as a window does.
                tokio::spawn(async move { while let Some(Ok(_)) = socket.next().await {} });
                return Ok(Ok((welcome - tried, welcome.elapsed())));
            }
            // The close that follows says the same with the time to wait.
            Some("error") if frame["code"] != "rate_limited" => bail!("refused: {text}"),
            _ => {}
        }
    }
}

/// An agent who looks at the lists all the time from the cut on: requests, failures, latencies.
async fn ask(address: SocketAddr, who: Client, mut cut: watch::Receiver<bool>) -> (u64, u64, Vec<u32>) {
    let (mut requests, mut errors, mut sample) = (0, 0, Vec::new());
    if cut.wait_for(|cut| *cut).await.is_err() {
        return (0, 0, sample);
    }
    // Ends when the bench lets go of the switch.
    while cut.has_changed().is_ok() {
        let began = Instant::now();
        let answer = who.get(address, "/api/conversations?view=all").await;
        sample.push(crate::micros(began));
        requests += 1;
        errors += u64::from(!answer.is_ok_and(|answer| answer.status < 500));
        sleep(Duration::from_millis(20)).await;
    }
    (requests, errors, sample)
}

#[cfg(test)]
mod tests {
    use super::Refusal;

    #[test]
    fn a_refusal_says_when_to_come_back() {
        assert_eq!(Refusal::of("4029: retry_after=7").retry_after, 7);
        assert_eq!(Refusal::of("Connection reset by peer").retry_after, 0);
    }
}
