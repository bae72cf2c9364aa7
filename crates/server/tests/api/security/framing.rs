//! Requests whose length can be read in two ways (A42): refused, or read in one way only.

use crate::support::{http::raw, *};
use std::time::Duration;
use tokio::time::timeout;

async fn exchange(app: &TestApp, bytes: &[u8]) -> String {
    let answer = timeout(Duration::from_secs(3), raw(app.address, bytes)).await;
    String::from_utf8_lossy(&answer.unwrap_or_default()).into_owned()
}

#[tokio::test]
async fn nothing_is_smuggled_behind_a_request() {
    let app = TestApp::sqlite().await;
    let owner = app.owner().await;
    let inner =
        format!("GET /api/me HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncookie: {}\r\n\r\n", owner.cookie);
    let body = format!("0\r\n\r\n{inner}");
    for lengths in [
        format!("content-length: {}\r\ntransfer-encoding: chunked", body.len()),
        format!("transfer-encoding: chunked\r\ncontent-length: {}", body.len()),
        format!("content-length: 5\r\ncontent-length: {}", body.len()),
        "content-length: 5, 6".to_owned(),
        "content-length: +5".to_owned(),
        "content-length: -1".to_owned(),
        "content-length: 0x5".to_owned(),
        "content-length: 99999999999999999999".to_owned(),
        format!("transfer-encoding: identity, chunked\r\ncontent-length: {}", body.len()),
        format!("transfer-encoding: xchunked\r\ncontent-length: {}", body.len()),
        format!("transfer-encoding : chunked\r\ncontent-length: {}", body.len()),
        format!("transfer-encoding:\x0bchunked\r\ncontent-length: {}", body.len()),
        format!("x: y\r\n transfer-encoding: chunked\r\ncontent-length: {}", body.len()),
        format!("transfer-encoding\0: chunked\r\ncontent-length: {}", body.len()),
    ] {
        let request = format!("POST /api/login HTTP/1.1\r\nhost: x\r\n{lengths}\r\n\r\n{body}");
        let answer = exchange(&app, request.as_bytes()).await;
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{lengths:?}: {answer}");
        assert!(answer.starts_with("HTTP/1.1 4"), "{lengths:?}: {answer}");
        assert!(!answer.contains(&owner.email), "{lengths:?}");
    }
    for broken in ["GET\r\n\r\n", "GET /api/me\r\n\r\n", "\0\0\0\0\r\n\r\n", "GET /api/me HTTP/9.9\r\n\r\n"] {
        let answer = exchange(&app, format!("{broken}{inner}").as_bytes()).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{broken:?}: {answer}");
    }
    owner.get("/api/me").await.expect(200);
    app.close().await;
}
