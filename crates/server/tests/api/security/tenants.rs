//! Two workspaces side by side: nothing of the other is seen, and nothing of it changes.

use super::{
    matrix::ends_session,
    samples::{address, body},
    world::{CANARY, Objects, Who, World, second_workspace, write},
};
use crate::support::*;
use server::routes::{self, Access};

/// One of everything in the other workspace.
struct Mirror {
    objects: Objects,
    owner: Agent,
    workspace: model::WorkspaceId,
}

async fn mirror(app: &TestApp) -> Mirror {
    let (workspace, owner, key) = second_workspace(app).await;
    let hints = json!({"name": CANARY, "email": "li@bcanaryb.example", "attributes": {"plan": CANARY}});
    let page = json!({"url": format!("https://{CANARY}.example/"), "title": CANARY});
    let visitor = Visitor::start(app.address, &json!({"channel": key, "hints": hints, "page": page})).await;
    let conversation = visitor.opens(&format!("{CANARY} 水壶")).await;
    owner.act(&conversation, "accept").await;
    owner.say(&conversation, &unique("a"), &format!("{CANARY} 答")).await.expect(201);
    let upload = visitor.upload(&format!("{CANARY}.png"), "image/png", super::samples::picture()).await;
    let file = upload.expect(201).json()["id"].as_str().unwrap().to_owned();
    let send = json!({"client_id": unique("f"), "content": {"type": "file", "attachment_id": file}});
    visitor.post("/api/visitor/messages", &send).await.expect(201);
    let id = |answer: Answer| answer.expect(201).json()["id"].as_str().unwrap().to_owned();
    let team = id(owner.post("/api/teams", &json!({"name": CANARY, "member_ids": []})).await);
    let channel = id(owner.post("/api/channels", &json!({"name": CANARY})).await);
    let secrets = format!("/api/channels/{channel}/secrets");
    let secret = owner.post(&secrets, &json!({})).await.expect(201).json()["secret"]["id"].take();
    let email = format!("{}@bcanaryb.example", unique("agent"));
    let new =
        json!({"email": email, "name": CANARY, "role": "agent", "password": PASSWORD, "team_ids": [team]});
    let colleague = id(owner.post("/api/agents", &new).await);
    let session = owner.get("/api/me").await.json()["session_id"].as_str().unwrap().to_owned();
    let secret = secret.as_str().unwrap().to_owned();
    let entry = write(&owner, &format!("{CANARY} 怎么退货")).await;
    let publish = format!("/api/knowledge/entries/{entry}/publish");
    owner.post(&publish, &json!({"version": 1})).await.expect(200);
    let article = super::world::article(&owner, &format!("{CANARY} 配送")).await;
    let group = super::world::group(app, workspace, &conversation).await;
    let regression = super::world::regression(&owner).await;
    let source = super::world::source(app, workspace, &owner).await;
    let new = json!({"name": CANARY, "base_url": "http://127.0.0.2:9/v1"});
    let llm_endpoint = id(owner.post("/api/llm/endpoints", &new).await);
    let connector = super::world::connector(&owner, CANARY).await;
    let coupon = json!({"name": CANARY, "kind": "coupon", "worth": 60, "source": "manual", "enabled": true});
    let benefit = id(owner.post("/api/benefits", &coupon).await);
    let asking = json!({"benefit_id": benefit, "reason": CANARY, "code": CANARY});
    let grant = id(owner.post(&format!("/api/conversations/{conversation}/grants"), &asking).await);
    let objects = Objects {
        benefit,
        grant,
        source,
        group,
        regression,
        unsent: file.clone(),
        visitor,
        conversation,
        file,
        team,
        channel,
        secret,
        colleague,
        session,
        other_entry: entry.clone(),
        entry,
        article,
        llm_endpoint,
        connector,
    };
    Mirror { objects, owner, workspace }
}

/// Everything of a workspace that a request could change, as text.
async fn contents(app: &TestApp, mirror: &Mirror) -> String {
    let store = &app.state.services.store;
    let (workspace, objects) = (mirror.workspace, &mirror.objects);
    let number = |id: &str| id.parse::<i64>().unwrap();
    let conversation = model::ConversationId(number(&objects.conversation));
    let contact = model::ContactId(number(&objects.visitor.contact));
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        store.find_conversation(workspace, conversation).await.unwrap(),
        store.list_messages_after(workspace, conversation, 0, 100).await.unwrap(),
        store.find_contact(workspace, contact).await.unwrap(),
        store.list_agents(workspace).await.unwrap(),
        store.list_teams(workspace).await.unwrap(),
        store.list_channels(workspace).await.unwrap(),
        store.find_rating(workspace, conversation).await.unwrap(),
        store.list_secrets(workspace, model::ChannelId(number(&objects.channel))).await.unwrap().len(),
        store.all_entries(workspace).await.unwrap(),
        store.list_groups(workspace, model::GroupState::Open, None, 100).await.unwrap(),
        store.regression_set(workspace).await.unwrap(),
        store.list_moods(workspace, conversation, 0).await.unwrap(),
        store.workspace_settings(workspace).await.unwrap(),
        store.list_benefits(workspace).await.unwrap(),
        store.list_grants(workspace, None, None, 100).await.unwrap(),
        store.list_sources(workspace).await.unwrap(),
        store.list_connectors(workspace).await.unwrap(),
    )
}

