//! From the bot to people, and never back.

use super::shop::*;
use crate::support::*;

async fn hand_off(app: &TestApp, id: &str) -> Value {
    let path = format!("/api/conversations/{id}");
    app.owner().await.get(&path).await.expect(200).json()["hand_off"].clone()
}

both! {
    async fn unknown_question_goes_to_an_agent_who_sees_why_and_what_was_tried(app: &TestApp) {
        let agent = app.agent("甲", "agent").await;
        let _desk = agent.connect().await;
        let visitor = customer(app).await;
        let id = ask(app, &visitor, "退款多久到账？").await;
        assert_eq!(hand_off(app, &id).await, Value::Null);
        ask(app, &visitor, "zzz qqq vvv").await;
        ask(app, &visitor, "wwww kkkk").await;
        let conversation = agent.conversation(&id).await;
        assert_eq!((&conversation["status"], &conversation["assignee_id"]), (&json!("open"), &json!(agent.id)));
        let card = hand_off(app, &id).await;
        assert_eq!(card["reason"], "misses", "{card}");
        assert!(card["band"].is_string() && card["probability"].is_number(), "{card}");
        assert_eq!(card["questions"], json!(["退款多久到账？", "zzz qqq vvv", "wwww kkkk"]));
        assert_eq!(card["tried"][0]["outcome"], "answered");
        assert_eq!(card["tried"][0]["entries"], json!(["退款多久到账？"]));
        let notices = messages(&visitor, &id).await;
        let notice = notices.iter().find(|one| one["content"]["notice"]["event"] == "handed_off").unwrap();
        assert_eq!(notice["content"]["notice"], json!({"event": "handed_off", "reason": "misses", "staffed": true}));
        assert!(said(&visitor, &id).await.last().unwrap().contains("passing you on"));
    }

    async fn with_nobody_there_it_is_kept_as_a_message_until_somebody_comes(app: &TestApp) {
        let visitor = customer(app).await;
        let id = ask(app, &visitor, "我要转人工").await;
        assert!(said(&visitor, &id).await[0].contains("留言"));
        assert_eq!(hand_off(app, &id).await["reason"], "asked");
        let waiting = app.owner().await.conversation(&id).await;
        assert_eq!(waiting["status"], "queued");
        assert_eq!(waiting["waiting_since"], json!(app.clock.now()));
        let agent = app.agent("甲", "agent").await;
        let _desk = agent.connect().await;
        app.settle().await;
        assert_eq!(agent.conversation(&id).await["assignee_id"], json!(agent.id));
    }

    async fn bot_is_silent_once_an_agent_has_it(app: &TestApp) {
        let agent = app.agent("甲", "agent").await;
        let visitor = customer(app).await;
        let id = ask(app, &visitor, "退款多久到账？").await;
        agent.act(&id, "accept").await;
        ask(app, &visitor, "付款后多久发货？").await;
        assert_eq!(said(&visitor, &id).await, [REFUND]);
        // Given back to the queue it is still people's.
        app.owner().await.post(&format!("/api/conversations/{id}/assign"), &json!({})).await.expect(200);
        ask(app, &visitor, "付款后多久发货？").await;
        assert_eq!(said(&visitor, &id).await, [REFUND]);
    }

    async fn an_agent_who_answers_takes_it_before_the_bot_has_thought(app: &TestApp) {
        let agent = app.agent("甲", "agent").await;
        let visitor = customer(app).await;
        let id = visitor.opens("退款多久到账？").await;
        agent.say(&id, "a1", "您好，我来为您查一下").await.expect(201);
        app.settle().await;
        assert_eq!(said(&visitor, &id).await, Vec::<String>::new());
        assert_eq!(agent.conversation(&id).await["assignee_id"], json!(agent.id));
    }

    async fn a_new_conversation_begins_with_the_bot_again(app: &TestApp) {
        let agent = app.agent("甲", "agent").await;
        let visitor = customer(app).await;
        let old = ask(app, &visitor, "转人工").await;
        agent.act(&old, "accept").await;
        agent.act(&old, "resolve").await;
        let new = ask(app, &visitor, "退款多久到账？").await;
        assert_ne!(old, new);
        assert_eq!(said(&visitor, &new).await, [REFUND]);
    }

    async fn turned_off_in_between_it_gives_its_conversations_away(app: &TestApp) {
        let (channel, key) = app.new_channel(json!({"bot": {"enabled": true}})).await;
        learn(app, "退款多久到账？", &[], REFUND).await;
        let visitor = app.visitor_of(&key).await;
        let id = ask(app, &visitor, "退款多久到账？").await;
        let off = json!({"name": "站", "bot": {"enabled": false}});
        app.owner().await.put(&format!("/api/channels/{channel}"), &off).await.expect(200);
        ask(app, &visitor, "退款多久到账？").await;
        assert_eq!(said(&visitor, &id).await.len(), 1);
        assert_eq!(app.owner().await.conversation(&id).await["status"], "queued");
    }

    async fn agents_see_what_the_bot_has_and_their_queue_does_not(app: &TestApp) {
        let agent = app.agent("甲", "agent").await;
        let visitor = customer(app).await;
        let id = ask(app, &visitor, "退款多久到账？").await;
        let listed = async |view: &str| {
            let page = agent.get(&format!("/api/conversations?view={view}")).await.expect(200).json();
            page["conversations"].as_array().unwrap().iter().any(|one| one["id"] == json!(id))
        };
        assert!(listed("all").await && !listed("queue").await && !listed("mine").await);
        let counts = agent.get("/api/conversations/counts").await.expect(200).json();
        assert_eq!((&counts["queue"], &counts["all"]), (&json!(0), &json!(1)));
    }
}
