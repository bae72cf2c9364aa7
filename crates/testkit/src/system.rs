//! A business system that answers as a test wants it: well, badly, or with ill will.

use serde_json::Value;
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::interval,
};

/// What it does with a request.
#[derive(Clone, Debug)]
pub enum Reply {
    Json(Value),
    /// Status, type and body, as they are.
    Plain(u16, &'static str, String),
    /// Leads on to this address.
    Redirect(String),
    /// Never answers.
    Hang,
    /// Begins to answer, and then sends a byte now and then for ever.
    Drip,
    /// A body without end.
    Flood,
}

/// A request that it got.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The first line and the headers.
    pub head: String,
    pub body: String,
}

impl Asked {
    /// What stands in the first line behind the method.
    pub fn target(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// A running server; it ends when it is dropped.
pub struct System {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    serving: JoinHandle<()>,
}

impl Drop for System {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl System {
    /// On an address that stands for another host: the operator has to allow it.
    pub async fn start(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_on("127.0.0.2", script).await
    }

    /// On an address of this machine.
    pub async fn start_on(ip: &str, script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((ip, 0)).await.unwrap_or_else(|error| panic!("{error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("{error}"));
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (noted, script) = (Arc::clone(&asked), Arc::new(script));
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (noted, script) = (Arc::clone(&noted), Arc::clone(&script));
                tokio::spawn(async move {
                    let mut stream = stream;
                    let Some(question) = read(&mut stream).await else { return };
                    noted.lock().unwrap_or_else(PoisonError::into_inner).push(question.clone());
                    // Whoever asked may have gone.
                    drop(answer(&mut stream, script(&question)).await);
                });
            }
        });
        Self { address, asked, serving }
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
    let mut asked = Asked { head: String::from_utf8_lossy(&bytes[..end]).into_owned(), body: String::new() };
    let length = asked.header("content-length").and_then(|length| length.parse::<usize>().ok()).unwrap_or(0);
    while bytes.len() < end + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    asked.body = String::from_utf8_lossy(&bytes[end + 4..]).into_owned();
    Some(asked)
}

async fn answer(stream: &mut TcpStream, reply: Reply) -> std::io::Result<()> {
    const OPEN: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n";
    let plain = |status: u16, kind: &str, headers: &str, body: &str| {
        format!(
            "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
    };
    let said = match reply {
        Reply::Json(value) => plain(200, "application/json", "", &value.to_string()),
        Reply::Plain(status, kind, body) => plain(status, kind, "", &body),
        Reply::Redirect(to) => plain(302, "text/plain", &format!("location: {to}\r\n"), ""),
        Reply::Hang => return std::future::pending().await,
        Reply::Drip => {
            stream.write_all(OPEN).await?;
            let mut ticks = interval(Duration::from_millis(20));
            loop {
                ticks.tick().await;
                stream.write_all(b" ").await?;
            }
        }
        Reply::Flood => {
            stream.write_all(OPEN).await?;
            loop {
                stream.write_all(&[b' '; 4096]).await?;
            }
        }
    };
    stream.write_all(said.as_bytes()).await?;
    stream.shutdown().await
}
