//! One conversation from its first word to its rating, as both sides see it.

use crate::support::*;

both! {
    async fn message_is_answered_and_the_conversation_resolved_rated_and_reopened(app: &TestApp) {
        let agent = app.agent("李雷", "agent").await;
        let mut desk = agent.at_inbox().await;
        agent.presence("busy").await;
        let visitor = app.visitor().await;
        let mut window = visitor.connect().await;

        // The visitor writes; the agent sees it without asking.
        let sent = window.tell("v1", None, "你好，有人吗？").await;
        assert_eq!((&sent["seq"], &sent["duplicate"]), (&json!(1), &json!(false)));
        let id = sent["conversation_id"].as_str().unwrap();
        let listed = desk.until("inbox").await["conversations"][0].clone();
        assert_eq!((&listed["id"], &listed["status"], &listed["unread"]), (&json!(id), &json!("queued"), &json!(1)));
        let stream = desk.watch(id).await;
        assert_eq!(texts(&stream["messages"]), ["你好，有人吗？"]);

        // Taken and answered.
        assert_eq!(agent.act(id, "accept").await["assignee_id"], json!(agent.id));
        window.find("agent", |frame| frame["conversation"]["agent"]["name"] == "李雷").await;
        desk.tell("a1", Some(id), "在的，请稍等").await;
        let heard = window.hears("在的，请稍等").await;
        assert_eq!(heard["messages"][0]["sender"], json!({"kind": "agent", "id": agent.id, "name": "李雷"}));
        assert_eq!(heard["conversation"]["unread"], 1);

        // Receipts go both ways and never back.
        let last = heard["conversation"]["last_seq"].as_i64().unwrap();
        window.say(json!({"type": "receipt", "conversation_id": id, "delivered": last, "read": last})).await;
        let read = |side: &'static str, seq: i64| move |frame: &Value| frame["conversation"][side] == seq;
        desk.find("visitor_read", read("visitor_read", last)).await;
        desk.say(json!({"type": "receipt", "conversation_id": id, "delivered": last, "read": 1})).await;
        window.find("staff_read", read("staff_read", 1)).await;
        desk.say(json!({"type": "receipt", "conversation_id": id, "delivered": 1, "read": 0})).await;
        assert!(desk.settled().await.iter().all(|frame| frame["type"] != "error"));
        assert_eq!(agent.conversation(id).await["staff_read"], 1);
        window.say(json!({"type": "receipt", "conversation_id": id, "delivered": 99, "read": 0})).await;
        assert_eq!(window.refused("ahead_of_log").await["conversation_id"], json!(id));

        // Resolved: nothing more can be said in it.
        agent.act(id, "resolve").await;
        window.find("resolved", |frame| frame["conversation"]["status"] == "resolved").await;
        window.text("v2", Some(id), "还在吗").await;
        assert_eq!(window.refused("conversation_resolved").await["client_id"], "v2");

        // Rated, changed once, then final; a resend costs nothing.
        let rating = format!("/api/visitor/conversations/{id}/rating");
        let good = json!({"stars": 4, "tags": ["耐心"], "solved": true, "text": "谢谢"});
        let better = json!({"stars": 5, "tags": ["耐心"], "solved": true, "text": "谢谢"});
        assert_eq!(visitor.put(&rating, &good).await.expect(200).json()["changed_at"], Value::Null);
        visitor.put(&rating, &good).await.expect(200);
        assert!(visitor.put(&rating, &better).await.expect(200).json()["changed_at"].is_i64());
        visitor.put(&rating, &better).await.expect(200);
        visitor.put(&rating, &json!({"stars": 1})).await.refused(409, "already_rated");
        desk.find("stars", |frame| frame["conversation"]["stars"] == 5).await;
        let detail = agent.get(&format!("/api/conversations/{id}")).await.expect(200).json();
        assert_eq!((&detail["rating"]["stars"], &detail["rating"]["text"]), (&json!(5), &json!("谢谢")));

        // Reopened by the agent, the same conversation goes on.
        assert_eq!(agent.act(id, "reopen").await["status"], "open");
        assert_eq!(window.tell("v3", None, "再问一下").await["conversation_id"], json!(id));
    }
}
