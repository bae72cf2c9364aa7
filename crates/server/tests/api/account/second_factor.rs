//! Two-step verification: a code is needed, is right or wrong, and counts once (A03).

use crate::support::*;
use crypto::TotpSecret;

async fn login(app: &TestApp, email: &str, password: &str, code: Option<&str>) -> Answer {
    Agent::try_login(app.address, &json!({"email": email, "password": password, "code": code})).await
}

both! {
    async fn code_is_needed_right_and_used_once(app: &TestApp) {
        let agent = app.agent("甲", "agent").await;
        agent.post("/api/me/totp/confirm", &json!({"code": "123456"})).await.refused(409, "totp_not_started");
        let offer = agent.request("POST", "/api/me/totp").send(app.address).await.expect(200).json();
        assert!(offer["url"].as_str().unwrap().starts_with("otpauth://totp/"));
        let secret = TotpSecret::from_base32(offer["secret"].as_str().unwrap()).unwrap();
        let code = || secret.code_at(app.clock.now());
        // Until it is confirmed it does not count.
        login(app, &agent.email, PASSWORD, None).await.expect(200);
        let wrong = if code() == "000000" { "000001" } else { "000000" };
        for bad in [wrong, "", "12345", "1234567", "abcdef", "１２３４５６", "-12345"] {
            agent.post("/api/me/totp/confirm", &json!({"code": bad})).await.refused(401, "invalid_code");
        }
        agent.post("/api/me/totp/confirm", &json!({"code": code()})).await.expect(204);
        agent.request("POST", "/api/me/totp").send(app.address).await.refused(409, "totp_already_on");
        assert_eq!(agent.get("/api/me").await.json()["has_totp"], true);

        app.clock.advance(MINUTE);
        login(app, &agent.email, PASSWORD, None).await.refused(401, "code_required");
        login(app, &agent.email, PASSWORD, Some("")).await.refused(401, "code_required");
        for bad in ["000000x", "12345", "１２３４５６"] {
            login(app, &agent.email, PASSWORD, Some(bad)).await.refused(401, "invalid_code");
        }
        // The right code does not make up for a wrong password, and is not used up by it.
        login(app, &agent.email, "Wrong-Kettle-1", Some(&code())).await.refused(401, "invalid_credentials");
        login(app, &agent.email, PASSWORD, Some(&code())).await.expect(200);
        login(app, &agent.email, PASSWORD, Some(&code())).await.refused(401, "invalid_code");
        app.clock.advance(MINUTE);
        let old = secret.code_at(app.clock.now() - 5 * MINUTE);
        login(app, &agent.email, PASSWORD, Some(&old)).await.refused(401, "invalid_code");
        let fresh = code();
        let (one, other) = tokio::join!(login(app, &agent.email, PASSWORD, Some(&fresh)),
            login(app, &agent.email, PASSWORD, Some(&fresh)));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401], "a code works once");

        // Off again only with the password.
        let path = "/api/me/totp";
        let proof = |password: &str| agent.request("DELETE", path).json(&json!({"password": password}));
        proof("Wrong-Kettle-1").send(app.address).await.refused(403, "wrong_password");
        proof(&"x".repeat(2_000)).send(app.address).await.refused(403, "wrong_password");
        proof(PASSWORD).send(app.address).await.expect(204);
        login(app, &agent.email, PASSWORD, None).await.expect(200);
    }

    async fn administrator_resets_a_lost_phone_and_ends_the_sessions(app: &TestApp) {
        let agent = app.agent("甲", "agent").await;
        let offer = agent.request("POST", "/api/me/totp").send(app.address).await.expect(200).json();
        let secret = TotpSecret::from_base32(offer["secret"].as_str().unwrap()).unwrap();
        let code = secret.code_at(app.clock.now());
        agent.post("/api/me/totp/confirm", &json!({"code": code})).await.expect(204);
        let path = format!("/api/agents/{}", agent.id);
        app.owner().await.patch(&path, &json!({"reset_totp": true})).await.expect(200);
        agent.get("/api/me").await.refused(401, "unauthenticated");
        login(app, &agent.email, PASSWORD, None).await.expect(200);
    }
}
