//! The session of a visitor's browser: started, continued, renewed, ended.

use crate::support::*;

both! {
    async fn session_goes_on_with_its_token_and_is_renewed_once_a_day(app: &TestApp) {
        let visitor = app.visitor().await;
        let id = visitor.opens("你好").await;
        let body = json!({"channel": app.channel().await, "token": visitor.token});
        let again = Visitor::start(app.address, &body).await;
        assert_eq!((&again.token, &again.contact), (&visitor.token, &visitor.contact));
        assert_eq!(again.session["conversation"]["id"], json!(id));
        app.clock.advance(DAY + SECOND);
        let renewed = Visitor::start(app.address, &body).await;
        assert_ne!(renewed.token, visitor.token);
        assert_eq!(renewed.contact, visitor.contact);
        // Another tab may still hold the old one.
        visitor.get("/api/visitor/conversations").await.expect(200);
        app.clock.advance(180 * DAY);
        renewed.get("/api/visitor/conversations").await.refused(401, "invalid_session");
        app.settle().await;
    }

    async fn token_of_another_channel_or_a_dead_one_starts_anew(app: &TestApp) {
        let (_, other) = app.new_channel(json!({})).await;
        let visitor = app.visitor().await;
        for token in [visitor.token.as_str(), "vs_", "", "sid", "vs_ÄÖ"] {
            let body = json!({"channel": other, "token": token});
            let fresh = Visitor::start(app.address, &body).await;
            assert_ne!(fresh.contact, visitor.contact, "{token}");
        }
        for key in ["", "x", "../x", "K\u{0}", &"k".repeat(41)] {
            let body = json!({"channel": key});
            Visitor::try_start(app.address, &body).await.refused(404, "not_found");
        }
    }

    async fn reset_ends_the_session_and_its_sockets(app: &TestApp) {
        let visitor = app.visitor().await;
        let mut window = visitor.connect().await;
        visitor.delete("/api/visitor/session").await.expect(204);
        assert_eq!(window.closed().await.0, 4001);
        visitor.get("/api/visitor/conversations").await.refused(401, "invalid_session");
        let mut late = Socket::handshake(app.address, "/api/visitor/socket", &[]).await.unwrap();
        late.hello(&visitor.token).await;
        late.refused("invalid_session").await;
        assert_eq!(late.closed().await.0, 4001);
    }

    async fn what_a_page_says_is_cut_and_never_refused(app: &TestApp) {
        let hints = json!({
            "name": "名".repeat(3_000), "email": " x ", "phone": "\u{7}123",
            "attributes": (0..80).map(|n| (format!("key{n:02}"), json!("v".repeat(510)))).collect::<serde_json::Map<_, _>>(),
        });
        let page = json!({"url": "u".repeat(3_000), "title": "t\u{0}\n".repeat(300), "referrer": "", "time_zone": "z".repeat(99)});
        let body = json!({"channel": app.channel().await, "hints": hints, "page": page});
        let visitor = Visitor::start(app.address, &body).await;
        let contact = format!("/api/contacts/{}", visitor.contact);
        let contact = app.owner().await.get(&contact).await.expect(200).json();
        let length = |name: &str| contact[name].as_str().unwrap().chars().count();
        assert_eq!((length("name"), length("page_url"), length("page_title")), (200, 1_000, 200));
        assert_eq!((&contact["phone"], length("time_zone")), (&json!("123"), 60));
        assert_eq!(contact["attributes"].as_object().unwrap().len(), 50);
        assert_eq!(contact["attributes"]["key00"].as_str().unwrap().len(), 500);
    }
}
