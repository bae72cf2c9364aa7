//! The frames of the two servers that are compared, reduced to what a measurement needs: how to
//! open a conversation, how to say something, and what came back.

use crate::{
    http::{self, Client},
    process::Serve,
};
use anyhow::{Context, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::json;
use std::{
    borrow::Cow,
    net::{IpAddr, SocketAddr},
};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};

pub type Socket = WebSocketStream<TcpStream>;

/// A server under load.
#[derive(Clone)]
pub enum Target {
    Octim { address: SocketAddr, owner: Client, channel: String },
    Reference { address: SocketAddr },
}

/// Both ends of one conversation, connected and subscribed.
pub struct Pair {
    pub visitor: Socket,
    pub agent: Socket,
}

/// What a frame says, for the measurement.
#[derive(Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// The message with this client id is stored.
    Acked(Cow<'a, str>),
    /// These texts have arrived.
    Delivered(Vec<Cow<'a, str>>),
    Other,
}

/// Both servers' frames at once; what is not named here is skipped.
#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(default, borrow)]
    client_id: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    text: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    messages: Vec<Stored<'a>>,
    #[serde(default)]
    code: Option<String>,
}

#[derive(Deserialize)]
struct Stored<'a> {
    #[serde(borrow)]
    content: Content<'a>,
}

#[derive(Deserialize)]
struct Content<'a> {
    #[serde(default, borrow)]
    text: Option<Cow<'a, str>>,
}

/// Tells the frames that a sender need not read, because what is in them is measured at the other end:
/// reading them would cost the load generator more than sending does.
pub fn is_delivery(frame: &str) -> bool {
    frame.starts_with(r#"{"type":"changed""#)
}

pub fn event(frame: &str) -> anyhow::Result<Event<'_>> {
    let frame: Frame = serde_json::from_str(frame).with_context(|| frame.to_owned())?;
    match (&*frame.kind, frame.client_id) {
        ("sent" | "ack", Some(client_id)) => Ok(Event::Acked(client_id)),
        ("message", _) => Ok(Event::Delivered(frame.text.into_iter().collect())),
        ("changed", _) => {
            let texts = frame.messages.into_iter().filter_map(|m| m.content.text);
            Ok(Event::Delivered(texts.collect()))
        }
        ("error", _) => bail!("the server refused: {}", frame.code.unwrap_or_default()),
        _ => Ok(Event::Other),
    }
}

impl Target {
    /// Logs in to a running OctIM.
    pub async fn octim(serve: &Serve) -> anyhow::Result<Self> {
        let owner = serve.login().await?;
        let channel = owner.channel(serve.address).await?;
        Ok(Self::Octim { address: serve.address, owner, channel })
    }

    /// Opens a conversation and lets both ends follow it. `name` tells conversations apart.
    pub async fn pair(&self, name: &str) -> anyhow::Result<Pair> {
        match self {
            Self::Reference { address } => {
                let join = json!({"type": "join", "room": name}).to_string();
                let mut sockets = Vec::new();
                for _ in 0..2 {
                    let mut socket = open(*address, "/", None).await?;
                    say(&mut socket, &join).await?;
                    hear(&mut socket, "joined").await?;
                    sockets.push(socket);
                }
                let (Some(agent), Some(visitor)) = (sockets.pop(), sockets.pop()) else {
                    bail!("two sockets were opened");
                };
                Ok(Pair { visitor, agent })
            }
            Self::Octim { address, owner, .. } => {
                let mut visitor = self.visitor(None).await?;
                say(&mut visitor, &self.message("hello", "hello")).await?;
                let sent = hear(&mut visitor, "sent").await?;
                let sent: serde_json::Value = serde_json::from_str(&sent)?;
                let watch = json!({
                    "type": "watch", "conversation_id": sent["conversation_id"],
                    "epoch": null, "after": null,
                })
                .to_string();
                let ticket = owner.ticket(*address).await?;
                let mut agent = agent(*address, &ticket).await?;
                for socket in [&mut agent, &mut visitor] {
                    say(socket, &watch).await?;
                    hear(socket, "stream").await?;
                }
                Ok(Pair { visitor, agent })
            }
        }
    }

