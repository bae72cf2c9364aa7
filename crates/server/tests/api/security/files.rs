//! Uploads: what is taken in, whose it is, and how it is handed out (A16, A17, A19, A20).

use super::samples::{bomb, picture};
use crate::support::*;

async fn send_file(visitor: &Visitor, file: &str) -> Answer {
    let body = json!({"client_id": unique("f"), "content": {"type": "file", "attachment_id": file}});
    visitor.post("/api/visitor/messages", &body).await
}

fn id(answer: Answer) -> String {
    answer.expect(201).json()["id"].as_str().unwrap().to_owned()
}

both! {
    async fn file_is_its_senders_and_sent_once(app: &TestApp) {
        let (visitor, other) = (app.visitor().await, app.visitor().await);
        let agent = app.agent("甲", "supervisor").await;
        let file = id(visitor.upload("a.png", "image/png", picture()).await);
        // Nobody else sends it, over HTTP or a socket.
        send_file(&other, &file).await.refused(409, "file_used");
        let conversation = other.opens("你好").await;
        let content = json!({"type": "file", "attachment_id": file});
        let mut desk = agent.connect().await;
        desk.say(json!({"type": "send", "client_id": "d1", "conversation_id": conversation, "content": content})).await;
        desk.refused("file_used").await;
        send_file(&visitor, "1").await.refused(409, "file_used");
        // Once; of many at once, one.
        let sends: Vec<_> = (0..4).map(|_| send_file(&visitor, &file)).collect();
        let mut statuses: Vec<u16> =
            futures_util::future::join_all(sends).await.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409]);
        send_file(&visitor, &file).await.refused(409, "file_used");
        agent.get(&format!("/api/files/{file}")).await.expect(200);
        agent.get(&format!("/api/files/{file}/thumbnail")).await.expect(200);
        other.get(&format!("/api/visitor/files/{file}")).await.refused(404, "not_found");
        app.settle().await;
    }

    async fn upload_that_nobody_sends_is_swept_and_one_that_is_sent_stays(app: &TestApp) {
        let visitor = app.visitor().await;
        let (kept, left) = (
            id(visitor.upload("a.png", "image/png", picture()).await),
            id(visitor.upload("b.png", "image/png", picture()).await),
        );
        send_file(&visitor, &kept).await.expect(201);
        app.settle().await;
        let own = |file: &str| format!("/api/visitor/files/{file}");
        visitor.get(&own(&left)).await.expect(200);
        app.clock.advance(DAY + SECOND);
        service::jobs::sweep(&app.state.services).await;
        visitor.get(&own(&left)).await.refused(404, "not_found");
        send_file(&visitor, &left).await.refused(409, "file_used");
        visitor.get(&own(&kept)).await.expect(200);
        app.settle().await;
    }

    async fn file_is_stored_whole_and_under_a_harmless_name(app: &TestApp) {
        let visitor = app.visitor().await;
        for (sent, stored) in [
            ("..%2F..%2Fetc%2Fpasswd.txt", "passwd.txt"),
            ("..%5C..%5Cboot.txt", "boot.txt"),
            ("C%3A%5Ccon.txt", "_con.txt"),
            ("a%00b.txt", "ab.txt"),
            ("%E2%80%AEtxt.exe.txt", "txt.exe.txt"),
            ("%22%0d%0aX-Evil%3a1%22.txt", "_X-Evil_1_.txt"),
            ("%3Cimg%20src%3Dx%3E.txt", "_img src=x_.txt"),
            ("", "file.txt"),
        ] {
            let file = visitor.upload(sent, "text/plain", "你好\n").await.expect(201).json();
            let name = file["name"].as_str().unwrap();
            assert!(!name.contains(['/', '\\', '\0', '\n', '\r', '"', '\u{202e}']), "{sent}: {name}");
            assert!(name == stored || sent.is_empty(), "{sent}: {name}");
            let path = format!("/api/visitor/files/{}", file["id"].as_str().unwrap());
            let served = visitor.get(&path).await.expect(200);
            assert_eq!(served.text(), "你好\n");
            let disposition = served.header("content-disposition").unwrap();
            assert!(disposition.starts_with("attachment; filename="), "{disposition}");
            assert_eq!(served.header("x-evil"), None);
        }
    }
}

