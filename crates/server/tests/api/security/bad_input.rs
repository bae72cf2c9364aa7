//! Everything bad that a client can send, at one conversation: each gets its documented code, in
//! both languages, and the conversation goes on. (A disk that is full under load: `faults`.)

use super::samples::{bomb, picture};
use crate::support::{
    jwt,
    socket::{STAFF, VISITOR},
    *,
};
use model::Locale;
use protocol::ErrorCode;
use std::fs;
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame, FrameHeader,
        coding::{Data, OpCode},
    },
};

/// A visitor and an agent who talk, whatever else happens.
struct Talk<'a> {
    app: &'a TestApp,
    visitor: Visitor,
    id: String,
    window: Socket,
    desk: Socket,
    said: Vec<String>,
}

impl<'a> Talk<'a> {
    async fn begin(app: &'a TestApp) -> Self {
        let visitor = app.visitor().await;
        let id = visitor.opens("你好").await;
        let owner = app.owner().await;
        owner.act(&id, "accept").await;
        app.settle().await;
        let (window, mut desk) = (visitor.connect().await, owner.connect().await);
        desk.watch(&id).await;
        Self { app, visitor, id, window, desk, said: vec!["你好".to_owned()] }
    }

    /// A message of each side reaches the other one.
    async fn goes_on(&mut self, after: &str) {
        let (question, answer) = (format!("{after}？"), format!("{after}。"));
        self.window.tell(&unique("q"), Some(&self.id), &question).await;
        self.desk.hears(&question).await;
        self.desk.tell(&unique("a"), Some(&self.id), &answer).await;
        self.window.hears(&answer).await;
        self.said.extend([question, answer]);
    }

    /// The log has what was said, in order and nothing else.
    async fn end(self) {
        let mut found = Vec::new();
        let mut after = 0;
        loop {
            let path = format!("/api/visitor/conversations/{}/messages?after={after}&limit=100", self.id);
            let page = self.visitor.get(&path).await.expect(200).json();
            let Some(last) = seqs(&page["messages"]).last().copied() else { break };
            found.extend(texts(&page["messages"]));
            after = last;
        }
        assert_eq!(found, self.said);
        self.app.settle().await;
    }
}

/// Refused with this code, whose sentence is told in the language of the request.
async fn refused_in_both(app: &TestApp, request: &Request, code: ErrorCode) {
    for (header, locale) in [("zh-CN", Locale::ZhCn), ("en", Locale::En)] {
        let answer = request.clone().header("accept-language", header).send(app.address).await;
        let problem = answer.refused(code.status(), code.code()).json();
        assert_eq!(problem["title"], code.sentence(locale), "{} in {header}", code.code());
    }
}

#[tokio::test]
async fn frames() {
    let app = TestApp::sqlite().await;
    let mut talk = Talk::begin(&app).await;
    let id = talk.id.clone();
    for (frame, code) in [
        ("{\"type\":\"send\"".to_owned(), "invalid_body"),
        ("{\"type\":\"send\",\"client_id\":7}".to_owned(), "invalid_body"),
        ("{\"type\":\"ping\",\"colour\":\"red\"}".to_owned(), "unknown_field"),
        ("{\"type\":\"changed\"}".to_owned(), "unknown_frame"),
        // Out of order.
        (json!({"type": "hello", "protocol": 1, "credential": "x"}).to_string(), "unknown_frame"),
        (
            json!({"type": "receipt", "conversation_id": id, "delivered": 999, "read": 999}).to_string(),
            "ahead_of_log",
        ),
        (json!({"type": "typing", "conversation_id": "1", "active": true}).to_string(), "not_found"),
    ] {
        // Few enough of one minute that the connection stays.
        talk.window = talk.visitor.connect().await;
        talk.window.raw(Message::text(frame)).await;
        talk.window.refused(code).await;
        talk.goes_on(code).await;
    }
    let header =
        FrameHeader { opcode: OpCode::Data(Data::Text), mask: Some([1, 2, 3, 4]), ..FrameHeader::default() };
    for (what, message, close) in [
        ("oversized", Message::text("x".repeat(70_000)), 1009),
        ("binary", Message::binary("{\"type\":\"ping\"}"), 4002),
        ("non-UTF-8", Message::Frame(Frame::from_payload(header, vec![b'{', 0xff, 0xfe].into())), 4002),
    ] {
        talk.window.raw(message).await;
        assert_eq!(talk.window.closed().await.0, close, "{what}");
        talk.window = talk.visitor.connect().await;
        talk.goes_on(what).await;
    }
    talk.end().await;
    app.close().await;
}