#[tokio::test]
async fn whole_api_shows_and_changes_nothing_of_the_other_workspace() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let own = world.objects(&app).await;
    let other = mirror(&app).await;
    app.settle().await;
    let before = contents(&app, &other).await;
    assert!(before.matches(CANARY).count() > 8, "{before}");
    for route in routes::all() {
        if route.access == Access::Public || ends_session(&route) {
            continue;
        }
        // Their ids in the address, in the body, and in both.
        for (is_theirs, in_body) in [(true, &own), (false, &other.objects), (true, &other.objects)] {
            let in_path = if is_theirs { &other.objects } else { &own };
            for who in [Who::Visitor, Who::Agent, Who::Supervisor, Who::Admin, Who::Owner] {
                let path = address(route.path, in_path);
                let mut request = world.request(&app, who, &own, route.method.as_str(), &path);
                if route.body.is_some() {
                    request = request.json(&body(route.method.as_str(), route.path, in_body));
                } else if route.takes_file {
                    request = request.bytes("text/plain", "你好");
                }
                let answer = request.send(app.address).await;
                let about = format!("{} {path} by {who:?}", route.method);
                assert!(answer.status < 500, "{about}: {}", answer.text());
                assert!(!answer.text().contains(CANARY), "{about}: {}", answer.text());
                if is_theirs && route.path.contains('{') {
                    assert!(answer.status >= 400, "{about}: {}", answer.text());
                }
            }
        }
    }
    for query in [CANARY, "%E6%B0%B4%E5%A3%B6", "%E7%AD%94"] {
        let found = world.owner.get(&format!("/api/search?q={query}")).await.expect(200).json();
        assert_eq!(found["hits"], json!([]), "{query}");
        let text = world.owner.get(&format!("/api/entries?q={query}")).await.expect(200).text();
        assert!(!text.contains(CANARY));
    }
    assert_eq!(contents(&app, &other).await, before);
    // And it was there to be seen.
    let theirs = other.owner.get("/api/search?q=%E6%B0%B4%E5%A3%B6").await.expect(200).json();
    assert_eq!(theirs["hits"].as_array().unwrap().len(), 1);
    app.settle().await;
    app.close().await;
}

#[tokio::test]
async fn sockets_hear_nothing_of_the_other_workspace() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let other = mirror(&app).await;
    let id = &other.objects.conversation;
    let own = world.objects(&app).await;
    let mut listeners =
        vec![world.owner.at_inbox().await, world.agent.at_inbox().await, own.visitor.connect().await];
    for socket in &mut listeners {
        socket.say(json!({"type": "watch", "conversation_id": id})).await;
        socket.refused("not_found").await;
        socket.settled().await;
    }
    // Everything that makes frames over there.
    let mut theirs = other.owner.at_inbox().await;
    theirs.watch(id).await;
    other.owner.presence("busy").await;
    theirs.find("presence", |frame| frame["presence"] == "busy").await;
    theirs.say(json!({"type": "typing", "conversation_id": id, "active": true})).await;
    theirs.tell("x1", Some(id), CANARY).await;
    other.objects.visitor.say("x2", CANARY).await;
    other.owner.act(id, "resolve").await;
    other
        .owner
        .patch(&format!("/api/contacts/{}", other.objects.visitor.contact), &json!({"name": CANARY}))
        .await
        .expect(200);
    theirs
        .find("the list", |frame| {
            frame["type"] == "inbox" && frame["conversations"][0]["status"] == "resolved"
        })
        .await;
    theirs.vanish();
    app.settle().await;
    let foreign_words: [&str; 4] = [&other.owner.id, id, &other.objects.visitor.contact, CANARY];
    for socket in &mut listeners {
        for frame in socket.settled().await {
            let text = frame.to_string();
            // What is told of one's own may still be on its way.
            assert!(foreign_words.iter().all(|word| !text.contains(word)), "{text}");
        }
    }
    app.close().await;
}
