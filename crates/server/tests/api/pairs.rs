//! Entries that ask the same: listed with what their answers say differently, dismissed until one changes.

use crate::support::*;

const ENTRIES: &str = "/api/knowledge/entries";

/// Publishes an entry; its id.
async fn publish(editor: &Agent, content: Value) -> String {
    let entry = editor.post(ENTRIES, &json!({"content": content})).await.expect(201).json();
    let id = entry["id"].as_str().unwrap().to_owned();
    editor.post(&format!("{ENTRIES}/{id}/publish"), &json!({"version": 1})).await.expect(200);
    id
}

/// Both ids of each pair, and what differs.
async fn pairs(editor: &Agent) -> Vec<([String; 2], Vec<String>)> {
    let answer = editor.get("/api/knowledge/pairs").await.expect(200).json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let kinds = |pair: &Value| {
        pair["disagreements"].as_array().unwrap().iter().map(|one| text(&one["kind"])).collect::<Vec<_>>()
    };
    let pairs = answer["pairs"].as_array().unwrap().iter();
    pairs.map(|pair| ([text(&pair["left"]["id"]), text(&pair["right"]["id"])], kinds(pair))).collect()
}

async fn dismiss(editor: &Agent, one: &str, other: &str) -> Answer {
    let body = json!({"version": 1, "other_id": other, "other_version": 1});
    editor.post(&format!("{ENTRIES}/{one}/dismiss"), &body).await
}

both! {
    async fn contradictions_stand_before_duplicates_and_come_back_when_one_changes(app: &TestApp) {
        let editor = app.owner().await;
        let plain = publish(editor, json!({"question": "能开发票吗", "answer": "在订单里点开票"})).await;
        let same = publish(editor, json!({"question": "可以开发票吗", "answer": "打开订单，选择开票"})).await;
        let seven = publish(editor, json!({"question": "怎么退货？", "answer": "七天内可以退货"})).await;
        let fifteen = publish(
            editor,
            json!({"question": "不想要了", "phrasings": ["如何申请退货"], "answer": "15天内可以退货"}),
        )
        .await;
        publish(editor, json!({"question": "怎么换货", "answer": "30天内可以换货"})).await;
        let contradiction = ([seven.clone(), fifteen.clone()], vec!["duration".to_owned()]);
        let duplicate = ([plain.clone(), same.clone()], Vec::new());
        assert_eq!(pairs(editor).await, [contradiction.clone(), duplicate.clone()]);

        dismiss(editor, &fifteen, &seven).await.expect(204);
        dismiss(editor, &fifteen, &seven).await.expect(204);
        assert_eq!(pairs(editor).await, [duplicate]);
        editor.post(&format!("{ENTRIES}/{same}/archive"), &json!({"version": 1})).await.expect(200);
        assert_eq!(pairs(editor).await, []);
        let content = json!({"question": "怎么退货？", "answer": "7 天之内可以退货"});
        editor.put(&format!("{ENTRIES}/{seven}"), &json!({"version": 1, "content": content})).await.expect(200);
        assert_eq!(pairs(editor).await, [], "what is published has not changed yet");
        editor.post(&format!("{ENTRIES}/{seven}/publish"), &json!({"version": 2})).await.expect(200);
        assert_eq!(pairs(editor).await, [contradiction]);
    }

    async fn entries_that_never_answer_together_are_no_pair(app: &TestApp) {
        let editor = app.owner().await;
        let end = app.clock.now() + 1_000_000;
        publish(editor, json!({"question": "运费多少", "answer": "运费10元", "valid_until": end})).await;
        publish(editor, json!({"question": "运费多少", "answer": "运费15元", "valid_from": end})).await;
        assert_eq!(pairs(editor).await, []);
    }

    async fn while_an_answer_is_written_published_ones_that_say_something_else_are_found(app: &TestApp) {
        let editor = app.owner().await;
        let known = publish(editor, json!({"question": "怎么退货？", "answer": "七天内可以退货"})).await;
        let find = async |answer: &str, except: Value| {
            let body = json!({"questions": ["", "如何退货"], "answer": answer, "except": except});
            let found = editor.post("/api/knowledge/contraries", &body).await.expect(200).json();
            found["entries"].as_array().unwrap().clone()
        };
        let found = find("十天内可以退货", Value::Null).await;
        assert_eq!((found.len(), &found[0]["id"]), (1, &json!(known)));
        assert_eq!(found[0]["disagreements"][0]["kind"], "duration");
        assert_eq!(find("7天内都能退", Value::Null).await.len(), 0);
        assert_eq!(find("十天内可以退货", json!(known)).await.len(), 0, "it is this one");
    }

    async fn pairs_are_for_editors(app: &TestApp) {
        let agent = app.agent("甲", "agent").await;
        agent.get("/api/knowledge/pairs").await.expect(403);
    }
}
