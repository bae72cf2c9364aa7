//! Logging in: every wrong way is refused alike (A03, A33), guessing is slow (A34), and nobody
//! can pretend to come from elsewhere (A42).

use crate::support::*;
use server::{config::Config, rate::Rates};

fn with_limits(config: &mut Config) {
    config.rates = Rates::default();
}

async fn login(app: &TestApp, email: &str, password: &str) -> Answer {
    Agent::try_login(app.address, &json!({"email": email, "password": password})).await
}

/// How many password hashes an attempt costs.
async fn cost(app: &TestApp, email: &str, password: &str) -> (Answer, u64) {
    let before = app.state.services.accounts.password_checks();
    let answer = login(app, email, password).await;
    (answer, app.state.services.accounts.password_checks() - before)
}

both! {
    async fn every_wrong_way_gets_the_same_answer_at_the_same_price(app: &TestApp) {
        let owner = app.owner().await;
        let agent = app.agent("甲", "agent").await;
        let gone = app.agent("乙", "agent").await;
        owner.patch(&format!("/api/agents/{}", gone.id), &json!({"active": false})).await.expect(200);
        let (wrong, price) = cost(app, &agent.email, "Wrong-Kettle-2718").await;
        assert_eq!(price, 1);
        let expected = (wrong.status, wrong.text());
        wrong.refused(401, "invalid_credentials");
        let nobody = "nobody@shop.example";
        for (email, password) in [
            (nobody, PASSWORD), (nobody, ""), (nobody, "x"), (&gone.email, PASSWORD), (&gone.email, "x"),
            (&agent.email, ""), (&agent.email, "blue-kettle-2718"), (&agent.email, "Blue-Kettle-2718 "),
            ("", PASSWORD), ("\u{0}", PASSWORD), ("%", PASSWORD), ("' or 1=1 --", PASSWORD),
            (&format!("{}\u{0}", agent.email), PASSWORD), (&"x".repeat(5_000), PASSWORD),
            (&agent.email, "x\u{0}y"),
        ] {
            let (answer, price) = cost(app, email, password).await;
            assert_eq!((answer.status, answer.text()), expected, "{email:?} {password:?}");
            assert_eq!((price, answer.header("set-cookie")), (1, None), "{email:?} {password:?}");
        }
        // One that is too long costs nothing, whoever it is for (Mattermost CVE-2026-24458).
        for email in [agent.email.as_str(), nobody] {
            let (answer, price) = cost(app, email, &"x".repeat(1_025)).await;
            assert_eq!((answer.status, answer.text(), price), (expected.0, expected.1.clone(), 0));
        }
        login(app, &format!("  {} ", agent.email.to_uppercase()), PASSWORD).await.expect(200);
    }

    async fn each_login_is_a_new_session_whatever_the_browser_brought(app: &TestApp) {
        let agent = app.agent("甲", "agent").await;
        let planted = from_own_page(app.address, "POST", "/api/login").header("cookie", &agent.cookie)
            .json(&json!({"email": agent.email, "password": PASSWORD})).send(app.address).await.expect(200);
        assert_ne!(planted.cookie().unwrap(), agent.cookie);
        assert_ne!(planted.json()["csrf_token"], json!(agent.csrf));
        assert_ne!(planted.json()["session_id"], agent.get("/api/me").await.json()["session_id"]);
        for wrong in ["sid=", "sid=x", "sid=vs_x", "other=1", "sid=\"x\"", &format!("{}x", agent.cookie)] {
            Request::new("GET", "/api/me").header("cookie", wrong).send(app.address).await
                .refused(401, "unauthenticated");
        }
        let sessions = agent.get("/api/me/sessions").await.expect(200).json();
        assert_eq!(sessions["sessions"].as_array().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let app = TestApp::sqlite().await;
    let set = |answer: &Answer| answer.header("set-cookie").unwrap().to_owned();
    app.owner().await;
    let plain = set(&login(&app, "owner@shop.example", PASSWORD).await.expect(200));
    assert!(plain.starts_with("sid=") && !plain.contains("Secure"), "{plain}");
    app.close().await;

    let secure = |config: &mut Config| {
        config.public_url = server::config::PublicUrl::parse("https://chat.example.com").unwrap();
    };
    let app = TestApp::with(Backend::Sqlite, secure).await.unwrap();
    let own = |method: &str, path: &str| {
        Request::new(method, path)
            .header("origin", "https://chat.example.com")
            .header("sec-fetch-site", "same-origin")
    };
    let setup = json!({
        "workspace": "a", "owner_name": "a", "owner_email": "owner@shop.example", "owner_password": PASSWORD,
        "channel_name": "a",
    });
    let founded = own("POST", "/api/setup").json(&setup).send(app.address).await.expect(201);
    for cookie in
        [plain.replace("sid=", "__Host-sid=").replace("SameSite=Lax", "SameSite=Lax; Secure"), set(&founded)]
    {
        let attributes: Vec<&str> = cookie.split("; ").collect();
        assert!(attributes[0].starts_with("__Host-sid="), "{cookie}");
        for needed in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"] {
            assert!(attributes.contains(&needed), "{needed} in {cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
    // A cookie that a sub-domain planted beside it does not win.
    let real = founded.cookie().unwrap();
    let both = format!("sid=evil; {real}");
    Request::new("GET", "/api/me").header("cookie", &both).send(app.address).await.expect(200);
    app.close().await;
}

#[tokio::test]
async fn page_of_another_site_cannot_log_anybody_in() {
    let app = TestApp::sqlite().await;
    app.owner().await;
    let body = json!({"email": "owner@shop.example", "password": PASSWORD});
    for (name, value) in
        [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")]
    {
        let request = from_own_page(app.address, "POST", "/api/login").header(name, value).json(&body);
        request.send(app.address).await.refused(403, "forbidden");
    }
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
    ] {
        let request = from_own_page(app.address, "POST", "/api/login").bytes(kind, body.to_string());
        request.send(app.address).await.refused(415, "unsupported_media_type");
    }
    app.close().await;
}

#[tokio::test]
async fn guessing_is_slow_and_a_forged_address_does_not_help() {
    let app = TestApp::with(Backend::Sqlite, with_limits).await.unwrap();
    app.owner().await;
    let attempt = async |email: &str, address: &str| {
        from_own_page(app.address, "POST", "/api/login")
            .header("x-forwarded-for", address)
            .header("x-real-ip", address)
            .header("forwarded", &format!("for={address}"))
            .json(&json!({"email": email, "password": "Wrong-Kettle-1"}))
            .send(app.address)
            .await
    };
    for n in 0..5 {
        attempt("li@shop.example", &format!("203.0.113.{n}")).await.refused(401, "invalid_credentials");
    }
    // The same account in another spelling, from an address that is not believed.
    let answer = attempt(" LI@shop.example", "198.51.100.1").await.refused(429, "rate_limited");
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=300).contains(&wait));
    // Another account can still log in; and all together are limited too.
    attempt("han@shop.example", "203.0.113.1").await.refused(401, "invalid_credentials");
    let mut refused = 0;
    for n in 0..60 {
        refused += usize::from(attempt(&format!("agent{n}@shop.example"), "203.0.113.1").await.status == 429);
    }
    assert!(refused > 0);
    app.close().await;
}

#[tokio::test]
async fn account_is_limited_whatever_the_address_says_a_trusted_proxy() {
    let trusting = |config: &mut Config| {
        config.rates = Rates::default();
        config.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    };
    let app = TestApp::with(Backend::Sqlite, trusting).await.unwrap();
    app.owner().await;
    let attempt = async |address: &str| {
        from_own_page(app.address, "POST", "/api/login")
            .header("x-forwarded-for", address)
            .json(&json!({"email": "li@shop.example", "password": "Wrong-Kettle-1"}))
            .send(app.address)
            .await
    };
    for n in 0..10 {
        attempt(&format!("203.0.113.{n}")).await.refused(401, "invalid_credentials");
    }
    attempt("203.0.113.99").await.refused(429, "rate_limited");
    app.close().await;
}

#[tokio::test]
async fn what_a_session_may_prove_is_limited_too() {
    let app = TestApp::with(Backend::Sqlite, with_limits).await.unwrap();
    let wrong = "Wrong-Kettle-1";
    for (method, path, body, code) in [
        ("PUT", "/api/me/password", json!({"current": wrong, "new": PASSWORD}), "wrong_password"),
        ("DELETE", "/api/me/totp", json!({"password": wrong}), "wrong_password"),
        ("POST", "/api/me/totp/confirm", json!({"code": "12345"}), "invalid_code"),
    ] {
        let agent = app.agent("甲", "agent").await;
        agent.request("POST", "/api/me/totp").send(app.address).await.expect(200);
        let guess = async || agent.request(method, path).json(&body).send(app.address).await;
        let mut guesses = 0;
        let refused = loop {
            let answer = guess().await;
            if answer.status == 429 {
                break answer.refused(429, "rate_limited");
            }
            assert_eq!(answer.code(), code, "{method} {path}");
            guesses += 1;
            assert!(guesses < 10, "{method} {path}: guessing has no end");
        };
        assert!(refused.header("retry-after").is_some());
        // The session itself goes on.
        agent.get("/api/me").await.expect(200);
    }
    app.close().await;
}

#[tokio::test]
async fn list_of_sessions_shows_where_a_login_really_came_from() {
    let app = TestApp::sqlite().await;
    let agent = app.agent("甲", "agent").await;
    let body = json!({"email": agent.email, "password": PASSWORD});
    let login = from_own_page(app.address, "POST", "/api/login")
        .header("x-forwarded-for", "203.0.113.9")
        .header("user-agent", &format!("{}\t<b>", "Mozilla ".repeat(100)))
        .json(&body);
    login.send(app.address).await.expect(200);
    let sessions = agent.get("/api/me/sessions").await.expect(200).json();
    let newest = &sessions["sessions"][0];
    assert_eq!(newest["address"], "127.0.0.1");
    assert!(newest["user_agent"].as_str().unwrap().len() <= 300);
    app.close().await;
}
