//! What a model writes for an agent: shown, never sent.

use super::*;
use crate::bot::shop::publish;
use model::EntryContent;

const ALL: [&str; 4] = ["rewrite", "summarise", "translate", "label"];

/// An agent with a conversation.
pub async fn desk(app: &TestApp) -> (Agent, Visitor, String) {
    let agent = app.agent("甲", "agent").await;
    let visitor = app.visitor().await;
    let id = visitor.opens("我叫王小明，手机 13812345678，退款什么时候到？").await;
    agent.act(&id, "accept").await;
    agent.say(&id, &unique("a"), "我查一下").await.expect(201);
    (agent, visitor, id)
}

fn path(id: &str, what: &str) -> String {
    format!("/api/conversations/{id}/copilot/{what}")
}

both! {
    async fn without_a_model_there_is_no_copilot(app: &TestApp) {
        let (agent, _, id) = desk(app).await;
        assert_eq!(agent.get("/api/copilot").await.expect(200).json()["tasks"], json!([]));
        agent.post(&path(&id, "summary"), &json!({})).await.refused(409, "llm_off");
        let stub = Stub::start(|_, _| Reply::says("x")).await;
        connect(app, &stub, &["translate", "answer"]).await;
        assert_eq!(agent.get("/api/copilot").await.expect(200).json()["tasks"], json!(["translate"]));
        agent.post(&path(&id, "rewrite"), &json!({"text": "好", "style": "formal"})).await.refused(409, "llm_off");
        assert!(stub.asked().is_empty());
    }

    async fn a_summary_is_made_without_what_tells_who_somebody_is(app: &TestApp) {
        let stub = Stub::start(|_, _| Reply::says("- 客户询问退款\u{202e}进度")).await;
        connect(app, &stub, &ALL).await;
        let (agent, _, id) = desk(app).await;
        let summary = agent.post(&path(&id, "summary"), &json!({})).await.expect(200).json();
        assert_eq!(summary["text"], "- 客户询问退款进度");
        let read = stub.asked()[0].text();
        assert!(read.contains("Customer: ") && read.contains("退款什么时候到") && read.contains("Agent: 我查一下"), "{read}");
        assert!(!read.contains("13812345678") && !read.contains("王小明"), "{read}");
        assert!(read.contains("Simplified Chinese"));
    }

    async fn a_draft_comes_back_with_what_was_hidden_in_it(app: &TestApp) {
        let stub = Stub::start(|_, asked| {
            let text = asked.text();
            let draft = text.lines().find(|line| line.contains("请打")).unwrap().to_owned();
            Reply::says(format!("您好，{draft}，谢谢！"))
        })
        .await;
        connect(app, &stub, &ALL).await;
        let (agent, visitor, id) = desk(app).await;
        for (style, wish) in [("friendlier", "friendlier"), ("shorter", "shorter"), ("formal", "formal")] {
            let body = json!({"text": "请打 13912345678", "style": style});
            let written = agent.post(&path(&id, "rewrite"), &body).await.expect(200).json();
            assert_eq!(written["text"], "您好，请打 13912345678，谢谢！");
            let read = stub.asked().last().unwrap().text();
            assert!(read.contains(wish) && !read.contains("13912345678"), "{read}");
        }
        let body = json!({"text": "请打 13912345678", "to": "en"});
        let written = agent.post(&path(&id, "translation"), &body).await.expect(200).json();
        assert!(written["text"].as_str().unwrap().contains("13912345678"));
        assert!(stub.asked().last().unwrap().text().contains("into English"));
        let said = crate::bot::shop::messages(&visitor, &id).await;
        let of_agent = said.iter().filter(|message| message["sender"]["kind"] == "agent").count();
        assert_eq!(of_agent, 1, "nothing is sent by itself: {said:?}");
    }

    async fn labels_are_those_of_the_knowledge_base(app: &TestApp) {
        let stub = Stub::start(|_, _| {
            Reply::says(r#"{"category": "售后", "tags": ["退款", "invented"], "title": "退款进度"}"#)
        })
        .await;
        connect(app, &stub, &ALL).await;
        let content = EntryContent {
            category: "售后".into(), question: "退款多久？".into(), answer: "三天".into(),
            tags: vec!["退款".into()], ..EntryContent::default()
        };
        publish(app, content).await;
        let (agent, _, id) = desk(app).await;
        let labels = agent.post(&path(&id, "labels"), &json!({})).await.expect(200).json();
        assert_eq!(labels, json!({"category": "售后", "tags": ["退款"], "title": "退款进度"}));
    }

    async fn other_peoples_conversations_are_not_read(app: &TestApp) {
        let stub = Stub::start(|_, _| Reply::says("secret")).await;
        connect(app, &stub, &ALL).await;
        let (_, _, id) = desk(app).await;
        let other = app.agent("乙", "agent").await;
        for (what, body) in [
            ("summary", json!({})), ("labels", json!({})),
            ("rewrite", json!({"text": "好", "style": "formal"})), ("translation", json!({"text": "好", "to": "en"})),
        ] {
            other.post(&path(&id, what), &body).await.refused(404, "not_found");
        }
        assert!(stub.asked().is_empty());
    }
}

#[tokio::test]
async fn each_failure_has_a_sentence_of_its_own() {
    let app = TestApp::sqlite().await;
    let (agent, _, id) = desk(&app).await;
    for (reply, status, code) in [
        (Reply::Status(401, "{}".into()), 502, "llm_unavailable"),
        (Reply::Status(429, "{}".into()), 503, "llm_busy"),
        (Reply::Hang, 504, "llm_timeout"),
        (Reply::says(" \u{200b} "), 502, "llm_unusable"),
        (Reply::Events(vec!["x".into()]), 502, "llm_unusable"),
    ] {
        let stub = Stub::start(move |_, _| reply.clone()).await;
        connect(&app, &stub, &ALL).await;
        agent.post(&path(&id, "summary"), &json!({})).await.refused(status, code);
    }
    let stub = Stub::start(|_, _| Reply::says("not JSON")).await;
    connect(&app, &stub, &ALL).await;
    agent.post(&path(&id, "labels"), &json!({})).await.refused(502, "llm_unusable");
    let rewrite = |text: String| json!({"text": text, "style": "formal"});
    agent.post(&path(&id, "rewrite"), &rewrite(" ".into())).await.refused(422, "empty_message");
    agent.post(&path(&id, "rewrite"), &rewrite("长".repeat(4_001))).await.refused(422, "message_too_long");
    connect_with(&app, &stub, &ALL, json!({"visitor_tokens": 1_000})).await;
    agent.post(&path(&id, "rewrite"), &rewrite("好".into())).await.refused(429, "llm_budget");
    app.close().await;
}