#[tokio::test]
async fn what_a_browser_would_run_or_what_lies_is_refused() {
    let app = TestApp::sqlite().await;
    let visitor = app.visitor().await;
    let owner = app.owner().await;
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>";
    let html = "<!doctype html><script>alert(1)</script>";
    let mut polyglot = b"GIF89a/*".to_vec();
    polyglot.extend(b"*/=1;alert(1)");
    let cases: Vec<(&str, &str, Vec<u8>, u16, &str)> = vec![
        ("a.txt", "text/plain", Vec::new(), 422, "file_empty"),
        ("a.html", "text/html", html.into(), 415, "file_type_not_allowed"),
        ("a.svg", "image/svg+xml", svg.into(), 415, "file_type_not_allowed"),
        ("a.xml", "application/xml", "<?xml version=\"1.0\"?><a/>".into(), 415, "file_type_not_allowed"),
        ("a.js", "text/javascript", "alert(1)".into(), 415, "file_type_not_allowed"),
        ("a.exe", "application/octet-stream", b"MZ\x90\0".to_vec(), 415, "file_type_not_allowed"),
        // Called a text, which it is.
        ("a.txt", "text/plain", html.into(), 415, "file_type_not_allowed"),
        ("a.txt", "text/plain", svg.into(), 415, "file_type_not_allowed"),
        ("a.md", "", "#!/bin/sh\nrm -rf /\n".into(), 415, "file_type_not_allowed"),
        ("a.png", "image/png", html.into(), 415, "file_mismatch"),
        ("a.png", "image/png", svg.into(), 415, "file_mismatch"),
        ("a.png", "text/html", picture(), 415, "file_mismatch"),
        ("a.html", "image/png", picture(), 415, "file_mismatch"),
        ("a.pdf", "application/pdf", picture(), 415, "file_mismatch"),
        ("a.gif", "image/gif", polyglot, 422, "image_too_large"),
        ("a.png", "image/png", picture()[..100].to_vec(), 422, "image_broken"),
        ("a.png", "image/png", bomb(), 422, "image_too_large"),
    ];
    for (name, kind, bytes, status, code) in cases {
        let answer = visitor.upload(name, kind, bytes.clone()).await;
        // Which of the two says it first is a detail; that nothing is stored is not.
        let refused =
            answer.status == status && answer.code() == code || status == 415 && answer.status == 415;
        assert!(refused, "{name} {kind}: {} {}", answer.status, answer.text());
        let path = format!("/api/uploads?name={name}");
        let answer = owner.request("POST", &path).bytes(kind, bytes).send(app.address).await;
        assert!(answer.status == status, "{name} {kind} of staff: {}", answer.text());
    }
    app.close().await;
}

#[tokio::test]
async fn upload_is_limited_whatever_length_it_says() {
    let app = TestApp::sqlite().await;
    let visitor = app.visitor().await;
    let large = vec![b'a'; 20 * 1024 * 1024 + 1];
    visitor.upload("a.txt", "text/plain", large.clone()).await.refused(413, "file_too_large");
    // Without a length: the same.
    let head = format!(
        "POST /api/visitor/uploads?name=a.txt HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\
         authorization: Bearer {}\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n",
        app.address, visitor.token
    );
    let mut chunked = head.into_bytes();
    for chunk in large.chunks(1 << 20) {
        chunked.extend(format!("{:x}\r\n", chunk.len()).as_bytes());
        chunked.extend(chunk);
        chunked.extend(b"\r\n");
    }
    chunked.extend(b"0\r\n\r\n");
    let answer = support::http::raw(app.address, &chunked).await;
    assert!(String::from_utf8_lossy(&answer).contains("file_too_large"));
    // The largest that is allowed.
    visitor.upload("a.txt", "text/plain", &large[1..]).await.expect(201);
    app.close().await;
}

#[tokio::test]
async fn file_is_handed_out_inert() {
    let app = TestApp::sqlite().await;
    let visitor = app.visitor().await;
    let owner = app.owner().await;
    for (name, kind, bytes) in [
        ("a.png", "image/png", picture()),
        ("a.txt", "text/plain", html_in_text()),
        ("a.csv", "text/csv", b"=1+1,<b>".to_vec()),
        ("a.pdf", "application/pdf", b"%PDF-1.4\n1 0 obj<</JS(app.alert(1))>>endobj\n%%EOF".to_vec()),
    ] {
        let file = id(visitor.upload(name, kind, bytes).await);
        send_file(&visitor, &file).await.expect(201);
        for answer in [
            visitor.get(&format!("/api/visitor/files/{file}")).await.expect(200),
            owner.get(&format!("/api/files/{file}")).await.expect(200),
        ] {
            let header = |name: &str| answer.header(name).unwrap_or_default();
            assert!(header("content-type").starts_with(kind), "{name}: {}", header("content-type"));
            assert_eq!(header("x-content-type-options"), "nosniff");
            assert_eq!(header("content-security-policy"), "default-src 'none'; sandbox");
            assert!(
                header("cache-control").contains("no-store") && header("cache-control").contains("private")
            );
            let shown = if kind == "image/png" { "inline;" } else { "attachment;" };
            assert!(header("content-disposition").starts_with(shown), "{name}");
        }
    }
    app.settle().await;
    app.close().await;
}

fn html_in_text() -> Vec<u8> {
    b"notes: <script>alert(1)</script>".to_vec()
}

use crate::support;
