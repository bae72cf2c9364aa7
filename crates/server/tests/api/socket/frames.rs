//! Bad frames: each is answered, none harms the process, and too many end the connection.

use crate::support::*;
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame, FrameHeader,
        coding::{Data, OpCode},
    },
};

/// What a server says and a client may not.
const EVENTS: [&str; 9] =
    ["welcome", "sent", "stream", "changed", "inbox", "hidden", "presence", "resync", "error"];

async fn both_sides(app: &TestApp) -> [Socket; 2] {
    let visitor = app.visitor().await;
    visitor.opens("你好").await;
    app.settle().await;
    [visitor.connect().await, app.owner().await.at_inbox().await]
}

#[tokio::test]
async fn malformed_frame_is_answered_with_its_reason() {
    let app = TestApp::sqlite().await;
    let id = app.visitor().await.opens("你好").await;
    let deep = format!("{{\"type\":\"send\",\"client_id\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
    for (frame, code) in [
        ("", "invalid_body"),
        ("{", "invalid_body"),
        ("null", "invalid_body"),
        ("[]", "invalid_body"),
        ("[\"ping\"]", "invalid_body"),
        ("\"ping\"", "invalid_body"),
        ("{\"type\":\"ping\"} x", "invalid_body"),
        (deep.as_str(), "invalid_body"),
        ("{}", "unknown_frame"),
        ("{\"type\":null}", "unknown_frame"),
        ("{\"type\":5}", "invalid_body"),
        ("{\"type\":\"Ping\"}", "unknown_frame"),
        ("{\"type\":\"ping\",\"x\":1}", "unknown_field"),
        ("{\"type\":\"ping\",\"type\":\"ping\"}", "invalid_body"),
        (r#"{"type":"watch","conversation_id":7}"#, "invalid_body"),
        (r#"{"type":"watch","conversation_id":"x"}"#, "invalid_body"),
        (r#"{"type":"watch","conversation_id":"9223372036854775808"}"#, "invalid_body"),
        (r#"{"type":"watch"}"#, "invalid_body"),
        (r#"{"type":"receipt","conversation_id":"1","delivered":1.5,"read":1}"#, "invalid_body"),
        (r#"{"type":"receipt","conversation_id":"1","delivered":1e400,"read":1}"#, "invalid_body"),
        (r#"{"type":"send","client_id":"a","content":{"type":"notice"}}"#, "invalid_body"),
        (r#"{"type":"send","client_id":"a","content":{"text":"x"}}"#, "invalid_body"),
        (
            r#"{"type":"send","client_id":"a","content":{"type":"text","text":"x","html":"y"}}"#,
            "unknown_field",
        ),
        (r#"{"type":"send","client_id":"a","content":{"type":"text","text":"\ud800"}}"#, "invalid_body"),
        // Nobody says who speaks (A11).
        (
            r#"{"type":"send","client_id":"a","sender":"system","content":{"type":"text","text":"x"}}"#,
            "unknown_field",
        ),
        (
            r#"{"type":"send","client_id":"a","agent_id":"1","content":{"type":"text","text":"x"}}"#,
            "unknown_field",
        ),
        (r#"{"type":"typing","conversation_id":"1","active":true,"side":"staff"}"#, "unknown_field"),
    ] {
        for mut socket in [app.visitor().await.connect().await, app.owner().await.connect().await] {
            socket.raw(Message::text(frame)).await;
            let answer = socket.until("error").await;
            assert_eq!(answer["code"], code, "{frame:.80}");
            // The connection goes on.
            socket.settled().await;
        }
    }
    assert_eq!(app.owner().await.conversation(&id).await["last_seq"], 1);
    app.close().await;
}

#[tokio::test]
async fn event_types_of_the_server_are_no_commands() {
    let app = TestApp::sqlite().await;
    let [mut window, mut desk] = both_sides(&app).await;
    for kind in EVENTS {
        for mut socket in [app.visitor().await.connect().await, app.owner().await.connect().await] {
            socket.say(json!({"type": kind, "conversation": {}, "messages": [], "conversations": []})).await;
            socket.refused("unknown_frame").await;
        }
    }
    for bystander in [&mut window, &mut desk] {
        let heard = bystander.settled().await;
        assert!(heard.iter().all(|frame| frame["type"] == "presence"), "{heard:?}");
    }
    app.close().await;
}

#[tokio::test]
async fn fifth_malformed_frame_within_a_minute_closes_the_connection() {
    let app = TestApp::sqlite().await;
    for mut socket in both_sides(&app).await {
        for _ in 0..4 {
            socket.raw(Message::text("{")).await;
            socket.refused("invalid_body").await;
        }
        socket.raw(Message::text("{")).await;
        assert_eq!(socket.closed().await.0, 4002);
    }
    app.close().await;
}

#[tokio::test]
async fn binary_broken_and_oversized_messages_close_the_connection() {
    let app = TestApp::sqlite().await;
    let large = |size: usize| Message::text(format!("{{\"type\":\"ping\",\"x\":\"{}\"}}", "x".repeat(size)));
    // A text message whose bytes are no text (Mattermost CVE-2025-12689).
    let header =
        FrameHeader { opcode: OpCode::Data(Data::Text), mask: Some([1, 2, 3, 4]), ..FrameHeader::default() };
    let broken = Message::Frame(Frame::from_payload(header, vec![b'{', 0xff, 0xfe, b'}'].into()));
    for (message, code) in [
        (Message::binary("{\"type\":\"ping\"}"), 4002),
        (broken, 4002),
        (large(70_000), 1009),
        (large(5_000_000), 1009),
    ] {
        for mut socket in both_sides(&app).await {
            socket.raw(message.clone()).await;
            let (closed, reason) = socket.closed().await;
            assert_eq!(closed, code, "{reason}");
        }
    }
    // The largest that is allowed is read.
    for mut socket in both_sides(&app).await {
        socket.raw(large(60_000)).await;
        socket.refused("unknown_field").await;
    }
    app.close().await;
}

#[tokio::test]
async fn commands_out_of_order_are_refused_and_harmless() {
    let app = TestApp::sqlite().await;
    let visitor = app.visitor().await;
    let id = visitor.opens("你好").await;
    let [mut window, mut desk] = [visitor.connect().await, app.owner().await.connect().await];
    for socket in [&mut window, &mut desk] {
        socket.hello("x").await;
        socket.refused("unknown_frame").await;
        socket.say(json!({"type": "unwatch", "conversation_id": "1"})).await;
        socket.say(json!({"type": "unwatch", "conversation_id": id})).await;
        assert!(socket.settled().await.iter().all(|frame| frame["type"] == "presence"));
        socket.say(json!({"type": "watch", "conversation_id": id, "epoch": app.epoch()})).await;
        assert_eq!(socket.until("stream").await["recovered"], false);
    }
    let mut desk = app.owner().await.connect().await;
    desk.say(json!({"type": "typing", "conversation_id": id, "active": true})).await;
    assert_eq!(desk.refused("not_watched").await["conversation_id"], json!(id));
    desk.text("a1", None, "给谁").await;
    assert_eq!(desk.until("error").await["client_id"], "a1");
    app.close().await;
}
