//! Servers with models, who does what, budgets, usage, and trying it out.

use super::*;

const ENDPOINTS: &str = "/api/llm/endpoints";
const SETTINGS: &str = "/api/llm/settings";

both! {
    async fn a_key_is_never_shown_and_stays_with_its_server(app: &TestApp) {
        let owner = app.owner().await;
        let one = Stub::start(|_, _| Reply::says("OK")).await;
        let two = Stub::start(|_, _| Reply::says("OK")).await;
        let new = json!({"name": "A", "base_url": one.base_url() + "/", "key": " sk-one-1 "});
        let added = owner.post(ENDPOINTS, &new).await.expect(201);
        assert!(!added.text().contains("sk-one"));
        let id = added.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(added.json()["base_url"], one.base_url());
        let path = format!("{ENDPOINTS}/{id}");
        let trial = async |stub: &Stub| {
            let tried = owner.post(&format!("{path}/trial"), &json!({"model": "m"})).await.expect(200).json();
            assert_eq!(tried["text"], "OK", "{tried}");
            stub.asked().last().unwrap().head.to_lowercase()
        };
        let has_key = async || {
            let list = owner.get(ENDPOINTS).await.expect(200);
            assert!(!list.text().contains("sk-"), "{}", list.text());
            list.json()["endpoints"][0]["has_key"].as_bool().unwrap()
        };
        // Another name or path on the same server: it stays.
        owner.put(&path, &json!({"name": "B", "base_url": one.base_url()})).await.expect(200);
        assert!(has_key().await && trial(&one).await.contains("bearer sk-one-1"));
        // Another server: it does not go there.
        owner.put(&path, &json!({"name": "B", "base_url": two.base_url()})).await.expect(200);
        assert!(!has_key().await && !trial(&two).await.contains("authorization"));
        owner.put(&path, &json!({"name": "B", "base_url": two.base_url(), "key": "sk-two-2"})).await.expect(200);
        assert!(has_key().await && trial(&two).await.contains("bearer sk-two-2"));
        owner.put(&path, &json!({"name": "B", "base_url": two.base_url(), "key": ""})).await.expect(200);
        assert!(!has_key().await);
        owner.delete(&path).await.expect(204);
        owner.get(&path).await.expect(405);
        owner.post(&format!("{path}/trial"), &json!({"model": "m"})).await.refused(404, "not_found");
    }

    async fn what_cannot_be_meant_is_refused_by_name(app: &TestApp) {
        let owner = app.owner().await;
        for (field, value) in [
            ("name", " "), ("base_url", ""), ("base_url", "shop"), ("base_url", "ftp://x.example"),
            ("base_url", "http://127.0.0.1:11434/v1"), ("base_url", "http://localhost/v1"),
            ("base_url", "http://169.254.169.254/v1"), ("base_url", "http://u:p@x.example/v1"),
            ("base_url", "https://x.example/v1?key=1"), ("key", "a b"), ("key", "秘密"),
        ] {
            let mut new = json!({"name": "A", "base_url": "https://x.example/v1", "key": "k"});
            new[field] = json!(value);
            let refused = owner.post(ENDPOINTS, &new).await.refused(422, "invalid_field").json();
            assert_eq!(refused["field"], field, "{value}");
        }
        let new = json!({"name": "A", "base_url": "https://x.example/v1"});
        let id = owner.post(ENDPOINTS, &new).await.expect(201).json()["id"].clone();
        owner.post(ENDPOINTS, &new).await.refused(409, "name_taken");
        let good = json!({
            "enabled": true, "answers_when_sure": false, "day_tokens": 1_000, "visitor_tokens": 1_000,
            "tasks": [{"task": "label", "endpoint_id": id, "model": " m ", "timeout_s": 2}],
        });
        assert_eq!(owner.put(SETTINGS, &good).await.expect(200).json()["tasks"][0]["model"], "m");
        for (pointer, value, field) in [
            ("/day_tokens", json!(999), "day_tokens"), ("/visitor_tokens", json!(-1), "visitor_tokens"),
            ("/tasks/0/model", json!(""), "tasks.model"), ("/tasks/0/timeout_s", json!(31), "tasks.timeout_s"),
            ("/tasks/0/timeout_s", json!(1), "tasks.timeout_s"), ("/tasks/0/endpoint_id", json!("7"), "tasks.endpoint_id"),
        ] {
            let mut bad = good.clone();
            *bad.pointer_mut(pointer).unwrap() = value;
            assert_eq!(owner.put(SETTINGS, &bad).await.refused(422, "invalid_field").json()["field"], field);
        }
        let mut unknown = good.clone();
        unknown["tasks"][0]["task"] = json!("refund");
        owner.put(SETTINGS, &unknown).await.refused(422, "invalid_field");
    }

    async fn it_is_off_at_first_and_tasks_go_with_their_server(app: &TestApp) {
        let owner = app.owner().await;
        let first = owner.get(SETTINGS).await.expect(200).json();
        assert_eq!((&first["enabled"], &first["tasks"]), (&json!(false), &json!([])));
        let stub = Stub::start(|_, _| Reply::says("OK")).await;
        let id = connect(app, &stub, &["answer", "label"]).await;
        let saved = owner.get(SETTINGS).await.expect(200).json();
        assert_eq!((saved["enabled"].as_bool(), saved["tasks"].as_array().unwrap().len()), (Some(true), 2));
        owner.delete(&format!("{ENDPOINTS}/{id}")).await.expect(204);
        assert_eq!(owner.get(SETTINGS).await.expect(200).json()["tasks"], json!([]));
    }

    async fn a_trial_says_what_is_wrong(app: &TestApp) {
        let owner = app.owner().await;
        for (reply, failure, status, detail) in [
            (Reply::Status(401, r#"{"error":{"message":"bad key sk-test-1"}}"#.into()), "unauthorised", json!(401), "bad key ***"),
            (Reply::Status(404, r#"{"message":"no such model"}"#.into()), "not_found", json!(404), "no such model"),
            (Reply::Events(vec!["x".into()]), "malformed", Value::Null, ""),
        ] {
            let stub = Stub::start(move |_, _| reply.clone()).await;
            let id = connect(app, &stub, &[]).await;
            let tried = owner.post(&format!("{ENDPOINTS}/{id}/trial"), &json!({"model": "m"})).await.expect(200).json();
            assert_eq!(tried["failure"], failure, "{tried}");
            assert_eq!((&tried["status"], tried["detail"].as_str().unwrap()), (&status, detail));
        }
    }

    async fn a_trial_of_vectors_says_what_they_are_like(app: &TestApp) {
        let owner = app.owner().await;
        let tried = async |reply: Reply| {
            let stub = Stub::start(move |_, _| reply.clone()).await;
            let id = connect(app, &stub, &[]).await;
            let body = json!({"model": "m", "encodes": true});
            let tried = owner.post(&format!("{ENDPOINTS}/{id}/trial"), &body).await.expect(200).json();
            let asked = stub.asked();
            assert!(asked[0].head.starts_with("POST /v1/embeddings "), "{}", asked[0].head);
            assert!(asked[0].head.to_lowercase().contains("authorization: bearer sk-test-1"));
            tried
        };
        let vectors = |other: &str| {
            let data = ["[1,0.1]", "[1,0.2]", other].map(|vector| format!(r#"{{"embedding":{vector}}}"#));
            Reply::Status(200, format!(r#"{{"data":[{}],"usage":{{"prompt_tokens":9}}}}"#, data.join(",")))
        };
        let good = tried(vectors("[0,1]")).await;
        assert_eq!((&good["vectors"], &good["tokens_in"]), (&json!({"width": 2, "tells_apart": true}), &json!(9)));
        assert_eq!(tried(vectors("[1,0.1]")).await["vectors"]["tells_apart"], false);
        assert_eq!(tried(vectors("[1]")).await["failure"], "malformed");
        assert_eq!(tried(Reply::Status(401, "{}".into())).await["failure"], "unauthorised");
    }

    async fn what_was_used_is_shown(app: &TestApp) {
        let stub = Stub::start(|number, asked| if number == 0 { honest(asked) } else { Reply::Status(400, "{}".into()) }).await;
        let key = unsure_shop(app).await;
        connect(app, &stub, &["answer"]).await;
        for _ in 0..2 {
            let visitor = app.visitor_of(&key).await;
            crate::bot::shop::ask(app, &visitor, "怎么开发票").await;
        }
        let usage = app.owner().await.get("/api/llm/usage").await.expect(200).json();
        assert_eq!(usage["spent_today"], 150);
        let day = &usage["days"][0];
        assert_eq!((&day["task"], &day["calls"], &day["failures"]), (&json!("answer"), &json!(2), &json!(1)));
        assert_eq!((&day["tokens_in"], &day["tokens_out"]), (&json!(120), &json!(30)));
    }
}
