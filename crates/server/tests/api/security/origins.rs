//! Which pages may open a socket (A12), and which may use a visitor's token (A27).

use crate::support::{
    socket::{STAFF, VISITOR},
    *,
};
use server::config::{Config, PublicUrl};

fn https(config: &mut Config) {
    config.public_url = PublicUrl::parse("https://chat.example.com").unwrap();
}

const OWN: &str = "https://chat.example.com";
const FOREIGN: [&str; 12] = [
    "null",
    "",
    "https://evil.example",
    "http://chat.example.com",
    "https://chat.example.com:8443",
    "https://a.chat.example.com",
    "https://example.com",
    "https://chat.example.com.evil.example",
    "https://evilchat.example.com",
    "https://chat.example.com@evil.example",
    "https://CHAT.example.com",
    "file://",
];

#[tokio::test]
async fn socket_opens_for_our_own_pages_and_for_programs_only() {
    let app = TestApp::with(Backend::Sqlite, https).await.unwrap();
    let site = ("origin", "https://shop.example");
    for path in [STAFF, VISITOR] {
        for cookie in ["", "__Host-sid=x"] {
            for origin in FOREIGN.iter().copied().chain([site.1]) {
                let headers = [("origin", origin), ("cookie", cookie)];
                let refused = Socket::handshake(app.address, path, &headers).await;
                assert_eq!(refused.err(), Some(403), "{origin:?} {path}");
            }
            for headers in [
                vec![("cookie", cookie)],
                vec![("origin", OWN), ("cookie", cookie)],
                vec![("origin", OWN), ("sec-fetch-site", "same-origin"), ("cookie", cookie)],
            ] {
                let mut socket = Socket::handshake(app.address, path, &headers).await.unwrap();
                // A cookie is no credential here.
                socket.say(json!({"type": "watch_inbox"})).await;
                socket.refused("hello_expected").await;
            }
            let twice = [("origin", OWN), ("origin", "https://evil.example")];
            assert_eq!(Socket::handshake(app.address, path, &twice).await.err(), Some(403));
            let mixed = [("origin", OWN), ("sec-fetch-site", "cross-site")];
            assert_eq!(Socket::handshake(app.address, path, &mixed).await.err(), Some(403));
        }
    }
    app.close().await;
}

#[tokio::test]
async fn without_a_configured_address_the_host_that_was_asked_is_own() {
    let app = TestApp::sqlite().await;
    let own = format!("http://{}", app.address);
    assert!(Socket::handshake(app.address, VISITOR, &[("origin", own.as_str())]).await.is_ok());
    for origin in ["http://evil.example", "http://127.0.0.1:1", "http://127.0.0.1", "null"] {
        assert_eq!(
            Socket::handshake(app.address, VISITOR, &[("origin", origin)]).await.err(),
            Some(403),
            "{origin}"
        );
    }
    app.close().await;
}

#[tokio::test]
async fn token_of_a_visitor_works_on_own_pages_and_on_sites_of_its_channel() {
    let app = TestApp::sqlite().await;
    let (_, bound) = app.new_channel(json!({"allowed_origins": ["https://shop.example"]})).await;
    let (_, open) = app.new_channel(json!({})).await;
    let from = |origin: &str, request: Request| request.without("sec-fetch-site").header("origin", origin);
    for (key, origin, allowed) in [
        (&bound, "https://shop.example", true),
        (&bound, "http://shop.example", false),
        (&bound, "https://shop.example:8443", false),
        (&bound, "https://a.shop.example", false),
        (&bound, "https://shop.example.evil.example", false),
        (&bound, "null", false),
        (&open, "https://evil.example", false),
    ] {
        let body = json!({"channel": key});
        let start = from(origin, from_own_page(app.address, "POST", "/api/visitor/session").json(&body));
        let visitor = app.visitor_of(key).await;
        let read = from(origin, visitor.request("GET", "/api/visitor/conversations"));
        for request in [start, read] {
            let answer = request.send(app.address).await;
            if allowed {
                answer.expect(200);
            } else {
                answer.refused(403, "foreign_origin");
            }
        }
    }
    app.close().await;
}

/// What a browser asks before a script on another origin may send a request.
fn preflight(path: &str, origin: &str, method: &str) -> Request {
    Request::new("OPTIONS", path)
        .header("origin", origin)
        .header("sec-fetch-site", "cross-site")
        .header("access-control-request-method", method)
        .header("access-control-request-headers", "authorization,content-type")
}

#[tokio::test]
async fn answers_are_readable_on_own_pages_and_on_sites_of_the_channel_only() {
    const READABLE: &str = "access-control-allow-origin";
    let app = TestApp::sqlite().await;
    let (_, bound) = app.new_channel(json!({"allowed_origins": ["https://shop.example"]})).await;
    let (_, other) = app.new_channel(json!({"allowed_origins": ["https://other.example"]})).await;
    let visitor = app.visitor_of(&bound).await;
    let conversations = "/api/visitor/conversations";
    for (path, method) in [
        ("/api/visitor/session", "POST"),
        (conversations, "GET"),
        ("/api/visitor/messages", "POST"),
        ("/api/visitor/conversations/1/rating", "PUT"),
        ("/api/visitor/uploads", "POST"),
    ] {
        let answer = preflight(path, "https://shop.example", method).send(app.address).await;
        assert_eq!(answer.status, 204, "{path}");
        assert_eq!(answer.header(READABLE), Some("https://shop.example"));
        assert!(answer.header("access-control-allow-methods").unwrap().contains(method));
        assert_eq!(answer.header("access-control-allow-headers"), Some("authorization, content-type"));
        for origin in
            ["https://evil.example", "null", "http://shop.example", "https://shop.example.evil.example"]
        {
            let answer = preflight(path, origin, method).send(app.address).await;
            assert_eq!(answer.header(READABLE), None, "{origin}");
            answer.refused(403, "foreign_origin");
        }
    }
    let from = |origin: &str, request: Request| {
        request.header("sec-fetch-site", "cross-site").header("origin", origin)
    };
    let read = || visitor.request("GET", conversations);
    let answer = from("https://shop.example", read()).send(app.address).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header(READABLE), Some("https://shop.example"));
    assert!(answer.headers.iter().any(|(name, value)| name == "vary" && value.contains("origin")));
    // A site of another channel may know that it was refused, and no more.
    from("https://other.example", read()).send(app.address).await.refused(403, "foreign_origin");
    for origin in ["https://evil.example", "null"] {
        let answer = from(origin, read()).send(app.address).await;
        assert_eq!(answer.header(READABLE), None, "{origin}");
        answer.refused(403, "foreign_origin");
    }
    let body = json!({"channel": other});
    let start = from_own_page(app.address, "POST", "/api/visitor/session").json(&body);
    let answer = from("https://other.example", start).send(app.address).await;
    assert_eq!((answer.status, answer.header(READABLE)), (200, Some("https://other.example")));

    // Cookies never come along, and what agents use is not for scripts of others at all.
    for path in ["/api/session", "/api/conversations", "/api/visitor-sessions", "/livez"] {
        let answer = preflight(path, "https://shop.example", "GET").send(app.address).await;
        assert_eq!(answer.header(READABLE), None, "{path}");
    }
    assert_eq!(
        from("https://shop.example", read())
            .send(app.address)
            .await
            .header("access-control-allow-credentials"),
        None
    );
    app.close().await;
}
