//! A socket that a test speaks frame by frame. Frames that a test did not ask for yet wait in
//! the order in which they came.

use super::http::PATIENCE;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{collections::VecDeque, net::SocketAddr};
use tokio::{
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message, client::IntoClientRequest, handshake::client::Request, http::HeaderValue},
};

pub const VISITOR: &str = "/api/visitor/socket";
pub const STAFF: &str = "/api/socket";

pub struct Socket {
    pub stream: WebSocketStream<TcpStream>,
    waiting: VecDeque<Value>,
}

impl Socket {
    /// The handshake alone; the status when it is refused.
    pub async fn handshake(
        address: SocketAddr,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, u16> {
        let mut request = format!("ws://{address}{path}").into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().append(*name, HeaderValue::from_str(value).unwrap());
        }
        let tcp = TcpStream::connect(address).await.unwrap();
        tcp.set_nodelay(true).unwrap();
        Self::upgrade(request, tcp).await
    }

    async fn upgrade(request: Request, tcp: TcpStream) -> Result<Self, u16> {
        match timeout(PATIENCE, client_async(request, tcp)).await.expect("no answer to a handshake") {
            Ok((stream, _)) => Ok(Self { stream, waiting: VecDeque::new() }),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("handshake: {error}"),
        }
    }

    /// A visitor's that will read little and slowly: the kernel keeps next to nothing for it.
    pub async fn deaf(address: SocketAddr, token: &str) -> Self {
        let tcp = TcpSocket::new_v4().unwrap();
        tcp.set_recv_buffer_size(4_096).unwrap();
        let request = format!("ws://{address}{VISITOR}").into_client_request().unwrap();
        let mut socket = Self::upgrade(request, tcp.connect(address).await.unwrap()).await.unwrap();
        socket.hello(token).await;
        socket.until("welcome").await;
        socket
    }

    /// Connected, greeted and welcomed.
    pub async fn open(address: SocketAddr, path: &str, credential: &str) -> Self {
        let mut socket = Self::handshake(address, path, &[]).await.unwrap();
        socket.hello(credential).await;
        socket.until("welcome").await;
        socket
    }

    pub async fn hello(&mut self, credential: &str) {
        self.say(json!({"type": "hello", "protocol": protocol::PROTOCOL, "credential": credential})).await;
    }

    pub async fn say(&mut self, frame: Value) {
        self.raw(Message::text(frame.to_string())).await;
    }

    /// Several frames at once, without waiting for answers.
    pub async fn say_all(&mut self, frames: impl IntoIterator<Item = Value>) {
        for frame in frames {
            self.stream.feed(Message::text(frame.to_string())).await.unwrap();
        }
        self.stream.flush().await.unwrap();
    }

    /// Anything, whether the server likes it or not.
    pub async fn raw(&mut self, message: Message) {
        // A server that has closed meanwhile says why when the test reads.
        drop(timeout(PATIENCE, self.stream.send(message)).await.expect("the server does not read"));
    }

    async fn read(&mut self, wanted: &str) -> Value {
        loop {
            let read = timeout(PATIENCE, self.stream.next()).await;
            match read.unwrap_or_else(|_| panic!("no {wanted}; there are {}", self.heard())) {
                Some(Ok(Message::Text(text))) => {
                    return serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text:?}"));
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("no {wanted}, but {other:?}; there are {}", self.heard()),
            }
        }
    }

    /// What waits, in few words.
    fn heard(&self) -> String {
        self.waiting.iter().map(|frame| format!("{frame:.200} ")).take(20).collect()
    }

    /// The next frame of this type; others wait.
    pub async fn until(&mut self, kind: &str) -> Value {
        self.find(kind, |frame| frame["type"] == kind).await
    }

    /// The next frame that fits; others wait.
    pub async fn find(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        if let Some(place) = self.waiting.iter().position(&fits) {
            return self.waiting.remove(place).unwrap();
        }
        loop {
            let frame = self.read(what).await;
            if fits(&frame) {
                return frame;
            }
            self.waiting.push_back(frame);
        }
    }

    /// An `error` with this code.
    pub async fn refused(&mut self, code: &str) -> Value {
        let frame = self.until("error").await;
        assert_eq!(frame["code"], code, "{frame}");
        frame
    }

    /// All frames until the server has worked off what was said to it.
    pub async fn settled(&mut self) -> Vec<Value> {
        self.say(json!({"type": "ping"})).await;
        let mut frames: Vec<Value> = self.waiting.drain(..).collect();
        loop {
            let frame = self.read("pong").await;
            if frame["type"] == "pong" {
                return frames;
            }
            frames.push(frame);
        }
    }

    /// Drops the connection without a word, as a tunnel does.
    pub fn vanish(self) {
        drop(self);
    }

    /// Code and reason with which the server closes; frames before are passed over.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            match timeout(PATIENCE, self.stream.next()).await.expect("the server does not close") {
                Some(Ok(Message::Close(Some(frame)))) => {
                    return (frame.code.into(), frame.reason.to_string());
                }
                Some(Ok(Message::Close(None))) => return (1005, String::new()),
                Some(Ok(message)) => {
                    if let Message::Text(text) = message {
                        self.waiting.push_back(serde_json::from_str(&text).unwrap());
                    }
                }
                Some(Err(error)) => return (1006, error.to_string()),
                None => return (1006, "end of stream".to_owned()),
            }
        }
    }

    // What clients say.

    pub async fn text(&mut self, client_id: &str, conversation: Option<&str>, text: &str) {
        self.say(text_frame(client_id, conversation, text)).await;
    }

    /// Sends a text and awaits `sent`.
    pub async fn tell(&mut self, client_id: &str, conversation: Option<&str>, text: &str) -> Value {
        self.text(client_id, conversation, text).await;
        self.find("sent", |frame| frame["type"] == "sent" && frame["client_id"] == client_id).await
    }

    pub async fn watch(&mut self, conversation: &str) -> Value {
        self.say(json!({"type": "watch", "conversation_id": conversation})).await;
        self.stream_of(conversation).await
    }

    pub async fn resume(&mut self, conversation: &str, epoch: &str, after: i64) -> Value {
        let watch = json!({"type": "watch", "conversation_id": conversation, "epoch": epoch, "after": after});
        self.say(watch).await;
        self.stream_of(conversation).await
    }

    async fn stream_of(&mut self, conversation: &str) -> Value {
        let fits = |frame: &Value| frame["type"] == "stream" && frame["conversation_id"] == conversation;
        self.find("stream", fits).await
    }

    /// The `changed` frame that brings a message with this text.
    pub async fn hears(&mut self, text: &str) -> Value {
        let fits = |frame: &Value| {
            frame["type"] == "changed" && texts(&frame["messages"]).contains(&text.to_owned())
        };
        self.find(&format!("message {text:?}"), fits).await
    }
}

pub fn text_frame(client_id: &str, conversation: Option<&str>, text: &str) -> Value {
    json!({
        "type": "send", "client_id": client_id, "conversation_id": conversation,
        "content": {"type": "text", "text": text},
    })
}

/// The texts of a list of messages.
pub fn texts(messages: &Value) -> Vec<String> {
    let messages = messages.as_array().map(Vec::as_slice).unwrap_or_default();
    messages.iter().filter_map(|message| Some(message["content"]["text"].as_str()?.to_owned())).collect()
}

/// The places of a list of messages.
pub fn seqs(messages: &Value) -> Vec<i64> {
    messages.as_array().unwrap().iter().map(|message| message["seq"].as_i64().unwrap()).collect()
}
