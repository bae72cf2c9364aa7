//! Requests that another site makes a browser send (A13): the cookie alone changes nothing.

use super::{
    samples::{address, body},
    world::{Who, World},
};
use crate::support::*;
use server::routes::{self, Access};

#[tokio::test]
async fn every_change_needs_own_origin_and_the_sessions_own_token() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let objects = world.objects(&app).await;
    let other = Agent::login(app.address, &world.owner.email).await;
    let mut tried = 0;
    for route in routes::all() {
        if route.method == "GET" || !matches!(route.access, Access::Staff(_)) {
            continue;
        }
        let path = address(route.path, &objects);
        let good = world.request(&app, Who::Owner, &objects, route.method.as_str(), &path);
        let good = match &route.body {
            Some(_) => good.json(&body(route.method.as_str(), route.path, &objects)),
            None => good,
        };
        let own = format!("http://{}", app.address);
        for (what, forged) in [
            ("no token", good.clone().without("x-csrf-token")),
            ("empty token", good.clone().header("x-csrf-token", "")),
            ("another session's token", good.clone().header("x-csrf-token", &other.csrf)),
            ("part of the token", good.clone().header("x-csrf-token", &world.owner.csrf[..63])),
            ("token in the address", {
                let mut request = good.clone().without("x-csrf-token");
                request.path += if path.contains('?') { "&x=" } else { "?x-csrf-token=" };
                request.path += &world.owner.csrf;
                request
            }),
            ("foreign origin", good.clone().header("origin", "https://evil.example")),
            ("no origin at all of a page", good.clone().header("origin", "null")),
            ("own host, other port", good.clone().header("origin", "http://127.0.0.1:1")),
            ("origin that starts alike", good.clone().header("origin", &format!("{own}.evil.example"))),
            ("two origins", good.clone().and_header("origin", &own)),
            ("fetch metadata of a stranger", good.clone().header("sec-fetch-site", "cross-site")),
            ("fetch metadata of a sibling", good.clone().header("sec-fetch-site", "same-site")),
        ] {
            let answer = forged.send(app.address).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (403, "forbidden"),
                "{what}: {} {path}",
                route.method
            );
            tried += 1;
        }
        // What a form can send; the guard has passed, the body does not.
        if route.body.is_some() {
            for kind in
                ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
            {
                let text = body(route.method.as_str(), route.path, &objects).to_string();
                good.clone().bytes(kind, text).send(app.address).await.refused(415, "unsupported_media_type");
            }
        }
    }
    assert!(tried > 200, "{tried}");
    // Nothing happened: the conversation is as it was.
    let state = world.agent.conversation(&objects.conversation).await;
    assert_eq!((&state["status"], &state["assignee_id"]), (&json!("open"), &json!(world.agent.id)));
    app.close().await;
}

#[tokio::test]
async fn method_cannot_be_disguised() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let objects = world.objects(&app).await;
    let path = format!("/api/teams/{}", objects.team);
    for name in ["x-http-method-override", "x-method-override", "x-http-method"] {
        for method in ["GET", "POST"] {
            let request = world.owner.request(method, &path).header(name, "DELETE");
            request.send(app.address).await.refused(405, "method_not_allowed");
        }
    }
    for query in ["_method=DELETE", "method=DELETE"] {
        world
            .owner
            .request("POST", &format!("{path}?{query}"))
            .send(app.address)
            .await
            .refused(405, "method_not_allowed");
    }
    for method in ["TRACE", "CONNECT", "PROPFIND", "delete", "X"] {
        let answer = world.owner.request(method, &path).send(app.address).await;
        assert!(matches!(answer.status, 400 | 404 | 405), "{method}: {}", answer.status);
    }
    let teams = world.owner.get("/api/teams").await.expect(200).text();
    assert!(teams.contains(&objects.team));
    app.close().await;
}
