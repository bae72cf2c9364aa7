//! Benefits for customers who were let down: limits, codes, approval, the record.

use crate::support::*;

async fn benefit(app: &TestApp, worth: i64, source: &str) -> String {
    let new = json!({"name": "满减券", "kind": "coupon", "worth": worth, "source": source, "enabled": true});
    let made = app.owner().await.post("/api/benefits", &new).await.expect(201).json();
    made["id"].as_str().unwrap().to_owned()
}

async fn stock(app: &TestApp, benefit: &str, codes: &[&str]) {
    let path = format!("/api/benefits/{benefit}/codes");
    app.owner().await.post(&path, &json!({"codes": codes})).await.expect(200);
}

async fn limit(app: &TestApp, count: i64, worth: i64, approval_from: i64) {
    let grants = json!({"count": count, "worth": worth, "approval_from": approval_from});
    let body = json!({"moods": true, "upset_first": false, "help": "off", "grants": grants, "vip": {"attribute": "level", "values": ["vip"]}});
    app.owner().await.put("/api/workspace/settings", &body).await.expect(200);
}

/// A conversation that this agent has.
async fn talk(app: &TestApp, agent: &Agent) -> (Visitor, String) {
    let visitor = app.visitor().await;
    let id = visitor.opens("气死我了").await;
    agent.act(&id, "accept").await;
    app.settle().await;
    (visitor, id)
}

async fn give(agent: &Agent, conversation: &str, benefit: &str) -> Answer {
    agent.post(&format!("/api/conversations/{conversation}/grants"), &json!({"benefit_id": benefit})).await
}

/// What the agents said to the visitor.
async fn said(visitor: &Visitor, id: &str) -> Vec<Value> {
    let path = format!("/api/visitor/conversations/{id}/messages?limit=100");
    let all = visitor.get(&path).await.expect(200).json();
    let of_agents = all["messages"].as_array().unwrap().iter().filter(|one| one["sender"]["kind"] == "agent");
    of_agents.map(|one| one["content"].clone()).collect()
}

async fn told(visitor: &Visitor, id: &str) -> Vec<String> {
    said(visitor, id).await.iter().map(|one| one["text"].as_str().unwrap().to_owned()).collect()
}

