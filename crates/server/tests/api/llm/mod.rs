//! Language models: their settings, what the bot says with them, and what agents are offered. The
//! model is a script (`testkit::llm`), which may be of good or ill will.

mod answers;
mod copilot;
mod encoder;
mod growing;
mod hostile;
mod settings;

use crate::{bot::shop::learn, support::*};
use testkit::llm::{Asked, Reply, Stub};

pub const ELECTRONIC: &str = "电子发票在订单页申请，24 小时内发到邮箱。";
pub const PAPER: &str = "纸质发票请联系客服邮寄，不支持到付。";

/// Adds the server, and gives it these tasks.
pub async fn connect(app: &TestApp, stub: &Stub, tasks: &[&str]) -> String {
    connect_with(app, stub, tasks, json!({})).await
}

pub async fn connect_with(app: &TestApp, stub: &Stub, tasks: &[&str], change: Value) -> String {
    let owner = app.owner().await;
    let new = json!({"name": unique("模型"), "base_url": stub.base_url(), "key": "sk-test-1"});
    let endpoint = owner.post("/api/llm/endpoints", &new).await.expect(201).json()["id"].clone();
    let task = |name: &&str| json!({"task": name, "endpoint_id": endpoint, "model": "small", "timeout_s": 2});
    let mut settings = json!({
        "enabled": true, "answers_when_sure": false, "day_tokens": 1_000_000, "visitor_tokens": 100_000,
        "tasks": tasks.iter().map(task).collect::<Vec<_>>(),
    });
    for (name, value) in change.as_object().unwrap() {
        settings[name] = value.clone();
    }
    owner.put("/api/llm/settings", &settings).await.expect(200);
    endpoint.as_str().unwrap().to_owned()
}

/// A channel whose bot knows two entries that the same words ask for: nobody can be sure.
pub async fn unsure_shop(app: &TestApp) -> String {
    let key = crate::bot::shop::bot_channel(app, json!({"hand_off_after": 5})).await;
    learn(app, "退款多久到账？", &["退的钱什么时候能到"], "退款三个工作日内原路退回。").await;
    learn(app, "电子发票怎么开？", &["怎么开发票"], ELECTRONIC).await;
    learn(app, "纸质发票怎么开？", &["怎么开发票"], PAPER).await;
    key
}

/// The number under which the model was given an entry.
pub fn number_of(asked: &Asked, question: &str) -> usize {
    let text = asked.text();
    let at = text.find(&format!("\nQ: {question}")).unwrap_or_else(|| panic!("{question} is not in {text}"));
    let number = text[..at].rsplit_once('[').unwrap().1.trim_end_matches(']');
    number.parse().unwrap()
}

/// A model that answers what stands in the entry of electronic invoices.
pub fn honest(asked: &Asked) -> Reply {
    Reply::says(format!(
        "电子发票可以在订单页申请，24 小时内发到邮箱[{}]。",
        number_of(asked, "电子发票怎么开？")
    ))
}

pub const HONEST: &str = "电子发票可以在订单页申请，24 小时内发到邮箱。";

/// Why the bot said its newest message.
pub async fn why(app: &TestApp, visitor: &Visitor, id: &str) -> Value {
    let seq = crate::bot::shop::messages(visitor, id).await.last().unwrap()["seq"].as_i64().unwrap();
    app.owner()
        .await
        .get(&format!("/api/conversations/{id}/messages/{seq}/evidence"))
        .await
        .expect(200)
        .json()
}
