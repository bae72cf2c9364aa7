//! Help for an agent whose visitor turns upset, or who asks for it.

use crate::support::*;

const ANGRY: &str = "你们这是什么垃圾服务，气死我了，我要投诉！";

async fn rule(app: &TestApp, rule: &str) {
    let owner = app.owner().await;
    let path = "/api/workspace/settings";
    let mut settings = owner.get(path).await.expect(200).json();
    assert_eq!(settings["help"], json!("off"), "nothing happens unasked");
    settings["help"] = json!(rule);
    assert_eq!(owner.put(path, &settings).await.expect(200).json()["help"], json!(rule));
}

async fn senior(app: &TestApp, name: &str) -> Agent {
    let agent = app.agent(name, "agent").await;
    let edited =
        app.owner().await.patch(&format!("/api/agents/{}", agent.id), &json!({"senior": true})).await;
    edited.expect(200);
    assert_eq!(agent.get("/api/me").await.expect(200).json()["senior"], json!(true));
    agent
}

/// A conversation that an agent has, whose visitor is calm.
async fn held(app: &TestApp, holder: &Agent) -> (Visitor, String) {
    let visitor = app.visitor().await;
    let id = visitor.opens("请问几点下班").await;
    holder.act(&id, "accept").await;
    app.feel().await;
    (visitor, id)
}

/// The lists are told of a conversation with help.
async fn called(desk: &mut Socket) -> Value {
    loop {
        let told = desk.until("inbox").await["conversations"][0].clone();
        if !told["help"].is_null() {
            return told;
        }
    }
}

async fn notices(agent: &Agent, id: &str, event: &str) -> Vec<Value> {
    let page = agent.get(&format!("/api/conversations/{id}/messages")).await.expect(200).json();
    let all = page["messages"].as_array().unwrap().iter().map(|one| one["content"]["notice"].clone());
    all.filter(|notice| notice["event"] == event).collect()
}

fn path(id: &str, what: &str) -> String {
    format!("/api/conversations/{id}/help{what}")
}

async fn help(app: &TestApp, agent: &Agent, id: &str, what: &str) -> Answer {
    agent.request("POST", &path(id, what)).send(app.address).await
}

