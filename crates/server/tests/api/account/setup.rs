//! The first run: once, and then never again (A37).

use crate::support::*;

fn founding(email: &str) -> Value {
    json!({
        "workspace": "山茶家居", "owner_name": "林山", "owner_email": email, "owner_password": PASSWORD,
        "channel_name": "官网", "site": "https://Shop.example/", "locale": "en",
    })
}

async fn found(app: &TestApp, body: &Value) -> Answer {
    from_own_page(app.address, "POST", "/api/setup").json(body).send(app.address).await
}

async fn is_gone(app: &TestApp) {
    for path in ["/api/setup", "/setup"] {
        Request::new("GET", path).send(app.address).await.refused(404, "not_found");
    }
    found(app, &founding("thief@shop.example")).await.refused(404, "not_found");
    // Also for what would have been refused before.
    found(app, &json!({"workspace": ""})).await.expect(404);
}

async fn behaviour(backend: Backend) {
    let Some(app) = TestApp::new(backend).await else { return };
    Request::new("GET", "/api/setup").send(app.address).await.expect(204);
    for (field, value, code, status) in [
        ("owner_email", json!("nobody"), "invalid_field", 422),
        ("owner_password", json!("short"), "weak_password", 422),
        ("workspace", json!(" "), "invalid_field", 422),
        ("channel_name", json!(""), "invalid_field", 422),
        ("site", json!("https://shop.example/path"), "invalid_field", 422),
        ("site", json!("javascript:alert(1)"), "invalid_field", 422),
        ("role", json!("owner"), "unknown_field", 400),
    ] {
        let mut body = founding("owner@shop.example");
        body[field] = value.clone();
        found(&app, &body).await.refused(status, code);
    }
    let body = founding("owner@shop.example");
    let foreign = from_own_page(app.address, "POST", "/api/setup").header("origin", "https://evil.example");
    foreign.json(&body).send(app.address).await.refused(403, "forbidden");

    // Of several who try at once, one founds.
    let bodies: Vec<Value> = (0..4).map(|n| founding(&format!("owner{n}@shop.example"))).collect();
    let answers = futures_util::future::join_all(bodies.iter().map(|body| found(&app, body))).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 404).count(), 3, "{statuses:?}");
    let done = answers.iter().find(|answer| answer.status == 201).unwrap();
    assert_eq!(done.json()["channel"]["allowed_origins"], json!(["https://shop.example"]));
    // Whoever founded is logged in.
    let cookie = done.cookie().unwrap();
    let me = Request::new("GET", "/api/me").header("cookie", &cookie).send(app.address).await.expect(200);
    assert_eq!((&me.json()["role"], &me.json()["locale"]), (&json!("owner"), &json!("en")));
    is_gone(&app).await;
    let app = app.restart().await;
    is_gone(&app).await;
    Request::new("GET", "/api/me").header("cookie", &cookie).send(app.address).await.expect(200);
    app.close().await;
}

#[tokio::test]
async fn set_up_works_once_and_is_gone_for_ever_on_sqlite() {
    behaviour(Backend::Sqlite).await;
}

#[tokio::test]
async fn set_up_works_once_and_is_gone_for_ever_on_postgres() {
    behaviour(Backend::Postgres).await;
}
