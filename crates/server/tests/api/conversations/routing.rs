//! Who gets a conversation that nobody took.

use crate::support::*;

async fn assignee(app: &TestApp, id: &str) -> Value {
    app.owner().await.conversation(id).await["assignee_id"].clone()
}

both! {
    async fn conversation_goes_to_the_least_loaded_agent_who_is_online_and_connected(app: &TestApp) {
        let (first, second) = (app.agent("甲", "agent").await, app.agent("乙", "agent").await);
        let (busy, away) = (app.agent("丙", "agent").await, app.agent("丁", "agent").await);
        let _first = first.connect().await;
        let _second = second.connect().await;
        let _busy = busy.connect().await;
        busy.presence("busy").await;
        away.presence("online").await;

        let mut got = Vec::new();
        for _ in 0..4 {
            let id = app.visitor().await.opens("你好").await;
            app.settle().await;
            got.push((id.clone(), assignee(app, &id).await));
        }
        let count = |agent: &Agent| got.iter().filter(|(_, id)| *id == json!(agent.id)).count();
        assert_eq!((count(&first), count(&second)), (2, 2), "{got:?}");
        // One of the first's ends: the next is the first's, who has fewer now.
        let (done, _) = got.iter().find(|(_, id)| *id == json!(first.id)).unwrap();
        first.act(done, "resolve").await;
        let id = app.visitor().await.opens("还有我").await;
        app.settle().await;
        assert_eq!(assignee(app, &id).await, json!(first.id));
    }

    async fn conversation_waits_until_an_agent_of_its_team_comes(app: &TestApp) {
        let (sales, support) = (app.team("售前").await, app.team("售后").await);
        let (_, key) = app.new_channel(json!({"team_id": support})).await;
        let wrong = app.agent_in("甲", "agent", &[&sales]).await;
        let right = app.agent_in("乙", "agent", &[&support]).await;
        let _wrong = wrong.connect().await;

        let visitor = app.visitor_of(&key).await;
        let id = visitor.opens("有人吗").await;
        app.settle().await;
        assert_eq!(app.owner().await.conversation(&id).await["status"], "queued");
        let mut window = visitor.connect().await;
        let _right = right.connect().await;
        app.settle().await;
        let changed = window.until("changed").await;
        assert_eq!(changed["conversation"]["agent"], json!({"id": right.id, "name": "乙"}));
        assert_eq!(changed["messages"][0]["content"]["notice"]["by"], Value::Null, "automatic");
    }

    async fn agent_who_says_online_again_gets_what_waits(app: &TestApp) {
        let agent = app.agent("甲", "agent").await;
        let _desk = agent.connect().await;
        agent.presence("offline").await;
        let id = app.visitor().await.opens("在吗").await;
        app.settle().await;
        assert_eq!(assignee(app, &id).await, Value::Null);
        agent.presence("online").await;
        app.settle().await;
        assert_eq!(assignee(app, &id).await, json!(agent.id));
    }

    async fn whoever_is_upset_is_given_away_sooner_and_overtakes_only_who_came_shortly_before(app: &TestApp) {
        const ANGRY: &str = "你们这是什么垃圾服务，气死我了，我要投诉！";
        let owner = app.owner().await;
        let path = "/api/workspace/settings";
        let mut settings = owner.get(path).await.expect(200).json();
        assert_eq!(settings["upset_first"], json!(false));
        settings["upset_first"] = json!(true);
        assert_eq!(owner.put(path, &settings).await.expect(200).json(), settings);
        let mut waiting = Vec::new();
        for _ in 0..9 {
            waiting.push(app.visitor().await.opens("在吗").await);
        }
        app.clock.advance(2 * MINUTE);
        let late = app.visitor().await.opens("你好").await;
        // One comes within ten minutes of that one; the other one within ten minutes of nobody.
        app.clock.advance(9 * MINUTE);
        let angry = app.visitor().await.opens(ANGRY).await;
        app.clock.advance(MINUTE + SECOND);
        let too_late = app.visitor().await.opens(ANGRY).await;
        app.settle().await;
        app.feel().await;
        // Room for ten.
        let agent = app.agent("甲", "agent").await;
        let _desk = agent.connect().await;
        app.settle().await;
        for id in waiting.iter().chain([&angry]) {
            assert_eq!(assignee(app, id).await, json!(agent.id));
        }
        for id in [&late, &too_late] {
            assert_eq!(assignee(app, id).await, Value::Null);
        }
    }

    async fn of_two_who_accept_at_once_one_gets_it(app: &TestApp) {
        let (one, other) = (app.agent("甲", "agent").await, app.agent("乙", "agent").await);
        let id = app.visitor().await.opens("你好").await;
        let path = format!("/api/conversations/{id}/accept");
        let (one, other) = (one.request("POST", &path), other.request("POST", &path));
        let (first, second) = tokio::join!(one.send(app.address), other.send(app.address));
        let mut codes = [first.code(), second.code()];
        codes.sort();
        // Whoever lost does not even see it any more: it belongs to no team.
        assert_eq!(codes[0], "");
        assert!(["already_assigned", "not_found"].contains(&codes[1].as_str()), "{codes:?}");
    }

    async fn an_assignment_says_why_it_was_this_agent_and_not_another(app: &TestApp) {
        let (first, second) = (app.agent("甲", "agent").await, app.agent("乙", "agent").await);
        let _desk = first.connect().await;
        let visitor = app.visitor().await;
        let id = visitor.opens("在吗").await;
        app.settle().await;
        let messages = first.get(&format!("/api/conversations/{id}/messages")).await.expect(200).json();
        let said = messages["messages"].as_array().unwrap();
        let seq = &said.iter().find(|one| one["content"]["notice"]["event"] == "assigned").unwrap()["seq"];
        let path = format!("/api/conversations/{id}/assignment");
        let why = first.get(&format!("{path}?seq={seq}")).await.expect(200).json();
        let reasons = &why["reasons"];
        assert_eq!((&reasons["load"], &reasons["capacity"], &reasons["senior"]), (&json!(0), &json!(10), &json!(false)));
        let skipped = reasons["skipped"].as_array().unwrap();
        let other = skipped.iter().find(|one| one["agent_id"] == json!(second.id)).unwrap();
        assert_eq!((&other["agent_name"], &other["reason"]), (&json!("乙"), &json!("not_online")));
        assert_eq!(why["waiting"], Value::Null);
        // Visitors are told nothing of it.
        let seen = visitor.get(&format!("/api/visitor/conversations/{id}/messages")).await.expect(200).json();
        assert!(!seen.to_string().contains("乙"), "{seen}");
        // Nobody was chosen automatically there, and nobody without sight of it learns anything.
        let by_hand = first.get(&format!("{path}?seq=1")).await.expect(200).json();
        assert_eq!(by_hand["reasons"], Value::Null);
        second.get(&path).await.refused(404, "not_found");
    }

    async fn a_conversation_that_waits_says_why(app: &TestApp) {
        let team = app.team("售后").await;
        let (_, key) = app.new_channel(json!({"team_id": team})).await;
        let id = app.visitor_of(&key).await.opens("有人吗").await;
        app.settle().await;
        let owner = app.owner().await;
        let path = format!("/api/conversations/{id}/assignment");
        let waiting = async || owner.get(&path).await.expect(200).json()["waiting"].clone();
        assert_eq!(waiting().await, json!({"reason": "team_empty", "members": 0, "online": 0}));
        let agent = app.agent_in("甲", "agent", &[&team]).await;
        assert_eq!(waiting().await, json!({"reason": "nobody_online", "members": 1, "online": 0}));
        let _desk = agent.connect().await;
        app.settle().await;
        assert_eq!(waiting().await, Value::Null, "it waits no more");
    }
}