both! {
    async fn a_coupon_is_given_with_its_code_and_recorded(app: &TestApp) {
        let agent = app.agent("甲", "agent").await;
        let coupon = benefit(app, 20, "codes").await;
        stock(app, &coupon, &["AAA", "BBB", "AAA"]).await;
        let (visitor, id) = talk(app, &agent).await;
        let granted = give(&agent, &id, &coupon).await.expect(201).json();
        assert_eq!((&granted["state"], &granted["code"]), (&json!("granted"), &json!("AAA")));
        app.settle().await;
        app.settle().await;
        let said = told(&visitor, &id).await;
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("满减券") && said[0].contains("AAA"), "{said:?}");
        let record = app.owner().await.get("/api/grants").await.expect(200).json();
        let entry = &record["grants"][0];
        assert_eq!((&entry["asked_by"], &entry["worth"]), (&json!(agent.id), &json!(20)));
        assert_eq!(entry["told_at"], json!(app.clock.now()));
        let left = agent.get(&format!("/api/conversations/{id}/grants")).await.expect(200).json();
        assert_eq!((&left["left_count"], &left["left_worth"]), (&json!(0), &json!(80)));
        agent.get("/api/grants").await.refused(403, "forbidden");
    }

    async fn what_is_given_is_a_card_and_the_same_as_text(app: &TestApp) {
        let agent = app.agent("甲", "agent").await;
        let coupon = benefit(app, 20, "codes").await;
        stock(app, &coupon, &["AAA-1"]).await;
        let (visitor, id) = talk(app, &agent).await;
        give(&agent, &id, &coupon).await.expect(201);
        app.settle().await;
        let content = &said(&visitor, &id).await[0];
        let words = content["benefit"]["words"].as_str().unwrap();
        let card = json!({"words": words, "name": "满减券", "kind": "coupon", "worth": 20, "code": "AAA-1"});
        assert_eq!((&content["type"], &content["benefit"]), (&json!("text"), &card));
        let text = content["text"].as_str().unwrap();
        assert!([words, "满减券", "AAA-1"].iter().all(|part| text.contains(part)), "{text}");
        let found = agent.get("/api/search?q=AAA-1").await.expect(200).json();
        assert_eq!(found["hits"].as_array().map(Vec::len), Some(1), "{found}");
    }

    async fn a_customer_gets_no_more_than_the_limits_within_a_day(app: &TestApp) {
        let agent = app.agent("甲", "agent").await;
        limit(app, 2, 50, 1_000).await;
        let (small, large) = (benefit(app, 20, "manual").await, benefit(app, 40, "manual").await);
        let (_, id) = talk(app, &agent).await;
        give(&agent, &id, &small).await.expect(201);
        give(&agent, &id, &large).await.refused(409, "grant_limit");
        give(&agent, &id, &small).await.expect(201);
        give(&agent, &id, &small).await.refused(409, "grant_limit");
        app.clock.advance(DAY + SECOND);
        let agent = Agent::login(app.address, &agent.email).await;
        give(&agent, &id, &large).await.expect(201);
        app.settle().await;
    }

    async fn of_many_who_give_at_once_no_more_succeed_than_the_limits_allow(app: &TestApp) {
        let agent = app.agent("甲", "agent").await;
        limit(app, 3, 1_000, 1_000).await;
        let coupon = benefit(app, 10, "codes").await;
        stock(app, &coupon, &["A", "B", "C", "D", "E", "F", "G", "H"]).await;
        let (_, id) = talk(app, &agent).await;
        let path = format!("/api/conversations/{id}/grants");
        let ask = async || agent.request("POST", &path).json(&json!({"benefit_id": coupon})).send(app.address).await;
        let answers = tokio::join!(ask(), ask(), ask(), ask(), ask(), ask());
        let answers = [answers.0, answers.1, answers.2, answers.3, answers.4, answers.5];
        let given: Vec<_> = answers.iter().filter(|answer| answer.status == 201).map(|one| one.json()["code"].to_string()).collect();
        assert_eq!(given.len(), 3, "{given:?}");
        assert!(answers.iter().filter(|answer| answer.status != 201).all(|answer| answer.code() == "grant_limit"));
        let different: std::collections::HashSet<_> = given.iter().collect();
        assert_eq!(different.len(), 3, "each code once: {given:?}");
        app.settle().await;
    }

    async fn what_is_dear_waits_for_somebody_else(app: &TestApp) {
        let supervisor = app.agent("丙", "supervisor").await;
        let other = app.agent("丁", "supervisor").await;
        let coupon = benefit(app, 60, "codes").await;
        stock(app, &coupon, &["X1"]).await;
        let (visitor, id) = talk(app, &supervisor).await;
        let asked = give(&supervisor, &id, &coupon).await.expect(201).json();
        assert_eq!((&asked["state"], &asked["code"]), (&json!("pending"), &Value::Null));
        app.settle().await;
        assert_eq!(told(&visitor, &id).await, Vec::<String>::new());
        let path = format!("/api/grants/{}/decide", asked["id"].as_str().unwrap());
        supervisor.post(&path, &json!({"approved": true})).await.refused(403, "grant_own");
        let waiting = other.get("/api/grants?state=pending").await.expect(200).json();
        assert_eq!(waiting["grants"].as_array().unwrap().len(), 1);
        let approved = other.post(&path, &json!({"approved": true})).await.expect(200).json();
        assert_eq!((&approved["state"], &approved["code"]), (&json!("granted"), &json!("X1")));
        assert_eq!(approved["decided_by"], json!(other.id));
        other.post(&path, &json!({"approved": false})).await.refused(409, "grant_decided");
        app.settle().await;
        assert!(told(&visitor, &id).await[0].contains("X1"));
    }

    async fn without_codes_nothing_is_given_and_nothing_recorded(app: &TestApp) {
        let agent = app.agent("甲", "agent").await;
        let coupon = benefit(app, 20, "codes").await;
        let (_, id) = talk(app, &agent).await;
        give(&agent, &id, &coupon).await.refused(409, "no_codes");
        let path = format!("/api/conversations/{id}/grants");
        let list = agent.get(&path).await.expect(200).json();
        assert_eq!((&list["grants"], &list["left_count"]), (&json!([]), &json!(1)));
        let typed = json!({"benefit_id": coupon, "code": "MINE"});
        agent.post(&path, &typed).await.refused(422, "invalid_field");
        let points = benefit(app, 20, "manual").await;
        let given = agent.post(&path, &json!({"benefit_id": points, "code": "P-1", "reason": "久等"})).await.expect(201).json();
        assert_eq!((&given["code"], &given["reason"]), (&json!("P-1"), &json!("久等")));
        app.settle().await;
    }

    async fn who_cannot_be_told_now_is_told_later(app: &TestApp) {
        let (agent, supervisor) = (app.agent("甲", "agent").await, app.agent("丙", "supervisor").await);
        let coupon = benefit(app, 60, "manual").await;
        let (visitor, id) = talk(app, &agent).await;
        let asked = give(&agent, &id, &coupon).await.expect(201).json();
        agent.act(&id, "resolve").await;
        give(&agent, &id, &coupon).await.refused(409, "grant_not_open");
        let grant = format!("/api/grants/{}", asked["id"].as_str().unwrap());
        supervisor.post(&format!("{grant}/decide"), &json!({"approved": true})).await.expect(200);
        app.settle().await;
        agent.post(&format!("{grant}/tell"), &json!({})).await.refused(409, "grant_not_open");
        agent.act(&id, "reopen").await;
        let told_now = agent.post(&format!("{grant}/tell"), &json!({})).await.expect(200).json();
        assert_eq!(told_now["told_at"], json!(app.clock.now()));
        assert_eq!(told(&visitor, &id).await.len(), 1);
        app.settle().await;
    }
}
