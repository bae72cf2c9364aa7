//! Giving a conversation away, and what becomes of it on the screens of those who gave it.

use crate::support::*;

both! {
    async fn transfer_to_another_team_takes_it_from_sight(app: &TestApp) {
        let (sales, support) = (app.team("售前").await, app.team("售后").await);
        let (_, key) = app.new_channel(json!({"team_id": sales})).await;
        let giver = app.agent_in("甲", "agent", &[&sales]).await;
        let taker = app.agent_in("乙", "agent", &[&support]).await;
        let visitor = app.visitor_of(&key).await;
        let id = visitor.opens("退货").await;
        giver.act(&id, "accept").await;
        app.settle().await;

        let (mut giving, mut taking) = (giver.at_inbox().await, taker.at_inbox().await);
        let mut window = visitor.connect().await;
        giving.watch(&id).await;
        taking.say(json!({"type": "watch", "conversation_id": id})).await;
        taking.refused("not_found").await;

        let assign = format!("/api/conversations/{id}/assign");
        let given = giver.post(&assign, &json!({"team_id": support})).await.expect(200).json();
        assert_eq!((&given["status"], &given["team_id"]), (&json!("queued"), &json!(support)));
        assert_eq!(giving.until("hidden").await["conversation_ids"], json!([id]));
        let seen = taking.until("inbox").await;
        assert_eq!(seen["conversations"][0]["id"], json!(id));

        // Out of sight: no reading, no watching, no typing, and nothing comes any more.
        giver.get(&format!("/api/conversations/{id}")).await.refused(404, "not_found");
        giving.say(json!({"type": "typing", "conversation_id": id, "active": true})).await;
        giving.refused("not_watched").await;
        giving.say(json!({"type": "watch", "conversation_id": id})).await;
        giving.refused("not_found").await;
        window.say(json!({"type": "typing", "conversation_id": id, "active": true})).await;
        window.tell("c1", Some(&id), "还在吗").await;
        window.settled().await;
        let heard = giving.settled().await;
        // A list may still tell of the time before.
        let before = |frame: &Value| frame["type"] == "inbox" && frame["conversations"][0]["version"] == 2;
        let fine = heard.iter().all(|frame| frame["type"] == "presence" || before(frame));
        assert!(fine, "{heard:?}");

        taking.watch(&id).await;
        app.settle().await;
        assert_eq!(app.owner().await.conversation(&id).await["assignee_id"], json!(taker.id));
    }

    async fn who_loses_sight_for_a_moment_goes_on_following(app: &TestApp) {
        let (sales, support) = (app.team("售前").await, app.team("售后").await);
        let (_, key) = app.new_channel(json!({"team_id": sales})).await;
        let agent = app.agent_in("甲", "agent", &[&sales]).await;
        let visitor = app.visitor_of(&key).await;
        let id = visitor.opens("退货").await;
        let mut desk = agent.connect().await;
        desk.watch(&id).await;
        let assign = format!("/api/conversations/{id}/assign");
        for team in [&support, &sales] {
            app.owner().await.post(&assign, &json!({"team_id": team})).await.expect(200);
        }
        visitor.say("c1", "还在吗").await;
        desk.hears("还在吗").await;
        app.settle().await;
    }

    async fn transfer_to_a_colleague_is_seen_by_all_three(app: &TestApp) {
        let team = app.team("售前").await;
        let (_, key) = app.new_channel(json!({"team_id": team})).await;
        let (giver, taker) =
            (app.agent_in("甲", "agent", &[&team]).await, app.agent_in("乙", "agent", &[&team]).await);
        let visitor = app.visitor_of(&key).await;
        let id = visitor.opens("你好").await;
        giver.act(&id, "accept").await;
        let mut window = visitor.connect().await;
        let mut taking = taker.at_inbox().await;
        let assign = format!("/api/conversations/{id}/assign");
        giver.post(&assign, &json!({"agent_id": taker.id})).await.expect(200);
        let notice = window.find("assigned", |frame| frame["conversation"]["agent"]["name"] == "乙").await;
        assert_eq!(notice["messages"][0]["content"]["notice"]["by"], json!(giver.id));
        assert_eq!(taking.until("inbox").await["conversations"][0]["assignee_id"], json!(taker.id));
        // Of one's own team: still there.
        assert_eq!(giver.conversation(&id).await["assignee_id"], json!(taker.id));
        giver.post(&assign, &json!({"agent_id": "1"})).await.refused(422, "invalid_field");
        giver.post(&assign, &json!({"team_id": "1"})).await.refused(422, "invalid_field");
    }

    async fn removed_team_leaves_its_queue_to_everybody(app: &TestApp) {
        let team = app.team("售前").await;
        let (_, key) = app.new_channel(json!({"team_id": team})).await;
        let outsider = app.agent("甲", "agent").await;
        let id = app.visitor_of(&key).await.opens("你好").await;
        let mut desk = outsider.at_inbox().await;
        outsider.presence("busy").await;
        outsider.get(&format!("/api/conversations/{id}")).await.refused(404, "not_found");
        app.owner().await.delete(&format!("/api/teams/{team}")).await.expect(204);
        assert_eq!(desk.until("inbox").await["conversations"][0]["id"], json!(id));
        assert_eq!(outsider.conversation(&id).await["team_id"], Value::Null);
    }

    async fn contact_that_is_renamed_is_renamed_on_every_screen(app: &TestApp) {
        let agent = app.agent("甲", "supervisor").await;
        let visitor = app.visitor().await;
        let id = visitor.opens("你好").await;
        let mut desk = agent.at_inbox().await;
        let contact = format!("/api/contacts/{}", visitor.contact);
        app.owner().await.patch(&contact, &json!({"name": "李雷", "note": "老客户"})).await.expect(200);
        let seen = desk.until("inbox").await["conversations"][0].clone();
        assert_eq!((&seen["id"], &seen["contact_name"]), (&json!(id), &json!("李雷")));
        assert_eq!(agent.get(&contact).await.expect(200).json()["note"], "老客户");
    }
}
