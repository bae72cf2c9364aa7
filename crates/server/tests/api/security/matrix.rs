//! The authorisation matrix: every route of the table, asked by everybody. What is expected
//! follows from the route's own `Access` and from who may see the object (A08, A10).

use super::{
    samples::{address, body, picture},
    world::{Who, World},
};
use crate::support::*;
use model::Permission;
use server::routes::{self, Access, Route};

/// Reviewed one by one: what needs no credential.
const PUBLIC: [(&str, &str); 8] = [
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/openapi.json"),
    // Gone once there is a workspace.
    ("GET", "/api/setup"),
    ("POST", "/api/setup"),
    // These two make credentials: limited by address.
    ("POST", "/api/login"),
    ("POST", "/api/visitor/session"),
];

#[derive(Debug, PartialEq, Eq)]
enum Expected {
    /// The good answer of the table.
    Done,
    Refused(u16, &'static str),
}

use Expected::{Done, Refused};

/// Whether the principal may see what the path names.
fn sees(path: &str, who: Who) -> bool {
    let kind = path.trim_start_matches("/api/").split('/').next().unwrap();
    match kind {
        _ if !path.contains('{') => true,
        // One's own sessions only, whatever the role.
        "me" => who == Who::Agent,
        "conversations" | "contacts" | "files" | "grants" => {
            matches!(who, Who::Agent | Who::Supervisor | Who::Admin | Who::Owner)
        }
        // Every visitor of a channel may read them.
        "visitor" if path.contains("/articles/") => true,
        "visitor" => who == Who::Visitor,
        _ => who != Who::Foreigner,
    }
}

fn expected(route: &Route, who: Who) -> Expected {
    match route.access {
        Access::Public => of_public(route),
        Access::Visitor if !matches!(who, Who::Visitor | Who::OtherVisitor) => {
            Refused(401, "invalid_session")
        }
        // Names a conversation in its body.
        Access::Visitor if route.path == "/api/visitor/messages" && who != Who::Visitor => {
            Refused(404, "not_found")
        }
        Access::Staff(permission) => match who.role() {
            None => Refused(401, "unauthenticated"),
            Some(role) if !role.may(permission) => Refused(403, "forbidden"),
            Some(_) if !sees(route.path, who) => Refused(404, "not_found"),
            // Names teams and agents in its body: those of another workspace do not exist.
            Some(_) if who == Who::Foreigner && names_objects(route) => Refused(422, "invalid_field"),
            Some(_) => of_staff(route, who),
        },
        Access::Visitor if sees(route.path, who) => Done,
        Access::Visitor => Refused(404, "not_found"),
    }
}

fn names_objects(route: &Route) -> bool {
    (route.method.as_str(), route.path) == ("PUT", "/api/llm/settings")
        || route.method == "POST"
            && matches!(
                route.path,
                "/api/agents"
                    | "/api/teams"
                    | "/api/channels"
                    | "/api/knowledge/entries"
                    | "/api/knowledge/regression"
            )
}

/// The samples log nobody in and start nothing.
fn of_public(route: &Route) -> Expected {
    match route.path {
        "/api/setup" | "/api/visitor/session" => Refused(404, "not_found"),
        "/api/login" => Refused(401, "invalid_credentials"),
        _ => Done,
    }
}

/// What is allowed, and refused for another reason that only those who may learn.
fn of_staff(route: &Route, who: Who) -> Expected {
    match (route.method.as_str(), route.path) {
        ("PUT", "/api/me/password") => Refused(403, "wrong_password"),
        ("POST", "/api/me/totp/confirm") => Refused(401, "invalid_code"),
        ("POST", "/api/conversations/{id}/accept") if who != Who::Agent => Refused(409, "already_assigned"),
        // Another agent has it, and nobody asked for help.
        ("POST", path) if path.starts_with("/api/conversations/{id}/help") && who != Who::Agent => {
            Refused(409, "already_assigned")
        }
        // The entry is a draft.
        ("POST", "/api/knowledge/entries/{id}/withdraw" | "/api/knowledge/entries/{id}/restore") => {
            Refused(409, "entry_state")
        }
        // No model is set up.
        ("POST", path) if path.starts_with("/api/conversations/{id}/copilot/") => Refused(409, "llm_off"),
        // Nobody is there to be asked.
        ("POST", "/api/conversations/{id}/lookups") => Refused(502, "connector_failed"),
        // Nobody approved it yet.
        ("POST", "/api/grants/{id}/tell") => Refused(409, "grant_not_open"),
        ("POST", "/api/conversations/{id}/reopen") => Refused(409, "conversation_not_resolved"),
        _ => Done,
    }
}

#[test]
fn only_reviewed_routes_are_public() {
    let all = routes::all();
    let public: Vec<_> = all
        .iter()
        .filter(|route| route.access == Access::Public)
        .map(|route| (route.method.as_str(), route.path))
        .collect();
    assert_eq!(public.len(), PUBLIC.len(), "{public:?}");
    for one in public {
        assert!(PUBLIC.contains(&one), "{one:?} is public and was not reviewed");
    }
}

#[test]
fn every_permission_that_guards_something_guards_a_route() {
    let all = routes::all();
    // Sight of everything widens routes.
    let elsewhere = [Permission::ViewAllConversations];
    for permission in Permission::ALL.iter().filter(|one| !elsewhere.contains(one)) {
        let guards = all.iter().any(|route| route.access == Access::Staff(*permission));
        assert!(guards, "{}", permission.code());
    }
}

#[tokio::test]
async fn every_route_answers_everybody_as_its_row_says() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let all = world.objects(&app).await;
    let mut wrong = Vec::new();
    // Nothing runs in the background here, and /readyz says so.
    for route in routes::all().into_iter().filter(|route| route.path != "/readyz") {
        for who in Who::ALL {
            let objects = match route.method.as_str() {
                "GET" => all.clone(),
                _ => world.fresh(&app, route.path, &all).await,
            };
            let path = address(route.path, &objects);
            if route.path == "/api/me/totp/confirm" && who.role().is_some() {
                world
                    .request(&app, who, &objects, "POST", "/api/me/totp")
                    .send(app.address)
                    .await
                    .expect(200);
            }
            let mut request = world.request(&app, who, &objects, route.method.as_str(), &path);
            if route.body.is_some() {
                request = request.json(&body(route.method.as_str(), route.path, &objects));
            } else if route.takes_file {
                request = if route.path.ends_with("/images") {
                    request.bytes("image/png", picture())
                } else {
                    request.bytes("text/plain", "你好")
                };
            }
            if ends_session(&route) {
                // The others still need theirs.
                request = spare(&app, &world, who, request).await;
            }
            let answer = request.send(app.address).await;
            let expected = expected(&route, who);
            let as_expected = match expected {
                Done if route.media_type.is_some() => answer.status == 200,
                Done => answer.status == route.answer.0,
                Refused(status, code) => answer.status == status && answer.code() == code,
            };
            if !as_expected {
                wrong.push(format!(
                    "{} {} by {who:?}: {} {:.160}, expected {expected:?}",
                    route.method,
                    route.path,
                    answer.status,
                    answer.text()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    app.settle().await;
    app.close().await;
}

pub fn ends_session(route: &Route) -> bool {
    let (method, path) = (route.method.as_str(), route.path);
    matches!((method, path), ("POST", "/api/logout") | ("DELETE", "/api/visitor/session"))
}

/// The same request with a session of its own.
async fn spare(app: &TestApp, world: &World, who: Who, request: Request) -> Request {
    match (who, world.staff(who)) {
        (Who::OtherVisitor, _) => {
            let visitor = app.visitor_of(&world.channel).await;
            request.header("authorization", &format!("Bearer {}", visitor.token))
        }
        (_, Some(agent)) => {
            let spare = Agent::login(app.address, &agent.email).await;
            request.header("cookie", &spare.cookie).header("x-csrf-token", &spare.csrf)
        }
        _ => request,
    }
}

#[tokio::test]
async fn file_that_was_not_sent_yet_is_its_uploaders_alone() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let objects = world.objects(&app).await;
    for who in Who::ALL {
        let (path, refused) = match who {
            Who::Visitor | Who::OtherVisitor => (format!("/api/visitor/files/{}", objects.unsent), 404),
            Who::Anonymous => (format!("/api/files/{}", objects.unsent), 401),
            _ => (format!("/api/files/{}", objects.unsent), 404),
        };
        let expected = if who == Who::Visitor { 200 } else { refused };
        world.request(&app, who, &objects, "GET", &path).send(app.address).await.expect(expected);
    }
    app.close().await;
}