#[tokio::test]
async fn bodies() {
    let app = TestApp::sqlite().await;
    let mut talk = Talk::begin(&app).await;
    let request = talk.visitor.request("POST", "/api/visitor/messages");
    let with = |text: &str| {
        let body = json!({"client_id": unique("b"), "content": {"type": "text", "text": text}});
        request.clone().json(&body)
    };
    let unknown = json!({"client_id": "u", "sender": "system", "content": {"type": "text", "text": "x"}});
    let bytes = |bytes: &[u8]| request.clone().bytes("application/json", bytes);
    for (request, code) in [
        (bytes(b"{"), ErrorCode::InvalidBody),
        (bytes(b"{\"a\":\"\xff\"}"), ErrorCode::NotText),
        (bytes(" ".repeat(70_000).as_bytes()), ErrorCode::TooLarge),
        (request.clone().bytes("text/plain", "{}"), ErrorCode::UnsupportedMediaType),
        (request.clone().json(&unknown), ErrorCode::UnknownField),
        (with("\u{200b}\u{202e}\u{feff}"), ErrorCode::EmptyMessage),
        (with(&"字".repeat(4_001)), ErrorCode::MessageTooLong),
    ] {
        refused_in_both(&app, &request, code).await;
        talk.goes_on(code.code()).await;
    }
    talk.end().await;
    app.close().await;
}

#[tokio::test]
async fn text_that_is_hostile_arrives_as_text() {
    let app = TestApp::sqlite().await;
    let mut talk = Talk::begin(&app).await;
    for text in [
        "<b>粗</b><img src=x onerror=alert(1)>",
        "<script>alert(1)</script>",
        "\u{202e}exe.txt\u{202c} \u{2066}\u{2069}",
        "a\u{200b}b\u{200d}c\u{feff}d",
        "${7*7}{{7*7}}<%= 7*7 %>",
    ] {
        talk.goes_on(text).await;
    }
    talk.end().await;
    app.close().await;
}

#[tokio::test]
async fn uploads() {
    let app = TestApp::sqlite().await;
    let mut talk = Talk::begin(&app).await;
    let limit = 20 * 1024 * 1024;
    let upload = |name: &str, kind: &str, bytes: Vec<u8>| {
        talk.visitor.request("POST", &format!("/api/visitor/uploads?name={name}")).bytes(kind, bytes)
    };
    let refused = [
        (upload("a.txt", "text/plain", Vec::new()), ErrorCode::FileEmpty),
        (upload("a.txt", "text/plain", vec![b'a'; limit + 1]), ErrorCode::FileTooLarge),
        (upload("a.png", "image/png", bomb()), ErrorCode::ImageTooLarge),
        (upload("a.png", "image/png", picture()[..60].to_vec()), ErrorCode::ImageBroken),
        (upload("a.pdf", "application/pdf", picture()), ErrorCode::FileMismatch),
        (upload("a.png", "image/png", b"plain".to_vec()), ErrorCode::FileMismatch),
        (upload("a.html", "text/html", b"<p>".to_vec()), ErrorCode::FileTypeNotAllowed),
        (upload("a.svg", "image/svg+xml", b"<svg/>".to_vec()), ErrorCode::FileTypeNotAllowed),
        (upload("x%2F..%2Fa.exe", "text/plain", b"MZ".to_vec()), ErrorCode::FileTypeNotAllowed),
    ];
    let largest = upload("..%2F..%2F%E2%80%AEtxt.a.txt", "text/plain", vec![b'a'; limit]);
    for (request, code) in refused {
        refused_in_both(&app, &request, code).await;
        talk.goes_on(code.code()).await;
    }
    let kept = largest.send(app.address).await.expect(201).json();
    assert_eq!((&kept["name"], &kept["size"]), (&json!("txt.a.txt"), &json!(limit)));
    talk.goes_on("the largest").await;
    talk.end().await;
    app.close().await;
}

