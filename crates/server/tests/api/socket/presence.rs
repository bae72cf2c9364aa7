//! Who is there, as colleagues and visitors see it.

use crate::support::*;

async fn listed(app: &TestApp, agent: &Agent) -> Value {
    let directory = app.owner().await.get("/api/directory").await.expect(200).json();
    let agents = directory["agents"].as_array().unwrap();
    agents.iter().find(|one| one["id"] == json!(agent.id)).unwrap()["presence"].clone()
}

both! {
    async fn presence_follows_the_choice_while_a_console_is_connected(app: &TestApp) {
        let agent = app.agent("甲", "agent").await;
        let mut desk = app.owner().await.at_inbox().await;
        assert_eq!(agent.get("/api/me").await.json()["presence"], "online");
        assert_eq!(listed(app, &agent).await, "offline", "nobody is connected");
        // A choice without a console says nothing to colleagues.
        agent.presence("busy").await;
        agent.presence("online").await;
        assert_eq!(desk.settled().await, Vec::<Value>::new());

        let of_agent = |presence: &'static str| {
            let id = agent.id.clone();
            move |frame: &Value| {
                frame["type"] == "presence" && frame["agent_id"] == json!(id) && frame["presence"] == presence
            }
        };
        let one = agent.connect().await;
        desk.find("online", of_agent("online")).await;
        assert_eq!(listed(app, &agent).await, "online");
        let another = agent.connect().await;
        agent.presence("busy").await;
        desk.find("busy", of_agent("busy")).await;
        assert_eq!(listed(app, &agent).await, "busy");
        one.vanish();
        assert_eq!(desk.settled().await, Vec::<Value>::new(), "one console is still there");
        another.vanish();
        desk.find("offline", of_agent("offline")).await;
        assert_eq!(listed(app, &agent).await, "offline");
        assert_eq!(agent.get("/api/me").await.json()["presence"], "busy", "the choice stays");
    }

    async fn visitor_is_told_whether_somebody_is_there(app: &TestApp) {
        assert_eq!(app.visitor().await.session["channel"]["staffed"], false);
        let agent = app.agent("甲", "agent").await;
        let desk = agent.connect().await;
        assert_eq!(app.visitor().await.session["channel"]["staffed"], true);
        agent.presence("busy").await;
        assert_eq!(app.visitor().await.session["channel"]["staffed"], false);
        drop(desk);
    }

    async fn agent_sees_whether_the_visitor_is_there(app: &TestApp) {
        let visitor = app.visitor().await;
        let path = format!("/api/contacts/{}", visitor.contact);
        let owner = app.owner().await;
        assert_eq!(owner.get(&path).await.expect(200).json()["online"], false);
        let _window = visitor.connect().await;
        assert_eq!(owner.get(&path).await.expect(200).json()["online"], true);
    }

    async fn typing_is_seen_by_the_other_side_and_never_by_oneself(app: &TestApp) {
        let visitor = app.visitor().await;
        let id = visitor.opens("你好").await;
        let agent = app.agent("甲", "supervisor").await;
        let (mut window, mut desk, mut colleague) =
            (visitor.connect().await, agent.connect().await, app.owner().await.connect().await);
        desk.watch(&id).await;
        colleague.watch(&id).await;
        app.settle().await;
        for socket in [&mut window, &mut desk, &mut colleague] {
            socket.settled().await;
        }
        window.say(json!({"type": "typing", "conversation_id": id, "active": true})).await;
        for socket in [&mut desk, &mut colleague] {
            let typing = socket.until("typing").await;
            assert_eq!((&typing["side"], &typing["agent_id"]), (&json!("visitor"), &Value::Null));
        }
        desk.say(json!({"type": "typing", "conversation_id": id, "active": true})).await;
        for socket in [&mut window, &mut colleague] {
            let typing = socket.until("typing").await;
            assert_eq!((&typing["agent_id"], &typing["agent_name"]), (&json!(agent.id), &json!("甲")));
        }
        for socket in [&mut window, &mut desk] {
            assert_eq!(socket.settled().await, Vec::<Value>::new());
        }
    }
}
