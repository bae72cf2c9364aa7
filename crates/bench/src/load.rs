//! One round of load: every conversation has a visitor who sends and an agent who reads. Closed
//! loop: so many messages in flight per visitor. Open loop: a message at each scheduled moment,
//! and latencies count from that moment, so that a stall is not hidden.

use crate::wire::{Event, Pair, Socket, Target, event, is_delivery};
use anyhow::{Context, ensure};
use futures_util::{FutureExt, SinkExt, StreamExt, future::try_join_all};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_tungstenite::tungstenite::Message;

#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub conversations: usize,
    pub in_flight: usize,
    pub length: Duration,
    /// All visitors together; none: closed loop.
    pub per_second: Option<f64>,
}

/// What one round measured. Latencies in microseconds, in no order.
#[derive(Debug, Default)]
pub struct Outcome {
    pub seconds: f64,
    pub acked: u64,
    pub delivered: u64,
    pub ack: Vec<u32>,
    pub delivery: Vec<u32>,
}

/// The phases that every task follows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Phase {
    WarmUp,
    Measure,
    /// No new messages; wait for what is under way.
    Drain,
}

/// What the two ends of a conversation share.
struct Shared {
    start: Instant,
    phase: watch::Receiver<Phase>,
    /// So that the agent knows when everything has arrived.
    sent: AtomicU64,
}

/// How long a server may take for what is under way at the end of a round.
const PATIENCE: Duration = Duration::from_secs(30);

/// `window` is called when measuring begins and when it ends (for CPU time).
pub async fn round<T>(
    target: &Target,
    plan: Plan,
    name: &str,
    mut window: impl FnMut() -> anyhow::Result<T>,
) -> anyhow::Result<(Outcome, T, T)> {
    let mut pairs = Vec::new();
    for number in 0..plan.conversations {
        pairs.push(target.pair(&format!("{name}-{number}")).await?);
    }
    let (phase, receiver) = watch::channel(Phase::WarmUp);
    let start = Instant::now();
    let tasks = pairs.into_iter().enumerate().flat_map(|(number, pair)| {
        let Pair { visitor, agent } = pair;
        let shared = Arc::new(Shared { start, phase: receiver.clone(), sent: AtomicU64::new(0) });
        let target = target.clone();
        [
            tokio::spawn(visit(visitor, target, plan, number, Arc::clone(&shared))),
            tokio::spawn(attend(agent, shared)),
        ]
    });
    let tasks: Vec<_> = tasks.collect();

    sleep((plan.length / 5).max(Duration::from_secs(1))).await;
    let (before, began) = (window()?, Instant::now());
    phase.send_replace(Phase::Measure);
    sleep(plan.length).await;
    let (after, ended) = (window()?, Instant::now());
    phase.send_replace(Phase::Drain);

    let mut outcome = Outcome { seconds: (ended - began).as_secs_f64(), ..Outcome::default() };
    let ends = timeout(PATIENCE, try_join_all(tasks)).await;
    for end in ends.context("messages are missing at the end of the round")?? {
        let (acked, latencies) = end?;
        if acked {
            outcome.acked += latencies.len() as u64;
            outcome.ack.extend(latencies);
        } else {
            outcome.delivered += latencies.len() as u64;
            outcome.delivery.extend(latencies);
        }
    }
    Ok((outcome, before, after))
}

impl Shared {
    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// The age of a message whose text or id begins with its moment, when it counts.
    fn age(&self, stamped: &str) -> anyhow::Result<Option<u32>> {
        let stamp = stamped.split([' ', '-']).next().unwrap_or_default();
        let Some(stamp) = stamp.strip_prefix(STAMP).and_then(read_stamp) else {
            return Ok(None); // the greeting
        };
        let age = u32::try_from(self.now().saturating_sub(stamp))?;
        Ok((*self.phase.borrow() == Phase::Measure).then_some(age))
    }
}

/// About 120 bytes of Chinese and English, as chats are.
fn text(stamp: &str) -> String {
    format!("{stamp} 您好，我想问一下昨天的订单什么时候发货？ Order 20261105-7781, thanks!")
}

/// Begins a stamp.
const STAMP: char = 't';
/// Enough for eight years of microseconds.
const STAMP_LETTERS: u32 = 12;

