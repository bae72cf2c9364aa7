//! What agents look up beside a conversation: about its visitor, as the site signed who that is.

use super::*;
use server::rate::Rate;

const QUESTION: &str = "我的订单到哪了？订单号 20261129001234";

/// A channel whose site signs its visitors with this secret.
pub async fn signing_channel(app: &TestApp, settings: Value) -> (String, String) {
    let (id, key) = app.new_channel(settings).await;
    let secret =
        app.owner().await.post(&format!("/api/channels/{id}/secrets"), &json!({})).await.expect(201).json();
    (key, secret["value"].as_str().unwrap().to_owned())
}

/// A visitor that the site knows, and a conversation.
pub async fn signed_visitor(
    app: &TestApp,
    (key, secret): &(String, String),
    account: &str,
    text: &str,
) -> (Visitor, String) {
    let mut claims = jwt::claims(key, account);
    claims["email"] = json!(format!("{account}@shop.example"));
    let start = json!({"channel": key, "identity": jwt::hs256(secret, &claims)});
    let visitor = Visitor::start(app.address, &start).await;
    let id = visitor.opens(text).await;
    app.settle().await;
    (visitor, id)
}

async fn look_up(agent: &Agent, conversation: &str, connector: &str) -> Answer {
    let body = json!({"connector_id": connector, "values": {"order": "20261129001234"}});
    agent.post(&format!("/api/conversations/{conversation}/lookups"), &body).await
}

/// Asks who somebody is, too.
fn about_visitor(system: &System) -> Value {
    json!({"url": system.url("/orders/{order}?of={visitor.id}&mail={visitor.email}"), "cache_s": 60})
}

