//! One connection: what arrives together goes to the writer together, and what the writer queued
//! since the last wake-up leaves in one flush.

use crate::writer::{Job, Writer};
use futures_util::{FutureExt, SinkExt, StreamExt};
use serde::Deserialize;
use std::borrow::Cow;
use tokio::{net::TcpStream, sync::mpsc};
use tokio_tungstenite::{
    WebSocketStream, accept_async_with_config,
    tungstenite::{Message, Utf8Bytes, protocol::WebSocketConfig},
};

/// Frames for one connection, in order.
pub type Frames = Vec<Utf8Bytes>;

/// Internally tagged enums make serde buffer; a flat struct does not.
#[derive(Deserialize)]
struct Command<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(default, borrow)]
    room: Cow<'a, str>,
    #[serde(default, borrow)]
    client_id: Cow<'a, str>,
    #[serde(default, borrow)]
    text: Cow<'a, str>,
}

pub async fn run(id: u64, stream: TcpStream, writer: Writer) {
    let config = WebSocketConfig::default().read_buffer_size(4096);
    let Ok(mut socket) = accept_async_with_config(stream, Some(config)).await else {
        return;
    };
    let (sender, mut outgoing) = mpsc::unbounded_channel();
    if writer.send(Job::Open { id, sender }).is_ok() {
        while turn(id, &mut socket, &mut outgoing, &writer).await.is_some() {}
    }
    // A writer that has stopped has forgotten the connection already.
    drop(writer.send(Job::Close { id }));
}

/// One wake-up; none ends the connection.
async fn turn(
    id: u64,
    socket: &mut WebSocketStream<TcpStream>,
    outgoing: &mut mpsc::UnboundedReceiver<Frames>,
    writer: &Writer,
) -> Option<()> {
    tokio::select! {
        first = socket.next() => {
            let mut next = Some(first);
            while let Some(frame) = next {
                if let Message::Text(text) = frame?.ok()? {
                    writer.send(parse(id, &text)?).ok()?;
                }
                next = socket.next().now_or_never();
            }
        }
        first = outgoing.recv() => {
            let mut next = Some(first?);
            while let Some(frames) = next {
                for frame in frames {
                    socket.feed(Message::Text(frame)).await.ok()?;
                }
                next = outgoing.try_recv().ok();
            }
            socket.flush().await.ok()?;
        }
    }
    Some(())
}

fn parse(id: u64, text: &str) -> Option<Job> {
    let command: Command = serde_json::from_str(text).ok()?;
    match &*command.kind {
        "send" => Some(Job::Append { id, client_id: command.client_id.into(), text: command.text.into() }),
        "join" => Some(Job::Join { id, room: command.room.into() }),
        _ => None,
    }
}
