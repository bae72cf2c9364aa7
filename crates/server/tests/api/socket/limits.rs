//! What one connection may ask for (A36).

use crate::support::*;
use server::{
    config::Config,
    rate::{Rate, Rates},
};

fn only(name: &'static str, rate: &'static str) -> impl FnOnce(&mut Config) {
    move |config: &mut Config| {
        let mut rates = Rates::relaxed();
        rates.set(name, Rate::parse(rate).unwrap()).unwrap();
        config.rates = rates;
    }
}

#[tokio::test]
async fn visitor_who_writes_too_fast_is_told_which_message_waits() {
    let app = TestApp::with(Backend::Sqlite, only("visitor_messages", "3/1m")).await.unwrap();
    let (visitor, other) = (app.visitor().await, app.visitor().await);
    let mut window = visitor.connect().await;
    for n in 0..3 {
        window.tell(&format!("c{n}"), None, "你好").await;
    }
    window.text("c3", None, "太快").await;
    let refused = window.refused("rate_limited").await;
    assert_eq!(refused["client_id"], "c3");
    assert!((1..=60).contains(&refused["retry_after"].as_i64().unwrap()), "{refused}");
    let body = json!({"client_id": "c3", "content": {"type": "text", "text": "太快"}});
    let answer = visitor.post("/api/visitor/messages", &body).await.refused(429, "rate_limited");
    assert_eq!(
        answer.header("retry-after"),
        answer.json()["retry_after"].as_i64().map(|s| s.to_string()).as_deref()
    );
    // Nobody else is harmed.
    other.opens("我不急").await;
    app.close().await;
}

#[tokio::test]
async fn new_conversations_are_limited_and_messages_are_not() {
    let app = TestApp::with(Backend::Sqlite, only("new_conversations", "2/10m")).await.unwrap();
    let visitor = app.visitor().await;
    let mut window = visitor.connect().await;
    for n in 0..2 {
        // A whole outbox at once opens one conversation and counts as one.
        window.say_all((0..10).map(|m| text_frame(&format!("c{n}-{m}"), None, "你好"))).await;
        let mut id = String::new();
        for _ in 0..10 {
            id = window.until("sent").await["conversation_id"].as_str().unwrap().to_owned();
        }
        app.owner().await.act(&id, "resolve").await;
    }
    window.text("c3", None, "第三个").await;
    let refused = window.refused("rate_limited").await;
    assert_eq!(refused["client_id"], "c3");
    assert!(refused["retry_after"].as_i64().unwrap() > 0);
    let body = json!({"client_id": "c4", "content": {"type": "text", "text": "第三个"}});
    visitor.post("/api/visitor/messages", &body).await.refused(429, "rate_limited");
    app.close().await;
}

#[tokio::test]
async fn frames_and_requests_of_an_agent_are_limited() {
    let app = TestApp::with(Backend::Sqlite, only("agent_commands", "20/1m")).await.unwrap();
    let agent = app.agent("甲", "agent").await;
    let mut desk = agent.connect().await;
    for _ in 0..30 {
        desk.say(json!({"type": "ping"})).await;
    }
    assert_eq!(desk.refused("rate_limited").await["client_id"], Value::Null);
    let answer = agent.get("/api/me").await.refused(429, "rate_limited");
    assert!(answer.header("retry-after").is_some());
    app.close().await;
}

#[tokio::test]
async fn sockets_and_sessions_of_an_address_are_limited() {
    let app = TestApp::with(Backend::Sqlite, |config| {
        let mut rates = Rates::relaxed();
        for name in ["handshakes", "new_sessions", "uploads"] {
            rates.set(name, Rate::parse("2/1h").unwrap()).unwrap();
        }
        config.rates = rates;
    })
    .await
    .unwrap();
    let visitor = app.visitor().await;
    let _one = visitor.connect().await;
    let _two = visitor.connect().await;
    let third =
        Socket::handshake(app.address, "/api/visitor/socket", &[("x-forwarded-for", "1.2.3.4")]).await;
    assert_eq!(third.err(), Some(429));
    app.visitor().await;
    let body = json!({"channel": app.channel().await});
    Visitor::try_start(app.address, &body).await.refused(429, "rate_limited");
    for _ in 0..2 {
        visitor.upload("a.txt", "text/plain", "你好").await.expect(201);
    }
    visitor.upload("a.txt", "text/plain", "你好").await.refused(429, "rate_limited");
    app.close().await;
}

#[tokio::test]
async fn agent_follows_a_hundred_conversations_at_most() {
    let app = TestApp::sqlite().await;
    let mut desk = app.owner().await.connect().await;
    let mut ids = Vec::new();
    for _ in 0..101 {
        ids.push(app.visitor().await.opens("你好").await);
    }
    for id in &ids[..100] {
        desk.watch(id).await;
    }
    desk.say(json!({"type": "watch", "conversation_id": ids[100]})).await;
    assert_eq!(desk.refused("too_many_watched").await["conversation_id"], json!(ids[100]));
    // Again, or after letting one go, is fine.
    desk.watch(&ids[0]).await;
    desk.say(json!({"type": "unwatch", "conversation_id": ids[0]})).await;
    desk.watch(&ids[100]).await;
    app.settle().await;
    app.close().await;
}

#[tokio::test]
async fn client_that_never_reads_is_cut_and_harms_nobody() {
    let app = TestApp::sqlite().await;
    let visitor = app.visitor().await;
    let mut deaf = Socket::deaf(app.address, &visitor.token).await;
    let mut window = visitor.connect().await;
    let long = "字".repeat(4_000);
    let mut client = 0;
    // What the kernel holds for the deaf one has to be filled first.
    let (mut seen, limit) = (0, 2_000);
    while app.state.hub.count().1 == 2 && seen < limit {
        window
            .say_all((0..10).map(|_| {
                client += 1;
                text_frame(&format!("c{client}"), None, &long)
            }))
            .await;
        for _ in 0..10 {
            window.until("sent").await;
            seen += 1;
        }
        window.settled().await;
    }
    assert!(seen < limit, "it was not cut");
    window.tell("last", None, "我还在").await;
    assert_eq!(deaf.closed().await.0, 4008);
    app.settle().await;
    app.close().await;
}