both! {
    async fn others_are_told_once_with_the_words_and_visitors_never(app: &TestApp) {
        rule(app, "tell").await;
        let holder = app.agent("甲", "agent").await;
        let (visitor, id) = held(app, &holder).await;
        let mut desk = app.owner().await.at_inbox().await;
        let mut window = visitor.connect().await;
        visitor.say("m2", ANGRY).await;
        app.feel().await;
        let told = called(&mut desk).await;
        assert_eq!((&told["help"]["kind"], &told["mood"]["kind"]), (&json!("told"), &json!("angry")));
        visitor.say("m3", ANGRY).await;
        app.feel().await;
        visitor.say("m4", "骗子，气死我了！").await;
        app.feel().await;
        let said = notices(&holder, &id, "help").await;
        assert_eq!(said.len(), 1, "once, however long they are angry: {said:?}");
        assert_eq!((&said[0]["agent_name"], &said[0]["mood"]["kind"]), (&json!("甲"), &json!("angry")));
        let words = said[0]["words"].as_array().unwrap();
        assert!(!words.is_empty() && words.iter().all(|word| ANGRY.contains(word.as_str().unwrap())), "{words:?}");
        // Nobody may take over what is only told.
        help(app, app.owner().await, &id, "/take-over").await.refused(409, "already_assigned");
        // Calm for a while, then angry again: told again.
        for index in 0..6 {
            visitor.say(&format!("c{index}"), "嗯").await;
        }
        app.feel().await;
        assert_eq!(holder.conversation(&id).await["help"], Value::Null);
        visitor.say("m5", ANGRY).await;
        app.feel().await;
        assert_eq!(notices(&holder, &id, "help").await.len(), 2);
        // The visitor's log has no gap, and nothing of it.
        let seen = visitor.get(&format!("/api/visitor/conversations/{id}/messages")).await.expect(200).json();
        let frames = window.settled().await;
        for text in [seen.to_string(), Value::from(frames).to_string()] {
            assert!(text.contains(r#"{"event":"internal"}"#) && !text.contains("\"words\"") && !text.contains("甲\",\"event\":\"help"), "{text}");
        }
        app.settle().await;
    }

    async fn a_senior_agent_takes_over_what_is_offered_and_one_wins(app: &TestApp) {
        rule(app, "offer").await;
        let holder = app.agent("甲", "agent").await;
        let (one, other, plain) = (senior(app, "乙").await, senior(app, "丙").await, app.agent("丁", "agent").await);
        let (visitor, id) = held(app, &holder).await;
        one.get(&format!("/api/conversations/{id}")).await.refused(404, "not_found");
        visitor.say("m2", ANGRY).await;
        app.feel().await;
        // Senior agents see it as long as it has help; others do not.
        assert_eq!(one.conversation(&id).await["help"]["kind"], json!("offered"));
        let listed = one.get("/api/conversations?view=all").await.expect(200).json();
        assert_eq!(listed["conversations"][0]["id"], json!(id));
        plain.get(&format!("/api/conversations/{id}")).await.refused(404, "not_found");
        help(app, &plain, &id, "/take-over").await.refused(404, "not_found");
        let take = path(&id, "/take-over");
        let (first, second) = (one.request("POST", &take), other.request("POST", &take));
        let (first, second) = tokio::join!(first.send(app.address), second.send(app.address));
        let mut codes = [first.code(), second.code()];
        codes.sort();
        assert_eq!(codes[0], "");
        assert!(["already_assigned", "not_found"].contains(&codes[1].as_str()), "{codes:?}");
        let winner = if first.code().is_empty() { &one } else { &other };
        let now = app.owner().await.conversation(&id).await;
        assert_eq!((&now["assignee_id"], &now["help"]), (&json!(winner.id), &Value::Null));
        // Who lost sees it no more.
        let loser = if first.code().is_empty() { &other } else { &one };
        loser.get(&format!("/api/conversations/{id}")).await.refused(404, "not_found");
        app.settle().await;
    }

    async fn an_agent_asks_for_help_and_can_do_without(app: &TestApp) {
        let (holder, helper) = (app.agent("甲", "agent").await, senior(app, "乙").await);
        let (_visitor, id) = held(app, &holder).await;
        let mut desk = helper.at_inbox().await;
        help(app, &helper, &id, "").await.refused(404, "not_found");
        let asked = help(app, &holder, &id, "").await.expect(200).json();
        assert_eq!(asked["help"]["kind"], json!("asked"), "whatever the rule");
        assert_eq!(called(&mut desk).await["help"], asked["help"]);
        help(app, &holder, &id, "").await.expect(200);
        assert_eq!(notices(&holder, &id, "help").await.len(), 1, "asked twice is asked once");
        help(app, &helper, &id, "/decline").await.refused(409, "already_assigned");
        help(app, &holder, &id, "/decline").await.expect(200);
        assert_eq!(desk.until("hidden").await["conversation_ids"], json!([id]));
        assert_eq!(notices(&holder, &id, "help_declined").await[0]["agent_name"], json!("甲"));
        help(app, &helper, &id, "/take-over").await.refused(404, "not_found");
        help(app, app.owner().await, &id, "/take-over").await.refused(409, "already_assigned");
        app.settle().await;
    }

    async fn senior_agents_of_other_teams_are_not_let_in(app: &TestApp) {
        let team = app.team("售后").await;
        let (_, key) = app.new_channel(json!({"team_id": team})).await;
        let holder = app.agent_in("甲", "agent", &[&team]).await;
        let outsider = senior(app, "乙").await;
        let id = app.visitor_of(&key).await.opens("你好").await;
        holder.act(&id, "accept").await;
        help(app, &holder, &id, "").await.expect(200);
        outsider.get(&format!("/api/conversations/{id}")).await.refused(404, "not_found");
        help(app, &outsider, &id, "/take-over").await.refused(404, "not_found");
        help(app, app.owner().await, &id, "/take-over").await.expect(200);
        app.settle().await;
    }
}
