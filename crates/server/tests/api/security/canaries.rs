//! Secrets are in no answer and no frame (A07), and not in the database as they are used (A38).

use super::{
    matrix::ends_session,
    samples::{address, body},
    world::{CONNECTOR_SECRET, LLM_KEY, Who, World},
};
use crate::support::*;
use crypto::{Token, TokenKind};
use server::{
    config::Database,
    routes::{self, Access},
};
use std::fs;

#[tokio::test]
async fn no_answer_and_no_frame_has_a_hash_or_somebody_elses_secret() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let objects = world.objects(&app).await;
    let store = &app.state.services.store;

    // Everything that is secret, by what it is.
    let mut secrets: Vec<(String, String)> = Vec::new();
    let mut keep = |what: &str, value: &str| {
        assert!(value.len() > 8, "{what}");
        secrets.push((what.to_owned(), value.to_owned()));
    };
    let offer = world.agent.request("POST", "/api/me/totp").send(app.address).await.expect(200).json();
    keep("the seed of a second factor", offer["secret"].as_str().unwrap());
    for agent in [&world.agent, &world.admin, &world.owner] {
        let login = store.find_login(&agent.email).await.unwrap().unwrap();
        keep("the hash of a password", &login.password_hash);
        login.totp_pending.iter().for_each(|sealed| keep("a sealed seed", sealed));
        let token = agent.cookie.split_once('=').unwrap().1;
        keep("a session", token);
        keep("the hash of a session", Token::parse(TokenKind::AgentSession, token).unwrap().hash().as_str());
    }
    keep("a password", PASSWORD);
    keep("the key of a language model", LLM_KEY);
    keep("the secret of a connector", CONNECTOR_SECRET);
    for visitor in [&objects.visitor, &world.other_visitor] {
        keep("a visitor's token", &visitor.token);
        let token = Token::parse(TokenKind::VisitorSession, &visitor.token).unwrap();
        keep("the hash of a visitor's token", token.hash().as_str());
    }
    let path = format!("/api/channels/{}/secrets", objects.channel);
    let created = world.owner.post(&path, &json!({})).await.expect(201).json();
    keep("a secret of a channel", created["value"].as_str().unwrap());
    let workspace = store.first_workspace().await.unwrap().unwrap().id;
    let channel = model::ChannelId(objects.channel.parse().unwrap());
    for endpoint in store.list_llm_endpoints(workspace).await.unwrap() {
        endpoint.sealed_key.iter().for_each(|sealed| keep("a sealed key", sealed));
    }
    for connector in store.list_connectors(workspace).await.unwrap() {
        connector.sealed_secret.iter().for_each(|sealed| keep("a sealed secret of a connector", sealed));
    }
    for secret in store.list_secrets(workspace, channel).await.unwrap() {
        keep("a sealed secret of a channel", &secret.value);
    }
    let file = model::AttachmentId(objects.file.parse().unwrap());
    let attachment = store.find_attachment(workspace, file).await.unwrap().unwrap();
    keep("the key of a blob", &attachment.blob_key);
    keep("the checksum of a file", &attachment.checksum);

    // Everything that is said.
    let mut said: Vec<(String, String)> = Vec::new();
    let mut sockets = vec![
        ("owner's socket", world.owner.at_inbox().await),
        ("agent's socket", world.agent.at_inbox().await),
        ("visitor's socket", objects.visitor.connect().await),
    ];
    for (_, socket) in &mut sockets {
        socket.watch(&objects.conversation).await;
    }
    for route in routes::all() {
        if ends_session(&route) || route.path == "/api/me/sessions/{id}" {
            continue;
        }
        for who in [Who::Anonymous, Who::Visitor, Who::OtherVisitor, Who::Agent, Who::Admin, Who::Owner] {
            let path = address(route.path, &objects);
            let mut request = world.request(&app, who, &objects, route.method.as_str(), &path);
            if route.body.is_some() {
                request = request.json(&body(route.method.as_str(), route.path, &objects));
            } else if route.takes_file {
                request = request.bytes("text/plain", "你好");
            }
            let answer = request.send(app.address).await;
            said.push((
                format!("{} {path} for {who:?}", route.method),
                format!("{:?} {}", answer.headers, answer.text()),
            ));
            if route.access == Access::Public {
                break;
            }
        }
    }
    app.settle().await;
    for (whose, socket) in &mut sockets {
        said.push(((*whose).to_owned(), format!("{:?}", socket.settled().await)));
    }
    said.push(("the description of the API".to_owned(), server::openapi_json()));
    assert!(said.len() > 200);
    for (what, secret) in &secrets {
        for (place, text) in &said {
            assert!(!text.contains(secret.as_str()), "{what} is in {place}: {text:.300}");
        }
    }
    // What an agent knows is not for visitors.
    world
        .owner
        .patch(&format!("/api/contacts/{}", objects.visitor.contact), &json!({"note": "只给客服看"}))
        .await
        .expect(200);
    for path in [
        "/api/visitor/conversations".to_owned(),
        format!("/api/visitor/conversations/{}", objects.conversation),
    ] {
        let text = objects.visitor.get(&path).await.expect(200).text();
        assert!(!text.contains("只给客服看") && !text.contains("note") && !text.contains(&world.agent.email));
    }
    app.close().await;
}

#[tokio::test]
async fn no_secret_lies_in_the_database_as_it_is_used() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let objects = world.objects(&app).await;
    let offer = world.agent.request("POST", "/api/me/totp").send(app.address).await.expect(200).json();
    let path = format!("/api/channels/{}/secrets", objects.channel);
    let created = world.owner.post(&path, &json!({})).await.expect(201).json();
    app.settle().await;

    let Database::Sqlite { path } = &app.state.config.database else { unreachable!("it is SQLite") };
    let mut stored = fs::read(path).unwrap();
    stored.extend(fs::read(path.with_extension("db-wal")).unwrap());
    let lies_there = |text: &str| stored.windows(text.len()).any(|window| window == text.as_bytes());
    for (what, secret) in [
        ("a password", PASSWORD),
        ("a session", world.agent.cookie.split_once('=').unwrap().1),
        ("a visitor's token", &objects.visitor.token),
        ("the seed of a second factor", offer["secret"].as_str().unwrap()),
        ("a secret of a channel", created["value"].as_str().unwrap()),
        ("the key of a language model", LLM_KEY),
        ("the secret of a connector", CONNECTOR_SECRET),
    ] {
        assert!(!lies_there(secret), "{what} can be read in the database");
    }
    // It would have been found: other things are.
    assert!(lies_there(&world.agent.email) && lies_there("你好"));
    app.close().await;
}
