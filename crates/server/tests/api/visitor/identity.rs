//! Signed identities: what the site vouches for, and that nothing else finds anybody (A04, A06).

use crate::support::{jwt, *};

struct Site {
    id: String,
    key: String,
    secret: String,
}

async fn site(app: &TestApp) -> Site {
    let (id, key) = app.new_channel(json!({})).await;
    let secret = new_secret(app, &id).await;
    Site { id, key, secret }
}

async fn new_secret(app: &TestApp, channel: &str) -> String {
    let path = format!("/api/channels/{channel}/secrets");
    let created = app.owner().await.post(&path, &json!({})).await.expect(201).json();
    created["value"].as_str().unwrap().to_owned()
}

impl Site {
    fn sign(&self, user: &str) -> String {
        jwt::hs256(&self.secret, &jwt::claims(&self.key, user))
    }

    /// A session with this token, or none, and this identity.
    async fn identify(&self, app: &TestApp, token: Option<&str>, identity: &str) -> Answer {
        let body = json!({"channel": self.key, "token": token, "identity": identity});
        Visitor::try_start(app.address, &body).await
    }
}

both! {
    async fn signed_identity_is_the_same_contact_on_every_device(app: &TestApp) {
        let site = site(app).await;
        let mut claims = jwt::claims(&site.key, "user-7");
        claims["name"] = json!("李雷");
        claims["email"] = json!("li@example.com");
        let phone = site.identify(app, None, &jwt::hs256(&site.secret, &claims)).await.expect(200).json();
        assert_eq!((&phone["verified"], &phone["name"]), (&json!(true), &json!("李雷")));
        let phone = Visitor {
            address: app.address,
            token: phone["token"].as_str().unwrap().to_owned(),
            contact: phone["contact_id"].as_str().unwrap().to_owned(),
            session: phone,
        };
        let id = phone.opens("我的订单呢").await;
        // A second device comes anonymously first, then says who it is.
        let desktop = app.visitor_of(&site.key).await;
        let mut window = desktop.connect().await;
        let known = site.identify(app, Some(&desktop.token), &site.sign("user-7")).await.expect(200).json();
        assert_eq!(known["contact_id"], json!(phone.contact));
        assert_eq!(known["conversation"]["id"], json!(id));
        assert_eq!(known["token"], json!(desktop.token));
        // The socket of the nameless contact speaks for nobody any more.
        assert_eq!(window.closed().await.0, 4001);
        let own = desktop.get("/api/visitor/conversations").await.expect(200).json();
        assert_eq!(own["conversations"][0]["id"], json!(id));
        app.settle().await;
    }

    async fn unsigned_hint_reveals_and_merges_nothing(app: &TestApp) {
        let site = site(app).await;
        let mut claims = jwt::claims(&site.key, "user-7");
        claims["email"] = json!("li@example.com");
        let known = site.identify(app, None, &jwt::hs256(&site.secret, &claims)).await.expect(200).json();
        let token = known["token"].as_str().unwrap();
        let say = json!({"client_id": "c1", "content": {"type": "text", "text": "秘密"}});
        Request::new("POST", "/api/visitor/messages").header("authorization", &format!("Bearer {token}"))
            .json(&say).send(app.address).await.expect(201);

        let hints = json!({"name": "李雷", "email": "li@example.com", "phone": "1", "attributes": {"sub": "user-7"}});
        let stranger = Visitor::start(app.address, &json!({"channel": site.key, "hints": hints})).await;
        assert_ne!(json!(stranger.contact), known["contact_id"]);
        assert_eq!((&stranger.session["verified"], &stranger.session["conversation"]), (&json!(false), &Value::Null));
        let own = stranger.get("/api/visitor/conversations").await.expect(200).json();
        assert_eq!(own["conversations"], json!([]));
        // Nor do hints change what was signed.
        let body = json!({"channel": site.key, "token": token, "hints": {"name": "别人", "email": "x@x.example"}});
        assert_eq!(Visitor::try_start(app.address, &body).await.expect(200).json()["verified"], true);
        let contact = format!("/api/contacts/{}", known["contact_id"].as_str().unwrap());
        let contact = app.owner().await.get(&contact).await.expect(200).json();
        assert_eq!((&contact["email"], &contact["account"]), (&json!("li@example.com"), &json!("user-7")));
        app.settle().await;
    }

    async fn identity_is_exchanged_once(app: &TestApp) {
        let site = site(app).await;
        let token = site.sign("user-7");
        let first = site.identify(app, None, &token).await.expect(200).json();
        // The page that loads again with the same token, in the same browser, is no thief.
        let again = site.identify(app, first["token"].as_str(), &token).await.expect(200).json();
        assert_eq!(again["contact_id"], first["contact_id"]);
        site.identify(app, None, &token).await.refused(401, "identity_reused");
        let thief = app.visitor_of(&site.key).await;
        site.identify(app, Some(&thief.token), &token).await.refused(401, "identity_reused");
        // What the thief was before goes on.
        thief.get("/api/visitor/conversations").await.expect(200);
        // A fresh token brings what changed.
        let mut claims = jwt::claims(&site.key, "user-7");
        claims["name"] = json!("韩梅梅");
        let renamed = site.identify(app, first["token"].as_str(), &jwt::hs256(&site.secret, &claims)).await;
        assert_eq!(renamed.expect(200).json()["name"], "韩梅梅");
    }

    async fn two_browsers_of_a_new_person_at_once_become_one_contact(app: &TestApp) {
        let site = site(app).await;
        let (one, other) = (app.visitor_of(&site.key).await, app.visitor_of(&site.key).await);
        let (a, b) = (site.sign("user-9"), site.sign("user-9"));
        let (first, second) = tokio::join!(site.identify(app, Some(&one.token), &a),
            site.identify(app, Some(&other.token), &b));
        assert_eq!(first.expect(200).json()["contact_id"], second.expect(200).json()["contact_id"]);
    }

    async fn both_secrets_of_a_rotation_and_a_key_of_the_site_work(app: &TestApp) {
        let mut site = site(app).await;
        let old = site.secret.clone();
        site.secret = new_secret(app, &site.id).await;
        site.identify(app, None, &site.sign("new")).await.expect(200);
        site.identify(app, None, &jwt::hs256(&old, &jwt::claims(&site.key, "old"))).await.expect(200);
        let path = format!("/api/channels/{}/secrets", site.id);
        let owner = app.owner().await;
        owner.post(&path, &json!({})).await.refused(409, "secret_limit");
        // Withdrawn, the old one is worth nothing. Ids grow.
        let list = owner.get("/api/channels").await.expect(200).json();
        let channel = list["channels"].as_array().unwrap().iter().find(|one| one["id"] == json!(site.id)).unwrap();
        let ids = channel["secrets"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap());
        let first = ids.min().unwrap();
        owner.delete(&format!("{path}/{first}")).await.expect(204);
        let withdrawn = jwt::hs256(&old, &jwt::claims(&site.key, "old"));
        site.identify(app, None, &withdrawn).await.refused(401, "invalid_identity");

        owner.post(&path, &json!({"public_key": "no key"})).await.refused(422, "invalid_field");
        owner.post(&path, &json!({"public_key": jwt::PUBLIC_KEY})).await.expect(201);
        site.identify(app, None, &jwt::eddsa(&jwt::claims(&site.key, "ed"))).await.expect(200);
        // The public key is no shared secret.
        let confused = jwt::hs256(jwt::PUBLIC_KEY, &jwt::claims(&site.key, "ed"));
        site.identify(app, None, &confused).await.refused(401, "invalid_identity");
    }

    async fn identity_with_wrong_claims_is_refused(app: &TestApp) {
        let (site, other) = (site(app).await, site(app).await);
        let now = START / 1_000;
        let visitor = app.visitor_of(&site.key).await;
        for (name, value, code) in [
            ("aud", json!(other.key), "invalid_identity"),
            ("aud", Value::Null, "invalid_identity"),
            ("exp", json!(now - 3_600), "identity_expired"),
            ("exp", json!(now + 2 * 3_600), "invalid_identity"),
            ("exp", Value::Null, "invalid_identity"),
            ("nbf", json!(now + 3_600), "invalid_identity"),
            ("sub", json!(""), "invalid_identity"),
            ("sub", json!("x".repeat(201)), "invalid_identity"),
            ("sub", json!("a\0b"), "invalid_identity"),
            ("jti", Value::Null, "invalid_identity"),
            ("jti", json!("a\0b"), "invalid_identity"),
        ] {
            let mut claims = jwt::claims(&site.key, "user-7");
            claims[name] = value.clone();
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(name);
            } else if name == "exp" && code == "identity_expired" {
                claims["iat"] = json!(now - 7_000);
            }
            let answer = site.identify(app, Some(&visitor.token), &jwt::hs256(&site.secret, &claims)).await;
            assert_eq!((answer.status, answer.code()), (401, code.to_owned()), "{name} = {value}");
        }
        let good = site.sign("user-7");
        let (head, rest) = good.split_once('.').unwrap();
        let (body, _) = rest.split_once('.').unwrap();
        for forged in [
            String::new(), "x".to_owned(), "a.b.c".to_owned(), format!("{head}.{body}."), format!("{head}.{body}"),
            format!("eyJhbGciOiJub25lIn0.{body}."), other.sign("user-7"), "x".repeat(9_000), format!("{good}x"),
        ] {
            let answer = site.identify(app, Some(&visitor.token), &forged).await;
            assert_eq!((answer.status, answer.code().as_str()), (401, "invalid_identity"), "{forged}");
        }
        // An hour later it is too old.
        app.clock.advance(HOUR);
        site.identify(app, None, &good).await.refused(401, "identity_expired");
        app.clock.advance(-HOUR);
        site.identify(app, None, &good).await.expect(200);
    }
}
