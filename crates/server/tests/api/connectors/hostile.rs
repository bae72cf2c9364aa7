//! A business system of ill will, or one that fails (A25): whoever asked learns how it ended, and nothing else
//! happens.

use super::*;
use std::time::Instant;

async fn fails(app: &TestApp, id: &str, order: &str, reason: &str) {
    let tried = trial(app, id, order).await.expect(200).json();
    assert_eq!((&tried["failure"], &tried["rows"]), (&json!(reason), &json!([])), "{tried}");
}

#[tokio::test]
async fn whatever_a_server_does_ends_in_words() {
    let app = TestApp::sqlite().await;
    let inside = System::start_on("127.0.0.1", |_| one_order()).await;
    let (private, elsewhere) = (inside.url("/orders/A1"), System::start(|_| one_order()).await);
    let away = elsewhere.url("/orders/A1");
    let system = System::start(move |asked| match asked.target() {
        "/orders/private" => Reply::Redirect(private.clone()),
        "/orders/file" => Reply::Redirect("file:///etc/passwd".into()),
        "/orders/away" => Reply::Redirect(away.clone()),
        "/orders/huge" => Reply::Flood,
        "/orders/html" => Reply::Plain(200, "text/html", "<h1>login</h1>".into()),
        "/orders/deep" => Reply::Plain(200, "application/json", "[".repeat(10_000) + &"]".repeat(10_000)),
        "/orders/empty" => Reply::Plain(204, "application/json", String::new()),
        _ => Reply::Plain(403, "application/json", "{}".into()),
    })
    .await;
    let headers = json!([{"name": "x-tenant", "value": "t-1"}]);
    let id =
        add(&app, &system, json!({"auth": {"kind": "bearer"}, "secret": "cs-away-1", "headers": headers}))
            .await;
    for (order, reason) in [
        ("private", "refused"),
        ("file", "refused"),
        ("huge", "too_large"),
        ("html", "not_json"),
        ("deep", "not_json"),
        ("other", "status"),
    ] {
        fails(&app, &id, order, reason).await;
    }
    let empty = trial(&app, &id, "empty").await.expect(200).json();
    assert_eq!(empty["failure"], json!(null));
    assert!(inside.asked().is_empty(), "a private address was asked");
    // To another server of the public it may lead on, but without what was meant for the first one.
    assert_eq!(trial(&app, &id, "away").await.expect(200).json()["rows"][0][0]["value"], "已发货");
    let asked = elsewhere.asked().pop().unwrap();
    assert_eq!((asked.header("authorization"), asked.header("x-tenant")), (None, None), "{}", asked.head);
    app.close().await;
}

#[tokio::test]
async fn nobody_waits_longer_than_the_connector_says() {
    let app = TestApp::sqlite().await;
    let system = System::start(|asked| match asked.target() {
        "/orders/hang" => Reply::Hang,
        _ => Reply::Drip,
    })
    .await;
    let id = add(&app, &system, json!({"timeout_ms": 1_000})).await;
    for order in ["hang", "drip"] {
        let began = Instant::now();
        fails(&app, &id, order, "timeout").await;
        assert!(began.elapsed().as_secs() < 5, "{order}");
    }
    app.close().await;
}

#[tokio::test]
async fn a_server_that_fails_again_and_again_rests() {
    let app = TestApp::sqlite().await;
    let system = System::start(|_| Reply::Plain(503, "text/plain", "no".into())).await;
    let id = add(&app, &system, json!({})).await;
    for _ in 0..5 {
        fails(&app, &id, "A1", "status").await;
    }
    fails(&app, &id, "A1", "resting").await;
    assert_eq!(system.asked().len(), 5);
    app.close().await;
}
