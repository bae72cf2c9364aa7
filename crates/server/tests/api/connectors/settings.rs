//! What an administrator enters, the secret, trying out, the record.

use super::*;

both! {
    async fn a_secret_is_never_shown_and_stays_with_its_server(app: &TestApp) {
        let owner = app.owner().await;
        let (one, two) = (System::start(|_| one_order()).await, System::start(|_| one_order()).await);
        let secured = |system: &System, secret: Value| {
            input(system, json!({"name": "订单", "auth": {"kind": "header", "name": "X-Api-Key"}, "secret": secret}))
        };
        owner.post(CONNECTORS, &secured(&one, json!(null))).await.refused(422, "invalid_field");
        let added = owner.post(CONNECTORS, &secured(&one, json!(" cs-one-1 "))).await.expect(201);
        assert!(!added.text().contains("cs-one"));
        let view = added.json();
        let (id, path) = (view["id"].as_str().unwrap(), format!("{CONNECTORS}/{}", view["id"].as_str().unwrap()));
        assert_eq!((&view["has_secret"], &view["needs_visitor"], &view["last"]), (&json!(true), &json!(false), &json!(null)));
        let key = async |system: &System| {
            let tried = trial(app, id, "A1").await.expect(200);
            assert!(!tried.text().contains("cs-"), "{}", tried.text());
            system.asked().last().unwrap().header("x-api-key").map(str::to_owned)
        };
        assert_eq!(key(&one).await.as_deref(), Some("cs-one-1"));
        // Another path on the same server: it stays.
        let mut moved = secured(&one, json!(null));
        moved["url"] = json!(one.url("/v2/{order}"));
        owner.put(&path, &moved).await.expect(200);
        assert_eq!(key(&one).await.as_deref(), Some("cs-one-1"));
        // Another server: it has to be entered for that one.
        let refused = owner.put(&path, &secured(&two, json!(null))).await.refused(422, "invalid_field").json();
        assert_eq!(refused["field"], "secret");
        owner.put(&path, &secured(&two, json!("cs-two-2"))).await.expect(200);
        assert_eq!(key(&two).await.as_deref(), Some("cs-two-2"));
        // Without any there is none, and none comes back.
        let view = owner.put(&path, &input(&two, json!({"name": "订单"}))).await.expect(200).json();
        assert_eq!(view["has_secret"], false);
        assert_eq!(key(&two).await, None);
        owner.put(&path, &secured(&two, json!(null))).await.refused(422, "invalid_field");
        assert!(one.asked().iter().all(|asked| !asked.head.contains("cs-two")));

        owner.post(CONNECTORS, &input(&one, json!({"name": "订单"}))).await.refused(409, "name_taken");
        assert_eq!(owner.get(CONNECTORS).await.expect(200).json()["items"][0]["id"], id);
        assert_eq!(owner.get(&path).await.expect(200).json()["name"], "订单");
        owner.delete(&path).await.expect(204);
        owner.get(&path).await.refused(404, "not_found");
        owner.delete(&path).await.refused(404, "not_found");
        trial(app, id, "A1").await.refused(404, "not_found");
    }

    async fn what_cannot_be_meant_is_refused_by_its_place(app: &TestApp) {
        let owner = app.owner().await;
        let system = System::start(|_| one_order()).await;
        let header = |name: &str, value: &str| json!([{"name": name, "value": value}]);
        let parameter = |change: Value| {
            let mut one = json!({"name": "order", "label": "订单号", "kind": "text", "required": true, "example": ""});
            for (name, value) in change.as_object().unwrap() {
                one[name] = value.clone();
            }
            json!([one])
        };
        for (place, change) in [
            ("name", json!({"name": " "})), ("name", json!({"name": "长".repeat(61)})), ("about", json!({"about": "长".repeat(301)})),
            ("url", json!({"url": "shop"})), ("url", json!({"url": "ftp://shop.example/{order}"})),
            ("url", json!({"url": "https://{order}.shop.example/"})), ("url", json!({"url": "https://shop.example:{order}/"})),
            ("url", json!({"url": "https://shop.example/{visitor.password}"})), ("url", json!({"url": "https://shop.example/{number}"})),
            ("url", json!({"url": "https://shop.example/{order"})), ("url", json!({"url": "https://shop.example/#{order}"})),
            ("url", json!({"url": "https://shop.example/../{order}"})), ("url", json!({"url": "https://shop.example\\{order}"})),
            ("url", json!({"url": "https://shop.example@{order}/"})), ("url", json!({"url": "{order}://shop.example/"})),
            ("url", json!({"url": "https://8.8.8.8:22/{order}"})), ("url", json!({"url": "http://8.8.8.8/{order}"})),
            ("url", json!({"url": "http://127.0.0.1/{order}"})), ("url", json!({"url": "https://169.254.169.254/{order}"})),
            ("headers[0].name", json!({"headers": header("a b", "x")})), ("headers[0].name", json!({"headers": header("Authorization", "x")})),
            ("headers[0].name", json!({"headers": header("Host", "x")})), ("headers[0].name", json!({"headers": header("content-length", "1")})),
            ("headers[0].value", json!({"headers": header("x-a", "a\nb")})), ("headers[0].value", json!({"headers": header("x-a", "{number}")})),
            ("body", json!({"body": "{}"})), ("body", json!({"method": "post", "body": "{order}"})),
            ("body", json!({"method": "post", "body": "{\"{order}\": 1}"})), ("body", json!({"method": "post", "body": "{\"a\": \"{number}\"}"})),
            ("auth.user", json!({"auth": {"kind": "basic", "user": "a:b"}, "secret": "x"})),
            ("auth.name", json!({"auth": {"kind": "header", "name": "host"}, "secret": "x"})),
            ("secret", json!({"auth": {"kind": "bearer"}, "secret": "a b"})), ("secret", json!({"auth": {"kind": "bearer"}, "secret": "秘密"})),
            ("parameters[0].name", json!({"parameters": parameter(json!({"name": "Order"}))})),
            ("parameters[0].name", json!({"parameters": parameter(json!({"name": "visitor.id"}))})),
            ("parameters[0].label", json!({"parameters": parameter(json!({"label": ""}))})),
            ("parameters[0].choices", json!({"parameters": parameter(json!({"kind": "choice"}))})),
            ("parameters[0].example", json!({"parameters": parameter(json!({"kind": "date", "example": "today"}))})),
            ("rows", json!({"rows": "orders"})), ("fields", json!({"fields": []})),
            ("fields[0].path", json!({"fields": [{"label": "a", "path": "status", "kind": "text"}]})),
            ("fields[0].label", json!({"fields": [{"label": "", "path": "/status", "kind": "text"}]})),
            ("timeout_ms", json!({"timeout_ms": 999})), ("cache_s", json!({"cache_s": 3_601})),
        ] {
            let refused = owner.post(CONNECTORS, &input(&system, change.clone())).await.refused(422, "invalid_field").json();
            assert_eq!(refused["field"], place, "{change}");
        }
        // One that is switched off may still be without fields.
        add(app, &system, json!({"fields": [], "enabled": false})).await;
        add(app, &system, json!({"url": "https://shop.example/a?b={order}&c={visitor.email}"})).await;
        assert!(system.asked().is_empty());
    }

    async fn a_trial_shows_what_the_server_said_and_leaves_a_line_without_it(app: &TestApp) {
        let owner = app.owner().await;
        let system = System::start(|asked| match asked.target() {
            "/orders/A1" => one_order(),
            "/orders/none" => Reply::Json(json!({"orders": []})),
            "/orders/gone" => Reply::Plain(404, "text/html", "<h1>CANARY-404</h1>".into()),
            "/orders/odd" => Reply::Json(json!({"data": {"odd": "CANARY-ODD"}})),
            _ => Reply::Plain(500, "text/html", format!("<h1>cs-echo-1</h1>{}", "x".repeat(3_000))),
        })
        .await;
        let id = add(app, &system, json!({"auth": {"kind": "bearer"}, "secret": "cs-echo-1"})).await;
        let found = trial(app, &id, "A1").await.expect(200).json();
        assert_eq!(found["rows"], json!([[
            {"label": "状态", "value": "已发货", "kind": "text"}, {"label": "金额", "value": "12.5", "kind": "money"},
        ]]));
        assert_eq!((&found["status"], &found["failure"]), (&json!(200), &json!(null)));
        assert!(found["answer"].as_str().unwrap().contains("CANARY-INTERNAL"), "to choose fields from");
        for order in ["none", "gone"] {
            let nothing = trial(app, &id, order).await.expect(200).json();
            assert_eq!((&nothing["rows"], &nothing["failure"]), (&json!([]), &json!(null)), "{order}");
        }
        let odd = trial(app, &id, "odd").await.expect(200).json();
        assert!(odd["failure"] == "unexpected" && odd["answer"].as_str().unwrap().contains("CANARY-ODD"), "{odd}");
        let broken = trial(app, &id, "broken").await.expect(200).json();
        assert_eq!((&broken["failure"], &broken["status"]), (&json!("status"), &json!(500)));
        let answer = broken["answer"].as_str().unwrap();
        assert!(answer.chars().count() == 2_000 && answer.starts_with("<h1>***"), "{answer}");

        let refused = trial(app, &id, "../a").await.refused(422, "invalid_field").json();
        assert_eq!(refused["field"], "order");
        let path = format!("{CONNECTORS}/{id}/trial");
        let refused = owner.post(&path, &json!({"values": {}})).await.refused(422, "invalid_field").json();
        assert_eq!(refused["field"], "order");

        let record = owner.get(&format!("{CONNECTORS}/{id}/lookups")).await.expect(200);
        let items = record.json()["items"].as_array().unwrap().clone();
        let outcomes: Vec<_> = items.iter().map(|item| item["outcome"].as_str().unwrap()).collect();
        assert_eq!(outcomes, ["status", "unexpected", "nothing", "nothing", "found"]);
        assert_eq!((&items[0]["by"]["kind"], &items[0]["status"]), (&json!("trial"), &json!(500)));
        assert!(!items[0]["by"]["name"].as_str().unwrap().is_empty());
        for told in ["已发货", "CANARY", "A1", "gone"] {
            assert!(!record.text().contains(told), "{told}");
        }
        let view = owner.get(&format!("{CONNECTORS}/{id}")).await.expect(200).json();
        assert_eq!(view["last"]["outcome"], "status");
    }

    async fn values_stand_where_their_placeholders_stood(app: &TestApp) {
        let system = System::start(|_| one_order()).await;
        let id = add(app, &system, json!({
            "method": "post", "url": system.url("/find/{order}?by={visitor.id}"),
            "headers": [{"name": "X-Order", "value": "no {order}"}],
            "body": "{\"query\": \"query { order }\", \"of\": [\"{order}\", \"{visitor.email}\"]}",
            "auth": {"kind": "basic", "user": "octim"}, "secret": "cs-basic-1",
        })).await;
        let owner = app.owner().await;
        let (path, mut body) = (format!("{CONNECTORS}/{id}/trial"), json!({"values": {"order": "A \"1\"&x"}}));
        owner.post(&path, &body).await.refused(409, "visitor_not_signed");
        body["visitor"] = json!({"id": "u/1"});
        owner.post(&path, &body).await.refused(409, "visitor_not_signed");
        body["visitor"] = json!({"id": "u/1", "email": "a@shop.example"});
        owner.post(&path, &body).await.expect(200);
        let asked = system.asked().pop().unwrap();
        assert_eq!(asked.target(), "/find/A%20%221%22%26x?by=u%2F1");
        assert_eq!(asked.header("x-order"), Some("no A \"1\"&x"));
        assert_eq!(asked.header("authorization"), Some("Basic b2N0aW06Y3MtYmFzaWMtMQ=="));
        let said: Value = serde_json::from_str(&asked.body).unwrap();
        assert_eq!(said, json!({"query": "query { order }", "of": ["A \"1\"&x", "a@shop.example"]}));
        body["values"]["order"] = json!("a\r\nx-admin: 1");
        owner.post(&path, &body).await.refused(422, "invalid_field");
        assert_eq!(system.asked().len(), 1);
    }
}
