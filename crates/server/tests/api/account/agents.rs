//! Who may appoint whom, and what a wrong request leaves behind.

use crate::support::*;

fn new(email: &str, role: &str) -> Value {
    json!({"email": email, "name": "新人", "role": role, "password": PASSWORD})
}

both! {
    async fn only_an_owner_touches_owners_and_one_stays(app: &TestApp) {
        let owner = app.owner().await;
        let admin = app.agent("管理员", "admin").await;
        admin.post("/api/agents", &new("x@shop.example", "owner")).await.refused(403, "forbidden");
        let of_owner = format!("/api/agents/{}", owner.id);
        for edit in [
            json!({"name": "别人"}), json!({"role": "agent"}), json!({"active": false}),
            json!({"password": PASSWORD}), json!({"reset_totp": true}), json!({}),
        ] {
            admin.patch(&of_owner, &edit).await.refused(403, "forbidden");
        }
        // Nor can an administrator promote anybody, least of all oneself.
        let own = format!("/api/agents/{}", admin.id);
        admin.patch(&own, &json!({"role": "owner"})).await.refused(403, "forbidden");
        for edit in [json!({"role": "admin"}), json!({"active": false})] {
            owner.patch(&of_owner, &edit).await.refused(409, "last_owner");
        }
        owner.post("/api/agents", &new("second@shop.example", "owner")).await.expect(201);
        owner.patch(&of_owner, &json!({"role": "admin"})).await.expect(200);
        assert_eq!(owner.get("/api/me").await.json()["role"], "admin");
    }

    async fn refused_agent_leaves_nothing_behind(app: &TestApp) {
        let owner = app.owner().await;
        let count = async || {
            let list = owner.get("/api/agents").await.expect(200).json();
            list["agents"].as_array().unwrap().len()
        };
        let before = count().await;
        let mut wrong_team = new("a@shop.example", "agent");
        wrong_team["team_ids"] = json!(["1"]);
        owner.post("/api/agents", &wrong_team).await.refused(422, "invalid_field");
        owner.post("/api/agents", &new("OWNER@shop.example", "agent")).await.refused(409, "email_taken");
        for (field, value, code) in [
            ("email", json!("a b@shop.example"), "invalid_field"),
            ("email", json!("a\u{0}@shop.example"), "invalid_field"),
            ("name", json!(""), "invalid_field"),
            ("name", json!("x".repeat(61)), "invalid_field"),
            ("name", json!("a\nb"), "invalid_field"),
            ("role", json!("root"), "invalid_field"),
            ("password", json!("password123"), "weak_password"),
            ("password", json!("x".repeat(2_000)), "weak_password"),
        ] {
            let mut body = new("a@shop.example", "agent");
            body[field] = value.clone();
            owner.post("/api/agents", &body).await.refused(422, code);
        }
        assert_eq!(count().await, before);
        let agent = app.agent("甲", "agent").await;
        let edit = json!({"name": "改名", "team_ids": ["1"]});
        owner.patch(&format!("/api/agents/{}", agent.id), &edit).await.refused(422, "invalid_field");
        assert_eq!(agent.get("/api/me").await.json()["name"], "甲");
    }

    async fn team_has_one_name_and_members_of_the_house(app: &TestApp) {
        let owner = app.owner().await;
        let team = app.team("售前").await;
        owner.post("/api/teams", &json!({"name": "售前", "member_ids": []})).await.refused(409, "name_taken");
        let foreign = json!({"name": "售后", "member_ids": ["1"]});
        owner.post("/api/teams", &foreign).await.refused(422, "invalid_field");
        owner.put(&format!("/api/teams/{team}"), &foreign).await.refused(422, "invalid_field");
        let agent = app.agent("甲", "agent").await;
        let body = json!({"name": "售后", "member_ids": [agent.id, agent.id]});
        let saved = owner.put(&format!("/api/teams/{team}"), &body).await.expect(200).json();
        assert_eq!(saved["member_ids"], json!([agent.id]));
        assert_eq!(agent.get("/api/me").await.json()["team_ids"], json!([team]));
    }
}
