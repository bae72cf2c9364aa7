//! A server that speaks the chat-completions protocol as a test wants it: well, badly, or with ill will.

use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinHandle,
    time::interval,
};

/// What it does with a question.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Says it in pieces, as a stream.
    Says(String),
    /// Says it at once, as one JSON object.
    Whole(String),
    /// The data of the events, as they are.
    Events(Vec<String>),
    Status(u16, String),
    /// Leads on to this address.
    Redirect(String),
    /// Never answers.
    Hang,
    /// Begins to answer, and then sends a byte now and then for ever.
    Drip,
    /// Text without end.
    Flood,
    /// One line without end.
    Line,
    /// Ends in the middle of the answer.
    Cut(String),
    /// Says these pieces, and nothing more: it goes on for ever.
    Begins(Vec<String>),
}

impl Reply {
    pub fn says(text: impl Into<String>) -> Self {
        Self::Says(text.into())
    }
}

/// A question that it got.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The head of the request, with its credential.
    pub head: String,
    pub body: Value,
}

impl Asked {
    /// Everything that the model would read.
    pub fn text(&self) -> String {
        let messages = self.body["messages"].as_array().cloned().unwrap_or_default();
        messages.iter().filter_map(|message| message["content"].as_str()).collect::<Vec<_>>().join("\n")
    }
}

/// A running server; it ends when it is dropped.
pub struct Stub {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// A permit for each question whose asker went before the end.
    left: Arc<Semaphore>,
    serving: JoinHandle<()>,
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Stub {
    /// On an address that stands for another host: the operator has to allow it. `script` gets the
    /// number of the question, from 0, and the question.
    pub async fn start(script: impl Fn(usize, &Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.2:0").await.unwrap_or_else(|error| panic!("{error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("{error}"));
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let left = Arc::new(Semaphore::new(0));
        let (noted, script, goes) = (Arc::clone(&asked), Arc::new(script), Arc::clone(&left));
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (noted, script, goes) = (Arc::clone(&noted), Arc::clone(&script), Arc::clone(&goes));
                tokio::spawn(async move {
                    let mut stream = stream;
                    let Some(question) = read(&mut stream).await else { return };
                    let number = {
                        let mut all = noted.lock().unwrap_or_else(PoisonError::into_inner);
                        all.push(question.clone());
                        all.len() - 1
                    };
                    let reply = script(number, &question);
                    let is_endless = matches!(reply, Reply::Begins(_));
                    // Whoever asked may have gone.
                    drop(answer(&mut stream, reply).await);
                    if is_endless {
                        drop(stream.read_u8().await);
                        goes.add_permits(1);
                    }
                });
            }
        });
        Self { address, asked, left, serving }
    }

    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// When somebody went who had been told the beginning of an answer without end.
    pub async fn left(&self) {
        let went = tokio::time::timeout(Duration::from_secs(10), self.left.acquire()).await;
        match went {
            Ok(Ok(permit)) => permit.forget(),
            _ => panic!("whoever asked is still there"),
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    })?;
    while bytes.len() < end + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let body = serde_json::from_slice(&bytes[end + 4..]).ok()?;
    Some(Asked { head, body })
}

const STREAM: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";

fn piece(text: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]})
}

/// The data of a stream that says the text, with what it cost.
pub fn events(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut all: Vec<Value> =
        letters.chunks(7).map(|piece_of| piece(&piece_of.iter().collect::<String>())).collect();
    all.push(json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}));
    all.push(json!({"choices": [], "usage": {"prompt_tokens": 120, "completion_tokens": 30}}));
    all.iter().map(Value::to_string).chain(["[DONE]".to_owned()]).collect()
}

/// The data of a stream that calls tools: names and arguments, these in pieces.
pub fn calls(of: &[(&str, &str)]) -> Vec<String> {
    let piece = |call: Value| json!({"choices": [{"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": null}]});
    let mut all = Vec::new();
    for (index, (name, arguments)) in of.iter().enumerate() {
        let function = json!({"name": name, "arguments": ""});
        all.push(piece(
            json!({"index": index, "id": format!("call_{index}"), "type": "function", "function": function}),
        ));
        let letters: Vec<char> = arguments.chars().collect();
        for part in letters.chunks(5) {
            let part: String = part.iter().collect();
            all.push(piece(json!({"index": index, "function": {"arguments": part}})));
        }
    }
    all.push(json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}));
    all.push(json!({"choices": [], "usage": {"prompt_tokens": 120, "completion_tokens": 30}}));
    all.iter().map(Value::to_string).chain(["[DONE]".to_owned()]).collect()
}

async fn answer(stream: &mut TcpStream, reply: Reply) -> std::io::Result<()> {
    let plain = |status: u16, kind: &str, headers: &str, body: &str| {
        format!(
            "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
    };
    let said = match reply {
        Reply::Says(text) => STREAM.to_owned() + &data(&events(&text)),
        Reply::Events(all) => STREAM.to_owned() + &data(&all),
        Reply::Cut(text) => STREAM.to_owned() + &data(&events(&text)[..2]),
        Reply::Whole(text) => {
            let body = json!({
                "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 120, "completion_tokens": 30, "total_tokens": 150},
            });
            plain(200, "application/json", "", &body.to_string())
        }
        Reply::Status(status, body) => plain(status, "application/json", "", &body),
        Reply::Redirect(to) => plain(307, "text/plain", &format!("location: {to}\r\n"), ""),
        Reply::Begins(pieces) => {
            let pieces: Vec<String> = pieces.iter().map(|text| piece(text).to_string()).collect();
            return stream.write_all((STREAM.to_owned() + &data(&pieces)).as_bytes()).await;
        }
        Reply::Hang => return std::future::pending().await,
        Reply::Drip => {
            stream.write_all(STREAM.as_bytes()).await?;
            let mut ticks = interval(Duration::from_millis(20));
            loop {
                ticks.tick().await;
                stream.write_all(b":").await?;
            }
        }
        Reply::Flood => {
            stream.write_all(STREAM.as_bytes()).await?;
            let piece = data(&events(&"泛滥".repeat(50))[..10]);
            loop {
                stream.write_all(piece.as_bytes()).await?;
            }
        }
        Reply::Line => {
            stream.write_all((STREAM.to_owned() + "data: {").as_bytes()).await?;
            loop {
                stream.write_all(&[b' '; 4096]).await?;
            }
        }
    };
    stream.write_all(said.as_bytes()).await?;
    stream.shutdown().await
}

fn data(events: &[String]) -> String {
    events.iter().flat_map(|event| ["data: ", event, "\n\n"]).collect()
}
