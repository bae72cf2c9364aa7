//! The guard against real connections on loopback: `127.0.0.2` stands for a public host (the
//! operator allows it), `127.0.0.1` for what must never be reached.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use outbound::{Allowed, Client, Error, Limits, Names, Refusal, Request};
use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A server that gives prepared answers, and what it was asked.
struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(ip: &str, port: u16, answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((ip, port)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let answer = Arc::new(answer);
        let (counted, noted) = (Arc::clone(&connections), Arc::clone(&requests));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, Arc::clone(&answer), Arc::clone(&noted)));
            }
        });
        Self { address, connections, requests }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    fn last(&self) -> String {
        self.requests.lock().unwrap().last().cloned().unwrap_or_default()
    }
}

async fn serve(mut stream: TcpStream, answer: Arc<impl Fn(&str) -> String>, noted: Arc<Mutex<Vec<String>>>) {
    let mut text = String::new();
    let mut bytes = [0; 4096];
    while !text.contains("\r\n\r\n") {
        let Ok(read @ 1..) = stream.read(&mut bytes).await else { return };
        text.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
    noted.lock().unwrap().push(text.clone());
    let said = answer(text.split(' ').nth(1).unwrap_or_default());
    drop(stream.write_all(said.as_bytes()).await);
    if said.contains("content-length: 9999") {
        std::future::pending::<()>().await; // promises more than it ever sends
    }
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn to(location: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
}

const fn ip(last: u8) -> IpAddr {
    IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, last))
}

fn client(names: Names) -> Client {
    Client::new(Allowed::new(vec!["127.0.0.2/32".parse().unwrap()]), names).unwrap()
}

fn refusal<T>(answer: Result<T, Error>) -> Refusal {
    match answer {
        Err(Error::Refused(refusal)) => refusal,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was answered"),
    }
}

#[tokio::test]
async fn private_hosts_are_never_connected_to() {
    let canary = Server::start("127.0.0.1", 0, |_| ok("secret")).await;
    let port = canary.address.port();
    let names = Names::scripted([
        ("private.example", vec![vec![ip(1)]]),
        ("mixed.example", vec![vec![ip(2), ip(1)]]),
    ]);
    let client = client(names);
    for host in [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "[::ffff:127.0.0.1]",
        "localhost",
        "private.example",
        "mixed.example",
    ] {
        let answer = client.send(Request::get(format!("http://{host}:{port}/"))).await;
        assert_eq!(refusal(answer), Refusal::Private, "{host}");
    }
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn name_that_changes_its_mind_gains_nothing() {
    let good = Server::start("127.0.0.2", 0, |_| ok("public")).await;
    let port = good.address.port();
    let canary = Server::start("127.0.0.1", port, |_| ok("secret")).await;
    let client = client(Names::scripted([("rebind.example", vec![vec![ip(2)], vec![ip(1)]])]));
    let url = format!("http://rebind.example:{port}/");
    assert_eq!(client.send(Request::get(&url)).await.unwrap().body, "public");
    assert_eq!(refusal(client.send(Request::get(&url)).await), Refusal::Private);
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn redirects_are_looked_at_again_and_lose_credentials() {
    let canary = Server::start("127.0.0.1", 0, |_| ok("secret")).await;
    let inner = canary.address;
    let other = Server::start("127.0.0.2", 0, |_| ok("other")).await;
    let beside = other.address;
    let first = Server::start("127.0.0.2", 0, move |path| match path {
        "/inside" => to(&format!("http://{inner}/")),
        "/file" => to("file:///etc/passwd"),
        "/other" => to(&format!("http://{beside}/")),
        "/here" => to("/found"),
        "/found" => ok("found"),
        _ => to("/again"),
    })
    .await;
    let client = client(Names::scripted([]));
    let ask = |path: &str| Request::get(format!("http://{}{path}", first.address)).bearer("s3cret");
    assert_eq!(refusal(client.send(ask("/inside")).await), Refusal::Private);
    assert_eq!(refusal(client.send(ask("/file")).await), Refusal::Scheme);
    assert_eq!(refusal(client.send(ask("/loop")).await), Refusal::Redirects);
    assert_eq!(canary.connections(), 0);
    assert_eq!(client.send(ask("/here")).await.unwrap().body, "found");
    assert!(first.last().contains("Bearer s3cret"));
    assert_eq!(client.send(ask("/other")).await.unwrap().body, "other");
    assert!(!other.last().contains("s3cret"), "{}", other.last());
    // What changes something is not repeated elsewhere.
    let posted = Request::post_json(format!("http://{}/other", first.address), "{}");
    assert_eq!(client.send(posted).await.unwrap().status, 302);
    assert!(!format!("{:?}", ask("/")).contains("s3cret"));
}

#[tokio::test]
async fn answers_are_bounded_in_size_and_time() {
    let server = Server::start("127.0.0.2", 0, |path| match path {
        "/large" => ok(&"x".repeat(2_000)),
        _ => "HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\nbegun".to_owned(),
    })
    .await;
    let client = client(Names::scripted([]));
    let limits = Limits { total: Duration::from_millis(300), bytes: 1_000 };
    let ask = |path: &str| Request::get(format!("http://{}{path}", server.address)).within(limits);
    assert!(matches!(client.send(ask("/large")).await, Err(Error::TooLarge(1_000))));
    assert!(matches!(client.send(ask("/slow")).await, Err(Error::Timeout)));
}

#[tokio::test]
async fn server_that_keeps_failing_rests() {
    let listener = TcpListener::bind("127.0.0.2:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = client(Names::scripted([]));
    let ask = || Request::get(format!("http://{address}/"));
    for _ in 0..5 {
        assert!(matches!(client.send(ask()).await, Err(Error::Unreachable(_))));
    }
    assert!(matches!(client.send(ask()).await, Err(Error::Resting(_))));
}
