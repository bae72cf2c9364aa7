//! The first frame: who may open a socket, and what happens to everybody else (A03).

use crate::support::{
    socket::{STAFF, VISITOR},
    *,
};
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

async fn fresh(app: &TestApp, path: &str) -> Socket {
    Socket::handshake(app.address, path, &[]).await.unwrap()
}

#[tokio::test]
async fn anything_but_a_hello_first_is_refused() {
    let app = TestApp::sqlite().await;
    for path in [STAFF, VISITOR] {
        for first in [
            Message::text(""),
            Message::text("hello"),
            Message::text("{}"),
            Message::text("[]"),
            Message::text(r#"{"type":"ping"}"#),
            Message::text(r#"{"type":"hello"}"#),
            Message::text(r#"{"type":"hello","protocol":1,"credential":7}"#),
            Message::text(r#"{"type":"hello","protocol":1,"credential":"x","admin":true}"#),
            Message::text(r#"{"type":"hello","protocol":-1,"credential":"x"}"#),
            Message::binary(r#"{"type":"hello","protocol":1,"credential":"x"}"#),
            Message::binary(vec![0, 159, 146, 150]),
        ] {
            let mut socket = fresh(&app, path).await;
            socket.raw(first.clone()).await;
            socket.refused("hello_expected").await;
            assert_eq!(socket.closed().await.0, 4002, "{first:?}");
        }
        let mut socket = fresh(&app, path).await;
        socket.say(json!({"type": "hello", "protocol": 0, "credential": "x"})).await;
        socket.refused("protocol_too_old").await;
        assert_eq!(socket.closed().await, (4002, "protocol_too_old".to_owned()));
    }
    app.close().await;
}

#[tokio::test]
async fn credential_of_another_kind_opens_nothing() {
    let app = TestApp::sqlite().await;
    let (owner, visitor) = (app.owner().await, app.visitor().await);
    let session = owner.cookie.split_once('=').unwrap().1.to_owned();
    let ticket = owner.ticket().await;
    let corpus = ["", "x", "null", "vs_", "tk_", "' or ''='", "\u{0}", &"x".repeat(10_000)];
    for wrong in corpus.into_iter().chain([session.as_str(), visitor.token.as_str(), &owner.csrf]) {
        let mut socket = fresh(&app, STAFF).await;
        socket.hello(wrong).await;
        socket.refused("invalid_ticket").await;
        assert_eq!(socket.closed().await.0, 4001, "{wrong}");
    }
    for wrong in corpus.into_iter().chain([session.as_str(), ticket.as_str(), &owner.csrf]) {
        let mut socket = fresh(&app, VISITOR).await;
        socket.hello(wrong).await;
        socket.refused("invalid_session").await;
        assert_eq!(socket.closed().await.0, 4001, "{wrong}");
    }
    // A visitor's token is no ticket, but a ticket that nobody used is still good.
    Socket::open(app.address, STAFF, &ticket).await;
    // The session's cookie in the handshake changes nothing.
    let mut socket =
        Socket::handshake(app.address, STAFF, &[("cookie", owner.cookie.as_str())]).await.unwrap();
    socket.hello("").await;
    socket.refused("invalid_ticket").await;
    app.close().await;
}

#[tokio::test]
async fn whoever_says_nothing_is_let_go_after_ten_seconds() {
    let app = TestApp::sqlite().await;
    for path in [STAFF, VISITOR] {
        let mut socket = fresh(&app, path).await;
        // The server has the connection once it answers something on another one.
        Request::new("GET", "/livez").send(app.address).await.expect(200);
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(11)).await;
        tokio::time::resume();
        socket.refused("hello_expected").await;
        assert_eq!(socket.closed().await.0, 4002);
    }
    app.close().await;
}
