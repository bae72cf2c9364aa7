//! What every answer says to browsers and caches (A16, A27, A43).

use super::{
    samples::address,
    world::{Who, World},
};
use crate::support::*;
use server::routes::{self, Access};

#[tokio::test]
async fn window_is_framed_by_the_sites_of_its_channel_only() {
    let app = TestApp::sqlite().await;
    let (_, bound) =
        app.new_channel(json!({"allowed_origins": ["https://shop.example", "http://localhost:3000"]})).await;
    let policy = async |path: &str| {
        let answer = Request::new("GET", path).send(app.address).await;
        let policies = answer.headers.iter().filter(|(name, _)| name == "content-security-policy");
        let policies: Vec<_> = policies.map(|(_, value)| value.clone()).collect();
        assert_eq!(policies.len(), 1, "{path}");
        let ancestors = policies[0].split("; ").find(|part| part.starts_with("frame-ancestors"));
        ancestors.unwrap_or_default().to_owned()
    };
    assert_eq!(
        policy(&format!("/window?channel={bound}")).await,
        "frame-ancestors 'self' https://shop.example http://localhost:3000"
    );
    let open = app.channel().await;
    assert_eq!(policy(&format!("/window?channel={open}")).await, "frame-ancestors *");
    let hosted = format!("/chat/{bound}");
    for path in ["/console/", "/console/inbox", "/docs", hosted.as_str(), "/api/me", "/nothing"] {
        assert_eq!(policy(path).await, "frame-ancestors 'none'", "{path}");
    }
    for wrong in ["/window?channel=", "/window?channel=x", "/chat/x", "/chat/%00", "/window"] {
        let answer = Request::new("GET", wrong).send(app.address).await;
        assert!(matches!(answer.status, 404 | 422), "{wrong}: {}", answer.status);
        assert_eq!(policy(wrong).await, "frame-ancestors 'none'", "{wrong}");
    }
    app.close().await;
}

#[tokio::test]
async fn data_and_errors_are_kept_by_no_cache() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let objects = world.objects(&app).await;
    for route in routes::all().into_iter().filter(|route| route.path.starts_with("/api/")) {
        for who in [Who::Anonymous, Who::Visitor, Who::Owner] {
            if route.method != "GET" && who != Who::Anonymous {
                continue;
            }
            let path = address(route.path, &objects);
            let request = world.request(&app, who, &objects, route.method.as_str(), &path);
            let answer = request.send(app.address).await;
            let about = format!("{} {path} by {who:?}", route.method);
            let cached = answer.header("cache-control").unwrap_or_default();
            assert!(cached.contains("no-store"), "{about}: {cached}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{about}");
            assert!(
                answer
                    .header("content-security-policy")
                    .is_some_and(|csp| csp.starts_with("default-src 'none'"))
            );
            // Files may be shown by a sibling host; nothing else by anybody else.
            let is_file = answer.header("content-disposition").is_some();
            let reach = if is_file { "same-site" } else { "same-origin" };
            assert_eq!(answer.header("cross-origin-resource-policy"), Some(reach), "{about}");
            assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{about}");
            assert_eq!(answer.header("access-control-allow-origin"), None, "{about}");
            assert_eq!(answer.header("server"), None, "{about}");
            if answer.status >= 400 {
                assert!(answer.header("vary").unwrap_or_default().contains("accept-language"), "{about}");
            }
            if route.access != Access::Public && answer.status < 300 {
                let kind = answer.header("content-type").unwrap_or_default();
                assert!(!kind.contains("html"), "{about}: {kind}");
            }
        }
    }
    app.close().await;
}

#[tokio::test]
async fn data_has_no_second_address_that_a_cache_could_take_for_a_file() {
    let app = TestApp::sqlite().await;
    let owner = app.owner().await;
    for path in [
        "/api/me/x.css",
        "/api/me.css",
        "/api/x.css",
        "/api/me/",
        "/api//me",
        "//api/me",
        "/api/me%2Fx.css",
        "/api/me;x.css",
        "/api/me%3Fx.css",
        "/API/ME",
        "/api/./me",
        "/api/me%00.css",
        "/api/conversations/x.js",
        "/static/../../api/me",
        "/octim.js/../api/me",
    ] {
        let answer = owner.get(path).await;
        assert!(matches!(answer.status, 404 | 400), "{path}: {} {:.80}", answer.status, answer.text());
        assert!(answer.header("cache-control").unwrap_or_default().contains("no-store"), "{path}");
        assert!(!answer.text().contains(&owner.email), "{path}");
    }
    app.close().await;
}

#[tokio::test]
async fn pages_with_a_session_are_out_of_reach_of_who_opened_them() {
    let app = TestApp::sqlite().await;
    let channel = app.channel().await.to_owned();
    for (path, opener, reach) in [
        ("/console/".to_owned(), Some("same-origin"), "same-origin"),
        ("/console/inbox/mine".to_owned(), Some("same-origin"), "same-origin"),
        ("/docs".to_owned(), Some("same-origin"), "same-origin"),
        (format!("/chat/{channel}"), Some("same-origin"), "same-origin"),
        // In a frame of the site, which must be able to load it.
        (format!("/window?channel={channel}"), None, "cross-origin"),
        (format!("/octim.js?channel={channel}"), None, "cross-origin"),
    ] {
        let answer = Request::new("GET", &path).send(app.address).await;
        assert_eq!(answer.header("cross-origin-opener-policy"), opener, "{path}");
        assert_eq!(answer.header("cross-origin-resource-policy"), Some(reach), "{path}");
    }
    app.close().await;
}

#[tokio::test]
async fn error_speaks_the_language_of_its_request() {
    let app = TestApp::sqlite().await;
    for (languages, title) in
        [("en", "Please log in first"), ("zh-CN,zh;q=0.9", "请先登录"), ("\u{ff}", "请先登录")]
    {
        let request = Request::new("GET", "/api/me").header("accept-language", languages);
        assert_eq!(request.send(app.address).await.refused(401, "unauthenticated").json()["title"], title);
    }
    app.close().await;
}

#[tokio::test]
async fn hostile_headers_are_answered_or_refused_and_never_crash() {
    let app = TestApp::sqlite().await;
    let owner = app.owner().await;
    for (name, value) in [
        ("user-agent", "x".repeat(7_000)),
        ("user-agent", "\u{ff}\u{fe}".repeat(50)),
        ("cookie", "sid=x; ".repeat(500)),
        ("cookie", "=;=;;sid".to_owned()),
        ("accept-language", "a,".repeat(2_000)),
        ("accept-language", "zh;q=1e400,en;q=nan".to_owned()),
        ("authorization", "Bearer ".repeat(200)),
        ("authorization", "Bearer \u{ff}".to_owned()),
        ("x-forwarded-for", "1.1.1.1,".repeat(700)),
        ("referer", "http://[::".to_owned()),
        ("host", "evil.example\\@x".to_owned()),
        ("range", "bytes=0-1,".repeat(500)),
        ("accept-encoding", "gzip;q=9".repeat(100)),
    ] {
        for path in ["/api/me", "/api/visitor/conversations", "/octim.js?channel=x", "/console/"] {
            let answer = owner.request("GET", path).header(name, &value).send(app.address).await;
            assert!(answer.status < 500, "{name} {value:.20}: {}", answer.status);
        }
    }
    owner.get("/api/me").await.expect(200);
    app.close().await;
}
