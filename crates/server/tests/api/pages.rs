//! Pages for everybody: what asking for them tells the administrators.

use crate::support::{http::Request, *};

/// Where the script of the first channel was seen last.
async fn seen(app: &TestApp) -> Option<String> {
    let list = app.owner().await.get("/api/channels").await.expect(200).json();
    list["channels"][0]["seen_origin"].as_str().map(str::to_owned)
}

async fn load(app: &TestApp, path: &str, referrer: Option<&str>) {
    let request = Request::new("GET", path);
    let request = match referrer {
        Some(address) => request.header("referer", address),
        None => request,
    };
    request.send(app.address).await;
}

#[tokio::test]
async fn script_is_seen_by_its_referrer_or_by_the_origin_of_its_window() {
    let app = TestApp::sqlite().await;
    let key = app.channel().await.to_owned();
    let script = format!("/octim.js?channel={key}");

    load(&app, &script, None).await;
    load(&app, &script, Some("android-app://com.example")).await;
    load(&app, "/octim.js?channel=unknown", Some("https://shop.example/")).await;
    load(&app, &format!("/window?channel={key}&origin=javascript:alert(1)"), None).await;
    assert_eq!(seen(&app).await, None);

    load(&app, &script, Some("https://shop.example/product/9?color=red")).await;
    assert_eq!(seen(&app).await.as_deref(), Some("https://shop.example"));
    load(&app, &format!("/window?channel={key}&origin=https%3A%2F%2Fquiet.example"), None).await;
    assert_eq!(seen(&app).await.as_deref(), Some("https://quiet.example"));
    app.close().await;
}

#[tokio::test]
async fn page_of_ours_does_not_hide_the_site_where_the_script_was_seen() {
    let app = TestApp::sqlite().await;
    let script = format!("/octim.js?channel={}", app.channel().await);
    let own = format!("http://{}", app.address);

    load(&app, &script, Some(&format!("{own}/demo"))).await;
    assert_eq!(seen(&app).await, Some(own.clone()));
    load(&app, &script, Some("https://shop.example/")).await;
    load(&app, &script, Some(&format!("{own}/demo"))).await;
    assert_eq!(seen(&app).await.as_deref(), Some("https://shop.example"));
    app.close().await;
}
