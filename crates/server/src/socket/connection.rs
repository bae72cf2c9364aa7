//! The life of one socket, whichever side it belongs to: read commands, write what the hub
//! queued (flushed once per wake-up), answer pending sends, notice silence.

use super::outbox::{Cut, Frames};
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _, future::BoxFuture};
use protocol::{
    ErrorCode,
    frame::{ClientFrame, close},
};
use serde::Deserialize;
use std::{
    borrow::Cow, collections::VecDeque, future::Future, panic::resume_unwind, pin::pin, time::Duration,
};
use tokio::time::{Instant, sleep_until, timeout};

/// The longest that writing to a socket may take.
const WRITE: Duration = Duration::from_secs(20);
/// How long the first frame may take.
pub const HELLO: Duration = Duration::from_secs(10);
/// Sends of one connection that may wait for the disk; then reading pauses.
const PENDING: usize = 64;
/// Malformed frames within a minute after which a connection is cut.
const MALFORMED: u32 = 5;

/// A frame that answers a command, later; none when there is nothing to say.
pub type Later = BoxFuture<'static, Option<Utf8Bytes>>;

/// What a command leads to.
pub enum Answer {
    None,
    Now(Utf8Bytes),
    /// After the disk has it.
    Later(Later),
    Cut(Cut),
}

/// One side's way to handle commands.
pub trait Side: Send {
    /// Runs a command. Commands of one connection run one after the other.
    fn command(&mut self, frame: ClientFrame) -> impl Future<Output = Answer> + Send;
    /// An error frame in this side's type.
    fn error(&self, code: ErrorCode) -> Utf8Bytes;
    /// Waits for work that came from elsewhere (a changed session), for ever if there is none.
    /// May be dropped at any time without losing that work.
    fn disturbed(&mut self) -> impl Future<Output = ()> + Send;
    /// Does that work.
    fn attend(&mut self) -> impl Future<Output = Answer> + Send;
}

/// The first frame of a connection: its credential.
pub async fn hello(socket: &mut WebSocket) -> Result<String, (ErrorCode, Cut)> {
    let first = timeout(HELLO, socket.next()).await.ok().flatten();
    let text = match first {
        Some(Ok(Message::Text(text))) => text,
        Some(Err(error)) => {
            return Err((ErrorCode::HelloExpected, unreadable(&error).unwrap_or(BROKEN)));
        }
        _ => return Err((ErrorCode::HelloExpected, BROKEN)),
    };
    match serde_json::from_str(&text) {
        Ok(ClientFrame::Hello { protocol, .. }) if protocol < protocol::PROTOCOL => {
            Err((ErrorCode::ProtocolTooOld, BROKEN))
        }
        Ok(ClientFrame::Hello { credential, .. }) => Ok(credential),
        _ => Err((ErrorCode::HelloExpected, BROKEN)),
    }
}

pub async fn close(mut socket: WebSocket, cut: Cut) {
    metrics::counter!("octim_sockets_closed_total", "reason" => cut.reason).increment(1);
    let frame = CloseFrame { code: cut.code, reason: cut.reason.into() };
    drop(timeout(WRITE, socket.send(Message::Close(Some(frame)))).await);
    // Let the client's own close arrive, so that it sees ours and not a reset.
    let drain = async { while let Some(Ok(_)) = socket.next().await {} };
    drop(timeout(Duration::from_secs(1), drain).await);
}

/// An answer that waits for the database, made by a task of its own: a connection does not go on with what
/// is pending while it writes or handles a command, and what the database has promised to work that stands
/// still nobody else can have.
pub fn apart(work: impl Future<Output = Utf8Bytes> + Send + 'static) -> Later {
    let task = tokio::spawn(work);
    Box::pin(async move {
        match task.await {
            Ok(frame) => Some(frame),
            // A panic is this connection's; otherwise the server stops.
            Err(error) => error.try_into_panic().map_or(None, |panic| resume_unwind(panic)),
        }
    })
}

/// A client that says nothing for so many heartbeats has gone.
const SILENCE: f32 = 2.5;

/// Runs until the client leaves, or is to be cut: then a [`close`] is due, which may take long when
/// the client does not read.
pub async fn run(
    socket: &mut WebSocket,
    frames: &Frames,
    side: &mut impl Side,
    heartbeat: Duration,
) -> Option<Cut> {
    let mut pending = Pending::default();
    let cut = converse(socket, frames, side, heartbeat, &mut pending).await;
    if !pending.0.is_empty() {
        // Commands that were received are carried out, though nobody hears of it: a visitor may say something and go.
        tokio::spawn(pending.finish());
    }
    cut
}

