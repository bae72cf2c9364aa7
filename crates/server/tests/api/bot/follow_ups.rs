//! Follow-ups: written with an entry, offered with its answer, taken by a visitor.

use super::shop::*;
use crate::support::*;

const ENTRIES: &str = "/api/knowledge/entries";

/// Publishes an entry over the API; its id.
async fn entry(editor: &Agent, question: &str, answer: &str, follow_ups: Value) -> String {
    let content = json!({"question": question, "answer": answer, "follow_ups": follow_ups});
    let entry = editor.post(ENTRIES, &json!({"content": content})).await.expect(201).json();
    let id = entry["id"].as_str().unwrap().to_owned();
    editor.post(&format!("{ENTRIES}/{id}/publish"), &json!({"version": 1})).await.expect(200);
    id
}

fn labels(message: &Value) -> Vec<&str> {
    let follow_ups = message["content"]["follow_ups"].as_array().map(Vec::as_slice).unwrap_or_default();
    follow_ups.iter().map(|one| one["label"].as_str().unwrap()).collect()
}

both! {
    async fn visitor_is_offered_what_the_entry_names_and_takes_it(app: &TestApp) {
        let editor = app.owner().await;
        let fee = entry(editor, "退货运费谁出？", "质量问题由我们承担。", json!([])).await;
        let follow_ups = json!([{"entry_id": fee, "question": ""}, {"question": "付款后多久发货？"}]);
        entry(editor, "怎么申请退货？", "在订单里点退货。", follow_ups).await;
        let visitor = customer(app).await;
        let id = ask(app, &visitor, "怎么申请退货？").await;
        let all = messages(&visitor, &id).await;
        assert_eq!(all[1]["content"]["text"], "在订单里点退货。");
        assert_eq!(labels(&all[1]), ["退货运费谁出？", "付款后多久发货？"]);
        ask(app, &visitor, "退货运费谁出？").await;
        ask(app, &visitor, "付款后多久发货？").await;
        assert_eq!(said(&visitor, &id).await[1..], ["质量问题由我们承担。", SHIPPING]);
        let why = editor.get(&format!("/api/conversations/{id}/messages/4/evidence")).await.expect(200).json();
        assert_eq!((&why["entry_id"], &why["question"]), (&json!(fee), &json!("退货运费谁出？")));
        let found = editor.get("/api/search?q=%E8%AE%A2%E5%8D%95%E9%87%8C%E7%82%B9").await.expect(200).json();
        assert_eq!(found["hits"].as_array().unwrap().len(), 1, "{found}");
    }

    async fn archived_entry_is_no_longer_offered(app: &TestApp) {
        let editor = app.owner().await;
        let fee = entry(editor, "退货运费谁出？", "质量问题由我们承担。", json!([])).await;
        entry(editor, "怎么申请退货？", "在订单里点退货。", json!([{"entry_id": fee, "question": "运费"}])).await;
        editor.post(&format!("{ENTRIES}/{fee}/archive"), &json!({"version": 1})).await.expect(200);
        let visitor = customer(app).await;
        let id = ask(app, &visitor, "怎么申请退货？").await;
        assert_eq!(labels(&messages(&visitor, &id).await[1]), [""; 0]);
    }

    async fn follow_up_must_be_an_entry_of_this_workspace(app: &TestApp) {
        let editor = app.owner().await;
        let six: Vec<Value> = (0..6).map(|n| json!({"question": format!("问{n}")})).collect();
        for follow_ups in [json!([{"entry_id": "12345", "question": "x"}]), json!(six)] {
            let content = json!({"question": "怎么退", "answer": "x", "follow_ups": follow_ups});
            let refused = editor.post(ENTRIES, &json!({"content": content})).await.expect(422);
            assert_eq!(refused.json()["field"], "follow_ups");
        }
    }
}
