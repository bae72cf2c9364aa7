//! Connectors: their settings, what agents look up, what a model may ask. The business system is a script
//! (`testkit::system`), which may be of good or ill will.

mod agents;
mod bot;
mod demo;
mod hostile;
mod settings;

use crate::support::*;
use testkit::system::{Reply, System};

pub const CONNECTORS: &str = "/api/connectors";

/// A connector that asks where an order is, with these changes.
pub fn input(system: &System, change: Value) -> Value {
    let mut new = json!({
        "name": unique("订单"), "about": "按订单号查询物流状态", "method": "get", "url": system.url("/orders/{order}"),
        "auth": {"kind": "none"}, "rows": "/orders",
        "parameters": [{"name": "order", "label": "订单号", "kind": "text", "required": true, "example": "20261129001234"}],
        "fields": [
            {"label": "状态", "path": "/status", "kind": "text"},
            {"label": "金额", "path": "/total", "kind": "money"},
        ],
        "timeout_ms": 2_000, "cache_s": 0, "for_agents": true, "for_bot": false, "enabled": true,
    });
    for (name, value) in change.as_object().unwrap() {
        new[name] = value.clone();
    }
    new
}

/// Adds it.
pub async fn add(app: &TestApp, system: &System, change: Value) -> String {
    let added = app.owner().await.post(CONNECTORS, &input(system, change)).await.expect(201).json();
    added["id"].as_str().unwrap().to_owned()
}

/// A system that knows one order.
pub fn one_order() -> Reply {
    Reply::Json(json!({"orders": [{"status": "已发货", "total": 12.5, "internal": "CANARY-INTERNAL"}]}))
}

/// Tries it out with an order's number.
pub async fn trial(app: &TestApp, id: &str, order: &str) -> Answer {
    app.owner().await.post(&format!("{CONNECTORS}/{id}/trial"), &json!({"values": {"order": order}})).await
}
