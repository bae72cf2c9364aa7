//! What makes the vectors: told to administrators, and the built-in one where an own model fails.

use super::*;
use crate::bot::shop::{ask, bot_channel, said};
use server::config::{EncoderFile, Pooling};

const ENCODER: &str = "/api/llm/encoder";

both! {
    async fn administrators_are_told_who_encodes(app: &TestApp) {
        let owner = app.owner().await;
        let used = owner.get(ENCODER).await.expect(200).json();
        assert_eq!(used, json!({"kind": "built_in", "name": "", "width": null, "failure": null, "detail": ""}));
        let stub = Stub::start(|_, _| Reply::says("OK")).await;
        connect(app, &stub, &["encode"]).await;
        let used = owner.get(ENCODER).await.expect(200).json();
        assert_eq!(used["kind"], "server");
        assert!(used["name"].as_str().unwrap().ends_with(" · small"), "{used}");
        let agent = app.agent("agent", "agent").await;
        agent.get(ENCODER).await.refused(403, "forbidden");
    }
}

/// A folder like an own model's, and a library that is not there.
fn without_a_runtime(config: &mut server::config::Config) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../onnx/tests/data/tiny");
    config.encoder = Some(EncoderFile {
        folder: folder.into(),
        library: "/nowhere/libonnxruntime.so".into(),
        prefix: String::new(),
        pooling: Pooling::Mean,
        max_tokens: 64,
    });
}

#[tokio::test]
async fn an_own_model_that_fails_is_told_and_stops_nothing() {
    let app = TestApp::with(Backend::Sqlite, without_a_runtime).await.unwrap();
    let used = app.owner().await.get(ENCODER).await.expect(200).json();
    assert_eq!((&used["kind"], &used["failure"]), (&json!("built_in"), &json!("library")), "{used}");
    assert!(used["detail"].as_str().unwrap().contains("/nowhere/libonnxruntime.so"), "{used}");
    let key = bot_channel(&app, json!({})).await;
    learn(&app, "营业时间是几点？", &["几点开门"], "每天九点到二十一点。").await;
    let visitor = app.visitor_of(&key).await;
    let id = ask(&app, &visitor, "营业时间是几点？").await;
    assert_eq!(said(&visitor, &id).await, ["每天九点到二十一点。"]);
    app.close().await;
}