    /// A new visitor's socket, greeted; what an open chat window without a conversation holds.
    pub async fn visitor(&self, source: Option<IpAddr>) -> anyhow::Result<Socket> {
        Ok(self.known_visitor(source).await?.0)
    }

    /// The same, with the token that opens the next socket.
    pub async fn known_visitor(&self, source: Option<IpAddr>) -> anyhow::Result<(Socket, String)> {
        let Self::Octim { address, channel, .. } = self else {
            bail!("the reference server has no visitors");
        };
        let client = source.map_or_else(Client::default, Client::from_address);
        let (_, session) = client.visitor(*address, channel).await?;
        let mut socket = open(*address, "/api/visitor/socket", source).await?;
        hello(&mut socket, &session.token).await?;
        Ok((socket, session.token))
    }

    /// The frame that sends a text.
    pub fn message(&self, client_id: &str, text: &str) -> String {
        match self {
            Self::Reference { .. } => json!({"type": "send", "client_id": client_id, "text": text}),
            Self::Octim { .. } => json!({
                "type": "send", "client_id": client_id, "conversation_id": null,
                "content": {"type": "text", "text": text},
            }),
        }
        .to_string()
    }
}

/// An agent's socket, greeted.
pub async fn agent(address: SocketAddr, ticket: &str) -> anyhow::Result<Socket> {
    let mut socket = open(address, "/api/socket", None).await?;
    hello(&mut socket, ticket).await?;
    Ok(socket)
}

pub async fn open(address: SocketAddr, path: &str, source: Option<IpAddr>) -> anyhow::Result<Socket> {
    let stream = http::connect(address, source).await?;
    let config = WebSocketConfig::default().read_buffer_size(4_096);
    let (socket, _) = client_async_with_config(format!("ws://{address}{path}"), stream, Some(config))
        .await
        .with_context(|| format!("opening the socket {path}"))?;
    Ok(socket)
}

pub async fn hello(socket: &mut Socket, credential: &str) -> anyhow::Result<()> {
    let hello = json!({"type": "hello", "protocol": protocol::PROTOCOL, "credential": credential});
    say(socket, &hello.to_string()).await?;
    hear(socket, "welcome").await?;
    Ok(())
}

pub async fn say(socket: &mut Socket, frame: &str) -> anyhow::Result<()> {
    Ok(socket.send(Message::text(frame)).await?)
}

/// The next frame of a type; others in between are passed over.
pub async fn hear(socket: &mut Socket, kind: &str) -> anyhow::Result<String> {
    loop {
        let message = socket.next().await.context("the server closed")??;
        ensure!(!message.is_close(), "the server closed: {message}");
        if let Message::Text(text) = message {
            event(&text)?;
            let frame: Frame = serde_json::from_str(&text)?;
            if frame.kind == kind {
                return Ok(text.to_string());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, event};

    #[test]
    fn the_frames_of_both_servers_say_what_was_stored_and_what_arrived() {
        let acked = |frame| assert_eq!(event(frame).unwrap(), Event::Acked("a".into()));
        acked(r#"{"type":"ack","client_id":"a","seq":3}"#);
        acked(
            r#"{"type":"sent","client_id":"a","conversation_id":"9","seq":3,"created_at":1,"duplicate":false}"#,
        );
        let arrived = |frame, texts: &[&str]| {
            let texts = texts.iter().map(|text| (*text).into()).collect();
            assert_eq!(event(frame).unwrap(), Event::Delivered(texts));
        };
        arrived(r#"{"type":"message","seq":3,"text":"\"x\""}"#, &["\"x\""]);
        arrived(
            r#"{"type":"changed","conversation":{"id":"9"},"messages":[{"seq":3,"content":{"type":"text","text":"x"}},{"seq":4,"content":{"type":"notice","notice":{}}}]}"#,
            &["x"],
        );
        assert_eq!(event(r#"{"type":"pong"}"#).unwrap(), Event::Other);
        assert!(event(r#"{"type":"error","code":"rate_limited"}"#).is_err());
    }
}
