//! A WebSocket echo with exactly the socket settings of the product, for the Autobahn|Testsuite
//! (`make torture`): it speaks to echo servers only, and ours wants a `hello` first.
//! Call: `websocket_echo ADDRESS`

use axum::{
    Router,
    extract::{
        WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    response::Response,
    routing::any,
};
use futures_util::StreamExt as _;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:9001".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await?;
    let router = Router::new().route("/", any(upgrade));
    Ok(axum::serve(listener, router).await?)
}

async fn upgrade(upgrade: WebSocketUpgrade) -> Response {
    server::socket::sized(upgrade).on_upgrade(echo)
}

/// Ends with the first error, as the product's connections do.
async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.next().await {
        if matches!(message, Message::Text(_) | Message::Binary(_)) && socket.send(message).await.is_err() {
            return;
        }
    }
}
