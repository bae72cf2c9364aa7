//! One connection of a test client: greet, resume every stream, resend the outbox, then take
//! frames until the connection ends.

use super::{
    Status,
    client::{Client, Credential},
};
use crate::history::{Observation, Seen};
use anyhow::{Context, bail};
use bench::http;
use futures_util::{FutureExt, SinkExt, StreamExt};
use model::{ConversationId, Seq};
use protocol::{
    ErrorCode, PROTOCOL,
    frame::{ClientFrame, ServerFrame, close},
    message::{MessageView, NewContent},
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

type Frame = ServerFrame<Summary>;
type Socket = WebSocketStream<Box<dyn http::Line>>;

/// What both sides' views of a conversation have in common.
#[derive(Clone, Debug, Deserialize)]
struct Summary {
    id: ConversationId,
    last_seq: Seq,
}

/// Reconnecting would not help: the test has to fail.
#[derive(Debug)]
pub struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// The server is crowded: not sooner than after so many seconds.
#[derive(Debug)]
pub struct Later(pub u64);

impl fmt::Display for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sent away for {} s", self.0)
    }
}

impl std::error::Error for Later {}

/// A server that says nothing for this long while something is unacknowledged is given up.
const DEAF: Duration = Duration::from_secs(8);
/// After "try again".
const RETRY: Duration = Duration::from_millis(100);

struct Connection<'a> {
    client: &'a mut Client,
    socket: Socket,
    epoch: String,
    /// What was shown in each watch that has no answer yet.
    asked: BTreeMap<ConversationId, Option<(String, Seq)>>,
    /// Streams that have an answer on this connection.
    watched: BTreeSet<ConversationId>,
    /// Those of them that are out of sight, until a list shows them again.
    hidden: BTreeSet<ConversationId>,
    /// The lists were asked for.
    lists: bool,
    /// How many of the outbox, from the front, were sent on this connection.
    sent: usize,
    retry_at: Option<Instant>,
    heartbeat: Duration,
    ping_at: Instant,
    /// A ping has no answer yet.
    pinged: bool,
    /// Nothing was heard since something has been waited for.
    waits_since: Option<Instant>,
}

pub(super) async fn run(client: &mut Client) -> anyhow::Result<()> {
    let socket = timeout(DEAF, open(client)).await.context("no connection in time")??;
    let mut connection = Connection {
        client,
        socket,
        epoch: String::new(),
        asked: BTreeMap::new(),
        watched: BTreeSet::new(),
        hidden: BTreeSet::new(),
        lists: false,
        sent: 0,
        retry_at: None,
        heartbeat: DEAF,
        ping_at: Instant::now(),
        pinged: false,
        waits_since: None,
    };
    timeout(DEAF, connection.greet()).await.context("no welcome in time")??;
    loop {
        connection.client.top_up();
        connection.watch_streams().await?;
        connection.send_outbox().await?;
        connection.turn().await?;
    }
}

async fn open(client: &Client) -> anyhow::Result<Socket> {
    let door = client.door(0);
    let (path, stream) = match &client.credential {
        Credential::Visitor(_) => ("/api/visitor/socket", client.dialler.connect(door).await?),
        Credential::Agent(agent, _) => ("/api/socket", agent.connect(door).await?),
    };
    Ok(client_async(format!("ws://{door}{path}"), stream).await?.0)
}

