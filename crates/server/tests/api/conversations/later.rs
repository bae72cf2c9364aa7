//! What a newer node wrote beside this one: kept, and shown to nobody.

use crate::support::*;

both! {
    async fn message_of_a_later_version_spoils_nothing_around_it(app: &TestApp) {
        let agent = app.agent("李雷", "agent").await;
        let visitor = app.visitor().await;
        let id = visitor.opens("在吗").await;
        visitor.say("v2", "还在吗").await;
        agent.act(&id, "accept").await;
        let later = r#"{"type":"of_a_later_version","text":"只给客服看"}"#;
        app.write_elsewhere(&format!(
            "update messages set content = '{later}' where conversation_id = {id} and seq = 2"
        ))
        .await;

        let pages = [
            agent.get(&format!("/api/conversations/{id}/messages?after=0&limit=9")).await,
            visitor.get(&format!("/api/visitor/conversations/{id}/messages?after=0&limit=9")).await,
        ];
        for page in pages {
            let page = page.expect(200);
            assert!(!page.text().contains("客服看"), "{}", page.text());
            let messages = page.json()["messages"].clone();
            assert_eq!(messages[0]["content"]["text"], "在吗");
            assert_eq!(messages[1]["content"], json!({"type": "unknown"}));
        }
        // Whoever follows the conversation goes on, and so do the jobs that read it.
        let mut desk = agent.connect().await;
        let stream = desk.watch(&id).await;
        assert_eq!(stream["messages"][1]["content"]["type"], "unknown");
        visitor.say("v3", "你好").await;
        desk.hears("你好").await;
        app.settle().await;
    }
}