async fn converse(
    socket: &mut WebSocket,
    frames: &Frames,
    side: &mut impl Side,
    heartbeat: Duration,
    pending: &mut Pending,
) -> Option<Cut> {
    let mut malformed = Malformed::default();
    let quiet = heartbeat.mul_f32(SILENCE);
    let mut heard = Instant::now();
    // Set again only when it rings, not with every frame.
    let mut silence = pin!(sleep_until(heard + quiet));
    loop {
        let mut out: Option<Utf8Bytes> = None;
        tokio::select! {
            biased;
            next = frames.next() => match next {
                Ok(frame) => out = Some(frame),
                Err(cut) => return Some(cut),
            },
            answer = pending.next() => out = answer,
            received = socket.next(), if pending.has_room() => {
                heard = Instant::now();
                let mut next = Some(received);
                // What arrived together is handled together, as far as there is room.
                while let Some(received) = next {
                    match receive(received, side, &mut malformed).await {
                        Ok(Answer::None) => {}
                        Ok(Answer::Now(frame)) => {
                            out = Some(frame);
                            break;
                        }
                        Ok(Answer::Later(later)) => pending.0.push_back(later),
                        Ok(Answer::Cut(cut)) => return Some(cut),
                        Err(Gone) => return None,
                    }
                    next = if pending.has_room() { socket.next().now_or_never() } else { None };
                }
            }
            () = side.disturbed() => match side.attend().await {
                Answer::Now(frame) => out = Some(frame),
                Answer::Cut(cut) => return Some(cut),
                Answer::None | Answer::Later(_) => {}
            },
            () = &mut silence => {
                if heard.elapsed() >= quiet && !store::sabotage::is("never_silent") {
                    return None;
                }
                silence.as_mut().reset(heard + quiet);
            }
        }
        if let Some(first) = out
            && !write(socket, first, frames, pending).await
        {
            return None;
        }
    }
}

/// Answers that are not there yet, in the order of their commands; each goes out when those before it have.
/// So a connection is woken by the first of them, not by each.
#[derive(Default)]
struct Pending(VecDeque<Later>);

impl Pending {
    fn has_room(&self) -> bool {
        self.0.len() < PENDING
    }

    /// The first one; none at all is waited for like one that never comes. Dropping this loses nothing.
    async fn next(&mut self) -> Option<Utf8Bytes> {
        let Some(first) = self.0.front_mut() else { return std::future::pending().await };
        let answer = first.await;
        self.0.pop_front();
        answer
    }

    async fn finish(mut self) {
        while !self.0.is_empty() {
            self.next().await;
        }
    }
}

/// The peer has left.
struct Gone;

async fn receive(
    received: Option<Result<Message, axum::Error>>,
    side: &mut impl Side,
    malformed: &mut Malformed,
) -> Result<Answer, Gone> {
    let text = match received {
        Some(Ok(Message::Text(text))) => text,
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(Answer::None),
        Some(Ok(Message::Binary(_))) => return Ok(Answer::Cut(BROKEN)),
        Some(Err(error)) => return unreadable(&error).map(Answer::Cut).ok_or(Gone),
        Some(Ok(Message::Close(_))) | None => return Err(Gone),
    };
    match ClientFrame::parse(&text) {
        // Serde would also take a list that begins with the type.
        Ok(frame) if text.trim_start().starts_with('{') => Ok(side.command(frame).await),
        _ if malformed.is_too_much() => {
            tracing::debug!("connection cut: malformed frames");
            Ok(Answer::Cut(BROKEN))
        }
        Ok(_) => Ok(Answer::Now(side.error(ErrorCode::InvalidBody))),
        Err(error) => Ok(Answer::Now(side.error(frame_error(&text, &error)))),
    }
}

const BROKEN: Cut = Cut { code: close::PROTOCOL, reason: "protocol" };
const TOO_LARGE: Cut = Cut { code: close::TOO_LARGE, reason: "frame too large" };

/// Why a message could not be read, when the client is to be told; otherwise it has gone. The
/// library's own errors are out of reach behind axum, so its words decide.
fn unreadable(error: &axum::Error) -> Option<Cut> {
    let words = error.to_string();
    if words.contains("too long") {
        Some(TOO_LARGE)
    } else if words.contains("UTF-8") {
        Some(BROKEN)
    } else {
        None
    }
}

/// The three ways a frame can be wrong.
fn frame_error(text: &str, error: &serde_json::Error) -> ErrorCode {
    #[derive(Deserialize)]
    struct Head<'a> {
        #[serde(rename = "type", borrow)]
        kind: Option<Cow<'a, str>>,
    }
    match serde_json::from_str::<Head>(text) {
        Ok(Head { kind }) if !kind.as_deref().is_some_and(|kind| ClientFrame::COMMANDS.contains(&kind)) => {
            ErrorCode::UnknownFrame
        }
        Ok(_) if error.to_string().starts_with("unknown field") => ErrorCode::UnknownField,
        _ => ErrorCode::InvalidBody,
    }
}

/// Writes a frame and all others that are ready, then flushes once.
async fn write(socket: &mut WebSocket, first: Utf8Bytes, frames: &Frames, pending: &mut Pending) -> bool {
    let work = async {
        socket.feed(Message::Text(first)).await?;
        loop {
            if let Some(frame) = frames.waiting() {
                socket.feed(Message::Text(frame)).await?;
            } else if let Some(answer) = pending.next().now_or_never() {
                if let Some(answer) = answer {
                    socket.feed(Message::Text(answer)).await?;
                }
            } else {
                return socket.flush().await;
            }
        }
    };
    tokio::select! {
        biased;
        written = timeout(WRITE, work) => matches!(written, Ok(Ok(()))),
        _ = frames.cut() => true,
    }
}

/// Malformed frames of the last minute.
#[derive(Default)]
struct Malformed {
    since: Option<Instant>,
    count: u32,
}

impl Malformed {
    fn is_too_much(&mut self) -> bool {
        let now = Instant::now();
        if self.since.is_none_or(|since| now - since > Duration::from_mins(1)) {
            *self = Self { since: Some(now), count: 0 };
        }
        self.count += 1;
        self.count >= MALFORMED
    }
}
