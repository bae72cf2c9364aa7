//! `octim bench history`: how long an agent waits for a conversation of very many messages: the
//! newest page, a page back, a jump into the middle, and following it over the socket.

use crate::{
    Common,
    laid::{Amount, Place},
    report::{Latency, Lines},
    wire,
};
use anyhow::Context;
use protocol::{inbox::ConversationDetail, message::MessagePage};
use serde::Serialize;
use serde_json::json;
use tokio::time::Instant;

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// In the long conversation
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1_000..=1_000_000))]
    messages: u32,
    /// Other conversations beside it, of ten messages each
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    others: u32,
    /// Of each kind
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    requests: u32,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    common: Common,
}

#[derive(Serialize)]
struct Report {
    messages: u32,
    /// The state of the conversation and its newest page over HTTP.
    open_ms: Latency,
    /// The same over the socket: `watch` until `stream`.
    follow_ms: Latency,
    /// The page before the one that is shown, again and again.
    back_ms: Latency,
    /// A page somewhere.
    jump_ms: Latency,
}

pub async fn run(options: Options) -> anyhow::Result<()> {
    let amount = Amount {
        conversations: options.others,
        messages: options.others.saturating_mul(10),
        long: options.messages,
    };
    let ground = options.place.prepare(&options.common, amount).await?;
    let (address, owner) = (ground.serve.address, &ground.owner);
    let id = ground.laid.long.as_ref().context("the data of this folder has no long conversation")?;
    let path = format!("/api/conversations/{id}");
    let detail: ConversationDetail = owner.get(address, &path).await?.json()?;
    let last = detail.conversation.last_seq;

    let ticket = owner.ticket(address).await?;
    let mut socket = wire::agent(address, &ticket).await?;
    let watch = json!({"type": "watch", "conversation_id": id, "epoch": null, "after": null}).to_string();
    let unwatch = json!({"type": "unwatch", "conversation_id": id}).to_string();

    let mut samples = [const { Vec::new() }; 4];
    let mut before = last + 1;
    for number in 0..i64::from(options.requests) {
        let mut began = Instant::now();
        let mut took = |place: usize, began: &mut Instant| {
            samples[place].push(crate::micros(*began));
            *began = Instant::now();
        };
        let _: ConversationDetail = owner.get(address, &path).await?.json()?;
        let _: MessagePage = owner.get(address, &format!("{path}/messages?limit=50")).await?.json()?;
        took(0, &mut began);
        wire::say(&mut socket, &watch).await?;
        wire::hear(&mut socket, "stream").await?;
        took(1, &mut began);
        wire::say(&mut socket, &unwatch).await?;
        let page = format!("{path}/messages?before={before}&limit=50");
        began = Instant::now();
        let page: MessagePage = owner.get(address, &page).await?.json()?;
        took(2, &mut began);
        before = page.messages.first().map_or(last, |first| first.seq);
        if before <= 1 {
            before = last + 1;
        }
        let middle = number * 7_919 % last;
        began = Instant::now();
        let page = format!("{path}/messages?after={middle}&limit=50");
        let _: MessagePage = owner.get(address, &page).await?.json()?;
        took(3, &mut began);
    }
    let [open, follow, back, jump] = samples.map(Latency::of);
    let report =
        Report { messages: options.messages, open_ms: open, follow_ms: follow, back_ms: back, jump_ms: jump };
    ground.close().await?;
    if options.common.json {
        println!("{}", serde_json::to_string(&report)?);
        return Ok(());
    }
    println!("a conversation of {} messages, {} requests of each kind", report.messages, options.requests);
    let mut lines = Lines::default();
    lines.add("open: state and newest page", &report.open_ms);
    lines.add("follow: watch until stream", &report.follow_ms);
    lines.add("a page back", &report.back_ms);
    lines.add("a jump into the middle", &report.jump_ms);
    println!("{lines}");
    Ok(())
}