/// A moment as one word of letters: a long number would be searchable by each of its tails, which no
/// chat has in every message. Later words sort behind, as the ids of the real clients do (`UUIDv7`).
fn stamp(moment: u64) -> String {
    let letters = (0..STAMP_LETTERS).rev().map(|place| char::from(b'a' + (moment >> (4 * place) & 15) as u8));
    std::iter::once(STAMP).chain(letters).collect()
}

/// What [`stamp`] wrote after its first letter.
fn read_stamp(word: &str) -> Option<u64> {
    word.bytes().try_fold(0_u64, |moment, letter| {
        let digit = letter.checked_sub(b'a').filter(|digit| *digit < 16)?;
        Some(moment * 16 + u64::from(digit))
    })
}

async fn visit(
    mut socket: Socket,
    target: Target,
    plan: Plan,
    number: usize,
    shared: Arc<Shared>,
) -> anyhow::Result<(bool, Vec<u32>)> {
    let mut phase = shared.phase.clone();
    let mut latencies = Vec::new();
    let (mut sent, mut acked) = (0_u64, 0_u64);
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let pause = plan.per_second.map(|rate| Duration::from_secs_f64(plan.conversations as f64 / rate));
    // Visitors do not all speak at the same moment.
    let offset = pause.unwrap_or_default() * u32::try_from(number)? / u32::try_from(plan.conversations)?;
    let mut next = shared.start + offset;
    loop {
        let open = *phase.borrow_and_update() < Phase::Drain;
        if !open && acked == sent {
            return Ok((true, latencies));
        }
        let mut queued = 0;
        while open
            && match pause {
                None => sent - acked < plan.in_flight as u64,
                Some(_) => next <= Instant::now(),
            }
        {
            let due = if pause.is_some() { next } else { Instant::now() };
            next += pause.unwrap_or_default();
            let stamp = stamp(u64::try_from((due - shared.start).as_micros())?);
            sent += 1;
            let id = format!("{stamp}-{sent}");
            shared.sent.fetch_add(1, Ordering::Relaxed);
            let frame = target.message(&id, &text(&stamp));
            socket.feed(Message::text(frame)).await?;
            queued += 1;
        }
        if queued > 0 {
            socket.flush().await?;
        }
        tokio::select! {
            first = socket.next() => {
                let mut frame = Some(first);
                while let Some(received) = frame {
                    if let Message::Text(frame) = received.context("the server closed")??
                        && !is_delivery(&frame)
                        && let Event::Acked(id) = event(&frame)?
                    {
                        acked += 1;
                        latencies.extend(shared.age(&id)?);
                    }
                    frame = socket.next().now_or_never();
                }
            }
            () = sleep_until(next), if pause.is_some() && open => {}
            changed = phase.changed() => changed?,
        }
    }
}

async fn attend(mut socket: Socket, shared: Arc<Shared>) -> anyhow::Result<(bool, Vec<u32>)> {
    let mut phase = shared.phase.clone();
    let mut latencies = Vec::new();
    let mut delivered = 0_u64;
    loop {
        let draining = *phase.borrow_and_update() == Phase::Drain;
        if draining && delivered >= shared.sent.load(Ordering::Relaxed) {
            return Ok((false, latencies));
        }
        tokio::select! {
            frame = socket.next() => {
                let message = frame.context("the server closed")??;
                ensure!(!message.is_close(), "the server closed: {message}");
                if let Message::Text(frame) = message
                    && let Event::Delivered(texts) = event(&frame)?
                {
                    delivered += texts.len() as u64;
                    for text in texts {
                        latencies.extend(shared.age(&text)?);
                    }
                }
            }
            changed = phase.changed() => changed?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{STAMP, read_stamp, stamp};

    #[test]
    fn stamps_are_read_as_they_were_written() {
        let mut last = String::new();
        for moment in [0, 1, 15, 16, 1_234_567_890_123] {
            let word = stamp(moment);
            assert!(last < word);
            assert!(word.bytes().all(|letter| letter.is_ascii_lowercase()));
            assert_eq!(word.strip_prefix(STAMP).and_then(read_stamp), Some(moment));
            last = word;
        }
        assert_eq!(read_stamp("xyz"), None);
    }
}
