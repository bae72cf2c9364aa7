//! The demo's order system: served, and asked by a connector, in the demo alone.

use super::*;

async fn served(is_demo: bool) -> TestApp {
    TestApp::with(Backend::Sqlite, |config| config.is_demo = is_demo).await.unwrap()
}

/// A connector to the server itself, `beside` ports beside it.
async fn connected(app: &TestApp, beside: u16) -> Answer {
    let system = System::start(|_| one_order()).await;
    let (ip, port) = (app.address.ip(), app.address.port() + beside);
    let change = json!({
        "url": format!("http://{ip}:{port}/demo/orders/{{order}}"), "rows": "",
        "fields": [{"label": "状态", "path": "/state", "kind": "text"}],
    });
    app.owner().await.post(CONNECTORS, &input(&system, change)).await
}

#[tokio::test]
async fn the_demo_asks_itself_and_nothing_beside_it() {
    let app = served(true).await;
    let order = Request::new("GET", "/demo/orders/CH6071180072").send(app.address).await.expect(200);
    assert_eq!(order.json()["state"], "已签收 · Delivered");
    let id = connected(&app, 0).await.expect(201).json()["id"].as_str().unwrap().to_owned();
    let tried = trial(&app, &id, "CH6071180072").await.expect(200).json();
    assert_eq!((&tried["failure"], &tried["rows"][0][0]["value"]), (&json!(null), &order.json()["state"]));
    let none = trial(&app, &id, "12").await.expect(200).json();
    assert_eq!((&none["status"], &none["rows"]), (&json!(404), &json!([])));
    connected(&app, 1).await.refused(422, "invalid_field");
    app.close().await;
}

#[tokio::test]
async fn outside_the_demo_there_are_no_orders_and_no_way_to_the_server_itself() {
    let app = served(false).await;
    Request::new("GET", "/demo/orders/CH6071180072").send(app.address).await.refused(404, "not_found");
    connected(&app, 0).await.refused(422, "invalid_field");
    app.close().await;
}
