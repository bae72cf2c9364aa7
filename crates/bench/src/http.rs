//! The little HTTP/1.1 that a measuring or testing client needs: one request a connection, JSON in
//! and out. Its own few lines, because only `outbound` may hold an HTTP client library, and that
//! one refuses loopback addresses.

use anyhow::{Context, bail, ensure};
use futures_util::future::BoxFuture;
use protocol::{
    account::{Me, Ticket},
    admin::ChannelList,
    visitor::VisitorSessionView,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// `name=value` of the first `Set-Cookie`.
    pub cookie: Option<String>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body, when the status is a success.
    pub fn json<T: DeserializeOwned>(&self) -> anyhow::Result<T> {
        let text = String::from_utf8_lossy(&self.body);
        ensure!(self.status < 300, "HTTP {}: {text}", self.status);
        serde_json::from_str(&text).with_context(|| format!("in the answer {text}"))
    }
}

/// A connection of any kind.
pub trait Line: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Line for T {}

type Dialled = BoxFuture<'static, anyhow::Result<Box<dyn Line>>>;

/// Another way to connect than TCP: a simulated network.
#[derive(Clone)]
pub struct Dial(Arc<dyn Fn(SocketAddr) -> Dialled + Send + Sync>);

impl Dial {
    pub fn new(dial: impl Fn(SocketAddr) -> Dialled + Send + Sync + 'static) -> Self {
        Self(Arc::new(dial))
    }
}

impl fmt::Debug for Dial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dial")
    }
}

/// Who asks.
#[derive(Clone, Debug, Default)]
pub struct Client {
    dial: Option<Dial>,
    /// Sent as `Cookie`, with `csrf` beside it.
    cookie: Option<String>,
    csrf: Option<String>,
    /// A visitor's session token.
    bearer: Option<String>,
    /// The local address to connect from.
    source: Option<IpAddr>,
}

/// Connects, from a chosen local address if there is one.
pub async fn connect(address: SocketAddr, source: Option<IpAddr>) -> anyhow::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if let Some(source) = source {
        socket.bind(SocketAddr::new(source, 0))?;
    }
    let stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

impl Client {
    pub fn from_address(source: IpAddr) -> Self {
        Self::default().at(source)
    }

    /// The same person at another address.
    #[must_use]
    pub const fn at(mut self, source: IpAddr) -> Self {
        self.source = Some(source);
        self
    }

    pub fn dialling(dial: Dial) -> Self {
        Self { dial: Some(dial), ..Self::default() }
    }

    /// The owner or another agent, logged in.
    pub async fn login(address: SocketAddr, email: &str, password: &str) -> anyhow::Result<Self> {
        Self::default().logged_in(address, email, password).await
    }

    pub async fn logged_in(
        mut self,
        address: SocketAddr,
        email: &str,
        password: &str,
    ) -> anyhow::Result<Self> {
        let body = json!({"email": email, "password": password});
        let answer = self.post(address, "/api/login", &body).await?;
        let me: Me = answer.json().context("logging in")?;
        self.cookie = answer.cookie;
        self.csrf = Some(me.csrf_token);
        Ok(self)
    }

    /// A connection as this client makes them.
    pub async fn connect(&self, address: SocketAddr) -> anyhow::Result<Box<dyn Line>> {
        match &self.dial {
            Some(Dial(dial)) => dial(address).await,
            None => Ok(Box::new(connect(address, self.source).await?)),
        }
    }

    /// A new visitor on the channel, and what the server said.
    pub async fn visitor(
        mut self,
        address: SocketAddr,
        channel: &str,
    ) -> anyhow::Result<(Self, VisitorSessionView)> {
        let body = json!({"channel": channel});
        let answer = self.post(address, "/api/visitor/session", &body).await?;
        let session: VisitorSessionView = answer.json().context("starting a visitor session")?;
        self.bearer = Some(session.token.clone());
        Ok((self, session))
    }