both! {
    async fn an_agent_asks_about_the_visitor_as_the_site_signed_it(app: &TestApp) {
        let owner = app.owner().await;
        let system = System::start(|_| one_order()).await;
        let id = add(app, &system, about_visitor(&system)).await;
        let channel = signing_channel(app, json!({})).await;
        let (visitor, conversation) = signed_visitor(app, &channel, "u-1", QUESTION).await;
        let offered = owner.get(&format!("/api/conversations/{conversation}/connectors")).await.expect(200).json();
        let offer = offered["items"].as_array().unwrap().iter().find(|one| one["id"] == json!(id)).unwrap().clone();
        assert_eq!((&offer["available"], &offer["suggested"]["order"]), (&json!(true), &json!("20261129001234")));
        assert!(offer.get("url").is_none() && offer.get("why").is_none());

        // What an agent writes into the contact changes nothing of what is signed.
        let path = format!("/api/contacts/{}", visitor.contact);
        owner.patch(&path, &json!({"email": "victim@shop.example", "name": "victim"})).await.expect(200);
        let found = look_up(owner, &conversation, &id).await.expect(200).json();
        assert_eq!((&found["rows"][0][0]["value"], &found["cached"]), (&json!("已发货"), &json!(false)));
        assert!(!found.to_string().contains("CANARY"), "only what the fields name is shown");
        assert_eq!(system.asked().len(), 1);
        assert_eq!(system.asked()[0].target(), "/orders/20261129001234?of=u-1&mail=u-1%40shop.example");

        // The same question is answered from memory; another customer's is not.
        assert_eq!(look_up(owner, &conversation, &id).await.expect(200).json()["cached"], true);
        let (_, other) = signed_visitor(app, &channel, "u-2", QUESTION).await;
        assert_eq!(look_up(owner, &other, &id).await.expect(200).json()["cached"], false);
        assert_eq!(system.asked().len(), 2);
        assert!(system.asked()[1].target().contains("of=u-2"));

        let record = owner.get(&format!("{CONNECTORS}/{id}/lookups")).await.expect(200);
        let kinds: Vec<_> = record.json()["items"].as_array().unwrap().iter().map(|one| one["by"]["kind"].clone()).collect();
        assert_eq!(kinds, [json!("agent"), json!("agent"), json!("agent")]);
        assert_eq!(record.json()["items"][2]["conversation_id"], json!(conversation));
        assert!(!record.text().contains("u-1") && !record.text().contains("2026112"), "{}", record.text());
    }

    async fn nobody_is_asked_about_a_visitor_who_may_be_anybody(app: &TestApp) {
        let owner = app.owner().await;
        let system = System::start(|_| one_order()).await;
        let id = add(app, &system, about_visitor(&system)).await;
        let (_, key) = app.new_channel(json!({})).await;
        // It says who it is, and nobody has signed it.
        let start = json!({"channel": key, "hints": {"name": "u-1", "email": "u-1@shop.example", "phone": "13812345678"}});
        let visitor = Visitor::start(app.address, &start).await;
        let conversation = visitor.opens("订单").await;
        app.settle().await;
        let offered = owner.get(&format!("/api/conversations/{conversation}/connectors")).await.expect(200).json();
        let offer = offered["items"].as_array().unwrap().iter().find(|one| one["id"] == json!(id)).unwrap().clone();
        assert_eq!((&offer["available"], &offer["why"]), (&json!(false), &json!("visitor_not_signed")));
        look_up(owner, &conversation, &id).await.refused(409, "visitor_not_signed");
        assert!(system.asked().is_empty());
    }

    async fn who_may_not_does_not(app: &TestApp) {
        let owner = app.owner().await;
        let system = System::start(|_| one_order()).await;
        let (team, elsewhere) = (app.team("售前").await, app.team("售后").await);
        let (_, key) = app.new_channel(json!({"team_id": team})).await;
        let visitor = app.visitor_of(&key).await;
        let conversation = visitor.opens("订单").await;
        app.settle().await;
        let (inside, outside) =
            (app.agent_in("甲", "agent", &[&team]).await, app.agent_in("乙", "agent", &[&elsewhere]).await);
        let id = add(app, &system, json!({})).await;
        look_up(&inside, &conversation, &id).await.expect(200);
        look_up(&outside, &conversation, &id).await.refused(404, "not_found");
        outside.get(&format!("/api/conversations/{conversation}/connectors")).await.refused(404, "not_found");
        for change in [json!({"enabled": false}), json!({"for_agents": false})] {
            let hidden = add(app, &system, change).await;
            look_up(&inside, &conversation, &hidden).await.refused(404, "not_found");
            let offered = inside.get(&format!("/api/conversations/{conversation}/connectors")).await.expect(200);
            assert!(!offered.text().contains(&hidden));
        }
        let (_, foreigner, _) = crate::security::second_workspace(app).await;
        let theirs = crate::security::connector(&foreigner, "theirs").await;
        look_up(&inside, &conversation, &theirs).await.refused(404, "not_found");
        assert_eq!(system.asked().len(), 1);
        owner.delete(&format!("{CONNECTORS}/{id}")).await.expect(204);
        look_up(&inside, &conversation, &id).await.refused(404, "not_found");
    }

    async fn an_agent_learns_why_there_is_no_result(app: &TestApp) {
        let owner = app.owner().await;
        let system = System::start(|asked| match asked.target() {
            "/orders/none" => Reply::Plain(404, "text/plain", String::new()),
            "/orders/html" => Reply::Plain(200, "text/html", "<b>".into()),
            _ => Reply::Plain(500, "text/plain", "CANARY".into()),
        })
        .await;
        let id = add(app, &system, json!({})).await;
        let (_, key) = app.new_channel(json!({})).await;
        let conversation = app.visitor_of(&key).await.opens("订单").await;
        app.settle().await;
        let path = format!("/api/conversations/{conversation}/lookups");
        let ask = async |values: Value| owner.post(&path, &json!({"connector_id": id, "values": values})).await;
        let nothing = ask(json!({"order": "none"})).await.expect(200).json();
        assert_eq!((&nothing["rows"], &nothing["more"]), (&json!([]), &json!(false)));
        for (order, reason) in [("html", "not_json"), ("x", "status")] {
            let refused = ask(json!({"order": order})).await.refused(502, "connector_failed");
            assert_eq!(refused.json()["reason"], reason);
            assert!(!refused.text().contains("CANARY"), "what a server says is for administrators");
        }
        for values in [json!({}), json!({"order": " "}), json!({"order": "a/b"}), json!({"order": "x", "visitor.id": "1"})] {
            ask(values).await.refused(422, "invalid_field");
        }
    }
}

#[tokio::test]
async fn an_agent_looks_up_so_much_a_minute() {
    let app = TestApp::with(Backend::Sqlite, |config| {
        config.rates.set("lookups", Rate::parse("3/1m").unwrap()).unwrap();
    })
    .await
    .unwrap();
    let system = System::start(|_| one_order()).await;
    let id = add(&app, &system, json!({})).await;
    for _ in 0..3 {
        trial(&app, &id, "A1").await.expect(200);
    }
    trial(&app, &id, "A1").await.refused(429, "rate_limited");
    assert_eq!(system.asked().len(), 3);
    app.close().await;
}
