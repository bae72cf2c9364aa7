//! The bare reference server: sockets, one group-commit writer on SQLite or PostgreSQL, nothing else.
//! It is the yardstick of `octim bench`, so it does the least that a durable chat must do, as fast as
//! it can.
//! A client joins one room per connection (`{"type":"join","room":"7"}`) and sends
//! (`{"type":"send","client_id":"a","text":"…"}`); it gets `{"type":"ack","client_id","seq"}` once
//! the message is on disk, then the others in the room get `{"type":"message","seq","text"}`.

mod connection;
mod database;
mod postgres;
mod sqlite;
mod writer;

use anyhow::Context;
use database::Database;
pub use postgres::Scratch;
use std::path::{Path, PathBuf};
use tokio::net::TcpListener;

/// Serves until the process is killed. The messages are in the folder, or in the database at
/// `postgres_url`.
///
/// # Errors
/// When the address cannot be bound or the database cannot be opened.
pub async fn serve(listen: &str, folder: &Path, postgres_url: Option<String>) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    let listener = TcpListener::bind(listen).await.with_context(|| format!("binding {listen}"))?;
    serve_on(listener, folder.to_owned(), postgres_url).await
}

async fn serve_on(
    listener: TcpListener,
    folder: PathBuf,
    postgres_url: Option<String>,
) -> anyhow::Result<()> {
    let start = move || writer::start(Database::open(&folder, postgres_url.as_deref())?);
    let writer = tokio::task::spawn_blocking(start).await??;
    for id in 0.. {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(connection::run(id, stream, writer.clone()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use futures_util::{SinkExt, StreamExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

    async fn join(address: std::net::SocketAddr, room: &str) -> WebSocketStream<TcpStream> {
        let stream = TcpStream::connect(address).await.unwrap();
        let (mut socket, _) = client_async("ws://reference/", stream).await.unwrap();
        let join = format!(r#"{{"type":"join","room":"{room}"}}"#);
        socket.send(Message::text(join)).await.unwrap();
        assert_eq!(read(&mut socket).await, r#"{"type":"joined","seq":0}"#);
        socket
    }

    async fn read(socket: &mut WebSocketStream<TcpStream>) -> String {
        socket.next().await.unwrap().unwrap().to_string()
    }

    #[tokio::test]
    async fn a_message_is_acknowledged_and_reaches_the_others_of_its_room_only() {
        acknowledges_and_delivers(None).await;
    }

    #[tokio::test]
    async fn the_same_on_postgres() {
        let Ok(url) = std::env::var("OCTIM_TEST_POSTGRES_URL") else { return };
        let database = super::Scratch::create(&url, "reference_test").await.unwrap();
        acknowledges_and_delivers(Some(database.url.clone())).await;
        database.remove().await.unwrap();
    }

    async fn acknowledges_and_delivers(postgres_url: Option<String>) {
        let dir = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let path = dir.path().to_owned();
        let server = tokio::spawn(async move { super::serve_on(listener, path, postgres_url).await });

        let mut sender = join(address, "1").await;
        let mut reader = join(address, "1").await;
        let mut stranger = join(address, "2").await;
        for text in ["你好", "\"two\""] {
            let frame = serde_json::json!({"type": "send", "client_id": text, "text": text}).to_string();
            sender.send(Message::text(frame)).await.unwrap();
        }
        assert_eq!(read(&mut sender).await, r#"{"type":"ack","client_id":"你好","seq":1}"#);
        assert_eq!(read(&mut sender).await, r#"{"type":"ack","client_id":"\"two\"","seq":2}"#);
        assert_eq!(read(&mut reader).await, r#"{"type":"message","seq":1,"text":"你好"}"#);
        assert_eq!(read(&mut reader).await, r#"{"type":"message","seq":2,"text":"\"two\""}"#);
        let own = r#"{"type":"send","client_id":"x","text":"alone"}"#;
        stranger.send(Message::text(own)).await.unwrap();
        assert_eq!(read(&mut stranger).await, r#"{"type":"ack","client_id":"x","seq":1}"#);
        server.abort();
    }
}