impl Connection<'_> {
    async fn greet(&mut self) -> anyhow::Result<()> {
        let credential = match &self.client.credential {
            Credential::Visitor(token) => token.clone(),
            Credential::Agent(agent, address) => {
                let several = self.client.doors.len() > 1;
                agent.ticket(if several { self.client.door(1) } else { *address }).await?
            }
        };
        let hello = ClientFrame::Hello { protocol: PROTOCOL, credential };
        self.feed(&hello).await?;
        self.socket.flush().await?;
        loop {
            let message = self.socket.next().await.context("closed")??;
            if let Some(Frame::Welcome { epoch, heartbeat_ms, .. }) = decode(&message)? {
                self.heartbeat = Duration::from_millis(heartbeat_ms);
                self.ping_at = Instant::now() + self.heartbeat;
                self.epoch.clone_from(&epoch);
                self.client.status.send_modify(|status| {
                    status.connected = true;
                    status.connections += 1;
                    status.epoch = Some(epoch);
                });
                return Ok(());
            }
        }
    }

    /// Asks for every stream that this connection does not follow yet.
    async fn watch_streams(&mut self) -> anyhow::Result<()> {
        if self.client.follows_lists && !std::mem::replace(&mut self.lists, true) {
            self.feed(&ClientFrame::WatchInbox {}).await?;
        }
        let missing: Vec<_> = (self.client.streams.iter())
            .filter(|(id, _)| !self.watched.contains(id) && !self.asked.contains_key(id))
            .map(|(id, held)| (*id, held.clone()))
            .collect();
        for (conversation_id, held) in missing {
            let (epoch, after) = held.clone().unzip();
            self.asked.insert(conversation_id, held);
            self.feed(&ClientFrame::Watch { conversation_id, epoch, after }).await?;
        }
        Ok(())
    }

    async fn send_outbox(&mut self) -> anyhow::Result<()> {
        let conversation_id = match self.client.credential {
            Credential::Visitor(_) => None,
            Credential::Agent(..) => self.client.streams.keys().next().copied(),
        };
        while self.retry_at.is_none() && self.sent < self.client.outbox.len() {
            let (client_id, text, known) = &mut self.client.outbox[self.sent];
            if !std::mem::replace(known, true) {
                self.client.history.record(Observation::Sent {
                    client: self.client.name.clone(),
                    client_id: client_id.clone(),
                    body: text.clone(),
                });
            }
            let frame = ClientFrame::Send {
                client_id: client_id.as_str().into(),
                conversation_id,
                content: NewContent::Text { text: text.as_str().into() },
            };
            self.sent += 1;
            self.feed(&frame).await?;
        }
        Ok(self.socket.flush().await?)
    }

    /// Takes what has arrived, or an order, or gives up waiting.
    async fn turn(&mut self) -> anyhow::Result<()> {
        let waits = self.sent > 0 || !self.asked.is_empty() || self.pinged;
        let since = self.waits_since.filter(|_| waits).unwrap_or_else(Instant::now);
        self.waits_since = waits.then_some(since);
        let deaf = since + DEAF;
        tokio::select! {
            first = self.socket.next() => {
                (self.pinged, self.waits_since) = (false, None);
                let mut next = Some(first);
                while let Some(message) = next {
                    let message = message.context("closed")??;
                    if let Some(frame) = decode(&message)? {
                        self.take(frame)?;
                    }
                    next = self.socket.next().now_or_never();
                }
            }
            order = self.client.orders.recv() => {
                self.client.obey(order.context("the test has let go")?);
            }
            () = sleep_until(self.retry_at.unwrap_or(deaf)), if self.retry_at.is_some() => {
                self.retry_at = None;
                self.sent = 0;
            }
            () = sleep_until(self.ping_at) => {
                self.ping_at = Instant::now() + self.heartbeat;
                self.pinged = true;
                self.feed(&ClientFrame::Ping {}).await?;
                self.socket.flush().await?;
            }
            () = sleep_until(deaf), if waits && self.retry_at.is_none() => bail!("deaf"),
        }
        Ok(())
    }

    fn take(&mut self, frame: Frame) -> anyhow::Result<()> {
        match frame {
            Frame::Sent { client_id, conversation_id, seq, .. } => {
                self.acked(client_id.to_string(), conversation_id, seq);
            }
            Frame::Stream { conversation, recovered, messages, .. } => {
                self.resumed(&conversation, recovered, &messages);
            }
            Frame::Changed { conversation, messages } => self.pushed(conversation.id, &messages),
            Frame::Inbox { conversations } => {
                for shown in conversations {
                    if self.hidden.contains(&shown.id) {
                        self.forget_watch(shown.id);
                    }
                }
            }
            Frame::Resync {} => {
                self.watched.clear();
                self.hidden.clear();
            }
            Frame::Error {
                code: ErrorCode::NotFound, client_id: None, conversation_id: Some(id), ..
            } if self.asked.contains_key(&id) => {
                self.asked.remove(&id);
                self.watched.insert(id);
                self.hidden.insert(id);
            }
            Frame::Error { code, client_id: Some(_), .. } if is_passing(code) => {
                self.client.status.send_modify(|status| {
                    status.refused += 1;
                    status.refusal = Some(code);
                });
                self.retry_at = Some(Instant::now() + RETRY);
            }
            // Also the answer to a watch while the database is away.
            Frame::Error { code, .. } if is_passing(code) => bail!("refused: {code:?}"),
            Frame::Error { code, client_id, .. } => {
                bail!(Failure(format!("refused for good: {code:?} {client_id:?}")))
            }
            _ => {}
        }
        Ok(())
    }

    fn acked(&mut self, client_id: String, conversation: ConversationId, seq: Seq) {
        let place = self.client.outbox.iter().position(|(id, ..)| *id == client_id);
        if let Some(place) = place {
            self.client.outbox.remove(place);
            if place < self.sent {
                self.sent -= 1;
            }
            self.client.status.send_modify(|status| status.acked += 1);
        }
        self.client.history.record(Observation::Acked {
            client: self.client.name.clone(),
            conversation,
            client_id,
            seq,
        });
        self.client.streams.entry(conversation).or_insert(None);
        self.client.top_up();
    }

    /// It is asked for again.
    fn forget_watch(&mut self, id: ConversationId) {
        self.watched.remove(&id);
        self.hidden.remove(&id);
    }

    fn resumed(&mut self, conversation: &Summary, recovered: bool, messages: &[MessageView]) {
        let id = conversation.id;
        let asked = self.asked.remove(&id).flatten();
        self.watched.insert(id);
        self.client.history.record(Observation::Resumed {
            client: self.client.name.clone(),
            conversation: id,
            asked,
            epoch: self.epoch.clone(),
            recovered,
            last_seq: conversation.last_seq,
            messages: messages.iter().map(Seen::from).collect(),
        });
        if !recovered {
            self.client.status.send_modify(|status| status.snapshots += 1);
        }
        self.advance(id, conversation.last_seq);
    }

    fn pushed(&mut self, id: ConversationId, messages: &[MessageView]) {
        self.client.history.record(Observation::Pushed {
            client: self.client.name.clone(),
            conversation: id,
            messages: messages.iter().map(Seen::from).collect(),
        });
        let Some(Some((_, held))) = self.client.streams.get(&id) else {
            return;
        };
        let mut position = *held;
        for message in messages {
            if message.seq == position + 1 {
                position = message.seq;
            } else if message.seq > position {
                // A hole: watch again from what is held.
                self.forget_watch(id);
            }
        }
        self.advance(id, position);
    }

    fn advance(&mut self, id: ConversationId, position: Seq) {
        let held = Some((self.epoch.clone(), position));
        self.client.streams.insert(id, held);
        self.client.status.send_modify(|status: &mut Status| {
            status.positions.insert(id, position);
        });
    }

    async fn feed(&mut self, frame: &ClientFrame) -> anyhow::Result<()> {
        let text = serde_json::to_string(frame)?;
        Ok(self.socket.feed(Message::text(text)).await?)
    }
}

/// None for control frames; an error for a close.
fn decode(message: &Message) -> anyhow::Result<Option<Frame>> {
    match message {
        Message::Text(text) => match serde_json::from_str(text) {
            Ok(frame) => Ok(Some(frame)),
            Err(error) => bail!(Failure(format!("{error} in {text}"))),
        },
        Message::Close(Some(frame)) => {
            let code = u16::from(frame.code);
            // A slow network may bring our greeting too late; anything else is against the protocol.
            let late = frame.reason == ErrorCode::HelloExpected.code();
            if [close::SESSION, close::PROTOCOL].contains(&code) && !late {
                bail!(Failure(format!("closed: {frame}")));
            }
            let wait = frame.reason.strip_prefix("retry_after=").and_then(|seconds| seconds.parse().ok());
            if let Some(seconds) = wait.filter(|_| code == close::RATE) {
                bail!(Later(seconds));
            }
            bail!("closed: {frame}")
        }
        Message::Close(None) => bail!("closed"),
        _ => Ok(None),
    }
}

/// Whether trying again can help.
const fn is_passing(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::ReadOnly
            | ErrorCode::ShuttingDown
            | ErrorCode::RateLimited
            | ErrorCode::Internal
            | ErrorCode::Timeout
    )
}
