//! R32: messages and jobs that make the code that handles them panic. One connection, one change or
//! one job is harmed; the process lives, and everybody else goes on.

use crate::scene::{Scene, server};
use anyhow::ensure;
use bench::http::Client;
use serde_json::json;
use std::time::Duration;
use testkit::socket::TestSocket;

const STAFF: &str = r#"octim_sockets{side="staff"}"#;
const VISITORS: &str = r#"octim_sockets{side="visitor"}"#;
const SOON: Duration = Duration::from_secs(5);

/// Somebody who says one thing, and says it again when there is no answer.
async fn poisoner(scene: &Scene, text: &str) -> anyhow::Result<TestSocket> {
    let visitor = scene.stranger("poisoner").await?;
    visitor.until("it is connected", |status| status.connected).await?;
    visitor.send(text);
    Ok(visitor)
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_harms_one_connection_one_change_or_one_job() -> anyhow::Result<()> {
    let mut scene = Scene::open(server("poison").await?).await?;
    scene.load(4);
    // A panic in the handler ends that connection, which leaves no trace in the lists.
    let handler = poisoner(&scene, "poison:handler").await?;
    handler.until("it was thrown out twice", |status| status.connections > 2).await?;
    drop(handler);
    scene.metric(VISITORS, 3.0, SOON).await?;
    scene.metric(STAFF, 3.0, SOON).await?;
    // A panic while writing is answered, and the rest of that transaction is stored.
    let writer = poisoner(&scene, "poison:writer").await?;
    writer.until("it was refused", |status| status.refused > 0).await?;
    drop(writer);
    scene.progress(20).await?;
    // A panic in the hub is a gap: everybody asks again.
    let hub = poisoner(&scene, "poison:hub").await?;
    hub.until("it is stored all the same", |status| status.acked == 1).await?;
    drop(hub);
    scene.progress(20).await?;
    // Jobs panic every time here; each is tried again, later.
    let failed = r#"octim_jobs_total{kind="route",outcome="failed"}"#;
    ensure!(scene.measured(failed).await?.unwrap_or_default() >= 3.0, "no job has failed");
    scene.ready(true).await?;
    ensure!(scene.server.process()?.runs()?, "the server has ended");
    scene.expect_green().await
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_that_kills_the_process_is_noticed() -> anyhow::Result<()> {
    let mut server = server("poison_kills").await?;
    let address = server.serve.address;
    let channel = server.serve.login().await?.channel(address).await?;
    let (visitor, _) = Client::default().visitor(address, &channel).await?;
    let content = json!({"type": "text", "text": "poison:writer"});
    let body = json!({"client_id": "a", "content": content});
    ensure!(visitor.post(address, "/api/visitor/messages", &body).await.is_err(), "it answered");
    server.ended(Duration::from_secs(10)).await?;
    Ok(())
}
