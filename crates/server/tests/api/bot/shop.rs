//! A channel with the bot, and what it knows.

use crate::support::*;
use model::EntryContent;
use store::entries::NewEntry;

pub const REFUND: &str = "退款一般三个工作日内原路退回。";
pub const SHIPPING: &str = "付款后 48 小时内发货。";

/// A channel with the bot on: its key.
pub async fn bot_channel(app: &TestApp, settings: Value) -> String {
    let mut bot = json!({"enabled": true});
    for (name, value) in settings.as_object().unwrap() {
        bot[name] = value.clone();
    }
    app.new_channel(json!({"bot": bot})).await.1
}

pub async fn learn(app: &TestApp, question: &str, phrasings: &[&str], answer: &str) {
    let content = EntryContent {
        category: "常见问题".into(),
        question: question.into(),
        phrasings: phrasings.iter().map(|text| (*text).to_owned()).collect(),
        answer: answer.into(),
        ..EntryContent::default()
    };
    publish(app, content).await;
}

pub async fn publish(app: &TestApp, content: EntryContent) -> String {
    app.owner().await;
    let store = &app.state.services.store;
    let workspace = store.first_workspace().await.unwrap().unwrap().id;
    let entry = NewEntry { content, owner: None };
    let ids = store.insert_entries(workspace, &[entry], true, None, app.clock.now()).await.unwrap();
    ids[0].to_string()
}

/// The visitor of a shop whose bot knows refunds and shipping.
pub async fn customer(app: &TestApp) -> Visitor {
    let key = bot_channel(app, json!({})).await;
    learn(app, "退款多久到账？", &["退的钱什么时候能到", "多久可以收到退款"], REFUND).await;
    learn(app, "付款后多久发货？", &["什么时候能发货", "几天可以寄出"], SHIPPING).await;
    app.visitor_of(&key).await
}

/// Says it, and lets the bot think.
pub async fn ask(app: &TestApp, visitor: &Visitor, text: &str) -> String {
    let id = visitor.opens(text).await;
    app.settle().await;
    id
}

/// All messages of a conversation, as its visitor sees them.
pub async fn messages(visitor: &Visitor, id: &str) -> Vec<Value> {
    let path = format!("/api/visitor/conversations/{id}/messages?limit=100");
    visitor.get(&path).await.expect(200).json()["messages"].as_array().unwrap().clone()
}

/// What the bot said, oldest first.
pub async fn said(visitor: &Visitor, id: &str) -> Vec<String> {
    let all = messages(visitor, id).await;
    let of_bot = all.iter().filter(|message| message["sender"]["kind"] == "bot");
    of_bot.map(|message| message["content"]["text"].as_str().unwrap().to_owned()).collect()
}