    /// The key of the first channel.
    pub async fn channel(&self, address: SocketAddr) -> anyhow::Result<String> {
        let list: ChannelList = self.get(address, "/api/channels").await?.json()?;
        let first = list.channels.into_iter().next();
        Ok(first.context("there is no channel")?.key)
    }

    /// Opens one agent socket.
    pub async fn ticket(&self, address: SocketAddr) -> anyhow::Result<String> {
        let answer = self.post(address, "/api/socket-ticket", &json!({})).await?;
        Ok(answer.json::<Ticket>().context("asking for a ticket")?.ticket)
    }

    pub async fn get(&self, address: SocketAddr, path: &str) -> anyhow::Result<Answer> {
        self.request(address, "GET", path, "").await
    }

    pub async fn post(&self, address: SocketAddr, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.request(address, "POST", path, &body.to_string()).await
    }

    /// Any method; without a body when it is empty.
    pub async fn request(
        &self,
        address: SocketAddr,
        method: &str,
        path: &str,
        body: &str,
    ) -> anyhow::Result<Answer> {
        let headers = [
            ("Host", Some(address.to_string())),
            ("Origin", Some(format!("http://{address}"))),
            ("Sec-Fetch-Site", Some("same-origin".to_owned())),
            ("Connection", Some("close".to_owned())),
            ("Cookie", self.cookie.clone()),
            ("X-Csrf-Token", self.csrf.clone()),
            ("Authorization", self.bearer.as_ref().map(|token| format!("Bearer {token}"))),
            ("Content-Type", Some("application/json".to_owned())),
            ("Content-Length", (method != "GET").then(|| body.len().to_string())),
        ];
        let lines = headers.into_iter().filter_map(|(name, value)| Some(format!("{name}: {}\r\n", value?)));
        let head = format!("{method} {path} HTTP/1.1\r\n{}", lines.collect::<String>());
        let mut stream = self.connect(address).await?;
        stream.write_all(format!("{head}\r\n{body}").as_bytes()).await?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await?;
        parse(&bytes).with_context(|| format!("{method} {path}"))
    }
}

fn parse(bytes: &[u8]) -> anyhow::Result<Answer> {
    let split = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    let split = split.context("the answer has no end of headers")?;
    let head = std::str::from_utf8(&bytes[..split])?;
    let mut body = bytes[split + 4..].to_vec();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let mut cookie = None;
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        match name.to_ascii_lowercase().as_str() {
            "set-cookie" if cookie.is_none() => {
                cookie = value.split(';').next().map(str::to_owned);
            }
            "transfer-encoding" => body = dechunk(&body)?,
            "content-length" if value.parse() != Ok(body.len()) => bail!("the answer is cut short"),
            _ => {}
        }
    }
    Ok(Answer { status: status.context("the answer has no status")?.parse()?, cookie, body })
}

fn dechunk(mut bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = bytes.windows(2).position(|window| window == b"\r\n");
        let line = line.context("a chunk has no length")?;
        let length = usize::from_str_radix(std::str::from_utf8(&bytes[..line])?, 16)?;
        if length == 0 {
            return Ok(body);
        }
        let chunk = bytes.get(line + 2..line + 2 + length);
        body.extend_from_slice(chunk.context("a chunk is cut short")?);
        bytes = bytes.get(line + 4 + length..).context("no next chunk")?;
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn an_answer_is_read_with_length_or_chunks_and_a_short_one_is_an_error() {
        let answer =
            parse(b"HTTP/1.1 201 Created\r\nset-cookie: a=b; Secure\r\nContent-Length: 2\r\n\r\n{}").unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (201, &b"{}"[..]));
        assert_eq!(answer.cookie.as_deref(), Some("a=b"));
        let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n";
        assert_eq!(parse(chunked).unwrap().body, b"abcd");
        assert!(parse(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}").is_err());
        assert!(parse(b"HTTP/1.1 200 OK\r\n").is_err());
    }
}