#[tokio::test]
async fn tokens() {
    let app = TestApp::sqlite().await;
    let mut talk = Talk::begin(&app).await;
    let owner = app.owner().await;
    let (channel, key) = app.new_channel(json!({})).await;
    let made = owner.post(&format!("/api/channels/{channel}/secrets"), &json!({})).await.expect(201).json();
    let sign = |claims: &Value| jwt::hs256(made["value"].as_str().unwrap(), claims);
    let claims = |change: &dyn Fn(&mut Value)| {
        let mut claims = jwt::claims(&key, "user-7");
        change(&mut claims);
        claims
    };
    let session = |identity: &str| {
        let body = json!({"channel": key, "identity": identity});
        from_own_page(app.address, "POST", "/api/visitor/session").json(&body)
    };
    let used = sign(&claims(&|_| {}));
    session(&used).send(app.address).await.expect(200);
    let own = |token: &str| {
        let request = Request::new("GET", "/api/visitor/conversations");
        request.header("authorization", &format!("Bearer {token}"))
    };
    let staff_session = owner.cookie.split_once('=').unwrap().1;
    let expired = claims(&|claims| {
        claims["iat"] = json!(START / 1_000 - 7_200);
        claims["exp"] = json!(START / 1_000 - 3_600);
    });
    for (request, code) in [
        (own("vst_x"), ErrorCode::InvalidSession),
        (own(staff_session), ErrorCode::InvalidSession),
        (session(&used), ErrorCode::IdentityReused),
        (session(&sign(&expired)), ErrorCode::IdentityExpired),
        (session(&sign(&claims(&|claims| claims["aud"] = json!("another")))), ErrorCode::InvalidIdentity),
        (session(&jwt::hs256(&"x".repeat(40), &claims(&|_| {}))), ErrorCode::InvalidIdentity),
        (Request::new("GET", "/api/me").header("cookie", "sid=sid_x"), ErrorCode::Unauthenticated),
    ] {
        refused_in_both(&app, &request, code).await;
        talk.goes_on(code.code()).await;
    }
    // In the socket: used before, and of another kind.
    let ticket = owner.ticket().await;
    let _desk = Socket::open(app.address, STAFF, &ticket).await;
    for (path, credential, code) in
        [(STAFF, ticket.as_str(), "invalid_ticket"), (VISITOR, staff_session, "invalid_session")]
    {
        let mut socket = Socket::handshake(app.address, path, &[]).await.unwrap();
        socket.hello(credential).await;
        socket.refused(code).await;
        assert_eq!(socket.closed().await.0, 4001);
        talk.goes_on(code).await;
    }
    talk.end().await;
    // A token that is half a year old.
    let old = app.visitor().await.token;
    app.clock.advance(180 * DAY + SECOND);
    refused_in_both(&app, &own(&old), ErrorCode::InvalidSession).await;
    app.close().await;
}

#[tokio::test]
async fn files_that_cannot_be_stored() {
    let app = TestApp::sqlite().await;
    let mut talk = Talk::begin(&app).await;
    // As when there is no room: nothing can be written where uploads begin.
    let unfinished = app.state.config.data_dir.join("files/.unfinished");
    fs::remove_dir_all(&unfinished).unwrap();
    fs::write(&unfinished, "").unwrap();
    let upload =
        talk.visitor.request("POST", "/api/visitor/uploads?name=a.txt").bytes("text/plain", "你好\n");
    refused_in_both(&app, &upload, ErrorCode::ReadOnly).await;
    talk.goes_on("read_only").await;
    // There is room again.
    fs::remove_file(&unfinished).unwrap();
    fs::create_dir(&unfinished).unwrap();
    upload.send(app.address).await.expect(201);
    talk.goes_on("room").await;
    talk.end().await;
    app.close().await;
}
