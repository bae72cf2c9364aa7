//! How visitors feel: noticed after the message, shown to staff, never to visitors.

use crate::support::*;

const CALM: &str = "请问几点下班";
const ANGRY: &str = "你们这是什么垃圾服务，气死我了，我要投诉！";

async fn mood(app: &TestApp, id: &str) -> Value {
    app.owner().await.conversation(id).await["mood"].clone()
}

async fn points(app: &TestApp, id: &str) -> Vec<Value> {
    let trend = app.owner().await.get(&format!("/api/conversations/{id}/moods")).await.expect(200).json();
    trend["points"].as_array().unwrap().clone()
}

both! {
    async fn anger_is_noticed_while_a_person_has_the_conversation(app: &TestApp) {
        let visitor = app.visitor().await;
        let id = visitor.opens(CALM).await;
        let owner = app.owner().await;
        owner.act(&id, "accept").await;
        let mut desk = owner.at_inbox().await;
        app.feel().await;
        assert_eq!(mood(app, &id).await, Value::Null, "nothing to notice");

        visitor.say("m2", ANGRY).await;
        assert_eq!(mood(app, &id).await, Value::Null, "the message does not wait for it");
        app.feel().await;
        let felt = mood(app, &id).await;
        assert_eq!(felt["kind"], "angry");
        assert!(felt["strength"].as_i64().unwrap() >= 2, "{felt}");
        let mut seen = Value::Null;
        while seen != felt {
            // Lists are told, in their own time.
            seen = desk.until("inbox").await["conversations"][0]["mood"].clone();
        }
        app.settle().await;
    }

    async fn the_trend_shows_each_message_with_the_words(app: &TestApp) {
        let visitor = app.visitor().await;
        let id = visitor.opens(CALM).await;
        visitor.say("m2", ANGRY).await;
        visitor.say("m3", "好的").await;
        app.feel().await;
        let points = points(app, &id).await;
        assert_eq!(points.len(), 3);
        assert_eq!((&points[0]["kinds"], &points[0]["anger"]), (&json!([]), &json!(0.0)));
        assert!(points[1]["kinds"].as_array().unwrap().contains(&json!("angry")), "{points:?}");
        assert_eq!(points[1]["seq"], 2);
        let words: Vec<_> = points[1]["words"].as_array().unwrap().iter().map(|word| word["text"].as_str().unwrap()).collect();
        assert!(!words.is_empty() && words.iter().all(|word| ANGRY.contains(word)), "{words:?}");
        app.settle().await;
    }

    async fn a_mood_passes_and_looking_twice_changes_nothing(app: &TestApp) {
        let visitor = app.visitor().await;
        let id = visitor.opens(ANGRY).await;
        app.feel().await;
        let version = app.owner().await.conversation(&id).await["version"].clone();
        app.feel().await;
        assert_eq!(app.owner().await.conversation(&id).await["version"], version);
        for index in 0..6 {
            visitor.say(&format!("c{index}"), "嗯").await;
        }
        app.feel().await;
        assert_eq!(mood(app, &id).await, json!({"kind": "neutral", "strength": 0}));
        app.settle().await;
    }

    async fn visitors_are_told_nothing_of_it(app: &TestApp) {
        let visitor = app.visitor().await;
        let mut window = visitor.connect().await;
        let id = visitor.opens(ANGRY).await;
        app.feel().await;
        let told = window.settled().await;
        assert!(told.iter().all(|frame| !frame.to_string().contains("mood")), "{told:?}");
        let own = visitor.get(&format!("/api/visitor/conversations/{id}")).await.expect(200);
        assert!(!own.text().contains("mood"));
        visitor.get(&format!("/api/conversations/{id}/moods")).await.refused(401, "unauthenticated");
        app.settle().await;
    }

    async fn who_may_not_see_the_conversation_sees_no_trend(app: &TestApp) {
        let team = app.team("售后").await;
        let (_, key) = app.new_channel(json!({"team_id": team})).await;
        let other = app.agent("甲", "agent").await;
        let id = app.visitor_of(&key).await.opens(ANGRY).await;
        app.feel().await;
        other.get(&format!("/api/conversations/{id}/moods")).await.refused(404, "not_found");
        app.settle().await;
    }

    async fn a_workspace_can_do_without(app: &TestApp) {
        let owner = app.owner().await;
        let path = "/api/workspace/settings";
        let limits = json!({"count": 1, "worth": 100, "approval_from": 50});
        let vip = json!({"attribute": "level", "values": ["vip"]});
        assert_eq!(owner.get(path).await.expect(200).json()["moods"], json!(true));
        assert_eq!(owner.put(path, &json!({"moods": false, "upset_first": false, "help": "off", "grants": limits, "vip": vip})).await.expect(200).json()["moods"], json!(false));
        assert_eq!(owner.get("/api/directory").await.expect(200).json()["moods"], json!(false));
        let id = app.visitor().await.opens(ANGRY).await;
        app.feel().await;
        assert_eq!(mood(app, &id).await, Value::Null);
        assert_eq!(points(app, &id).await[0]["kinds"], json!([]));
        app.agent("甲", "supervisor").await.put(path, &json!({"moods": true, "upset_first": false, "help": "off", "grants": limits, "vip": vip})).await.refused(403, "forbidden");
        app.settle().await;
    }

    async fn an_upset_visitor_is_given_to_a_senior_agent_first(app: &TestApp) {
        let owner = app.owner().await;
        let (plain, senior) = (app.agent("甲", "agent").await, app.agent("乙", "agent").await);
        let edited = owner.patch(&format!("/api/agents/{}", senior.id), &json!({"senior": true})).await.expect(200).json();
        assert_eq!(edited["senior"], json!(true));
        let _desks = (plain.connect().await, senior.connect().await);
        // The senior one has more to do, and gets the upset visitor all the same.
        let busy = app.visitor().await.opens("在吗").await;
        owner.post(&format!("/api/conversations/{busy}/assign"), &json!({"agent_id": senior.id})).await.expect(200);
        let visitor = app.visitor().await;
        let id = visitor.opens(ANGRY).await;
        app.settle().await;
        assert_eq!(owner.conversation(&id).await["assignee_id"], json!(senior.id));
        let path = format!("/api/conversations/{id}/messages");
        let all = owner.get(&path).await.expect(200).json();
        let notice = &all["messages"].as_array().unwrap().last().unwrap()["content"]["notice"];
        assert_eq!((&notice["event"], &notice["senior"]), (&json!("assigned"), &json!(true)));
        let calm = app.visitor().await.opens(CALM).await;
        app.settle().await;
        assert_eq!(owner.conversation(&calm).await["assignee_id"], json!(plain.id));
    }
}
