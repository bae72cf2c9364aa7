//! I9: an ended session gets nothing more, two seconds later at the latest; nor does it get in again.

use crate::scene::{Scene, server};
use anyhow::{Context, ensure};
use bench::http::{Answer, Client};
use serde_json::Value;
use std::time::Duration;
use testkit::socket::{Credential, TestSocket};
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(2);

/// An agent and a visitor under load, and what ends the session of each.
async fn end_both(sabotage: &str) -> anyhow::Result<[bool; 2]> {
    let scene = Scene::open(server(sabotage).await?).await?;
    let address = scene.server.serve.address;
    scene.load(4);
    let conversation = scene.agents[0].conversation().await?;
    let agent = scene.server.serve.login().await?;
    let me: Value = agent.get(address, "/api/me").await?.json()?;
    let session = me["session_id"].as_str().context("no session")?.to_owned();
    let staff = TestSocket::connect("spy", address, Credential::Agent(agent, address), &scene.history);
    staff.watch(conversation);
    staff.conversation().await?;
    let (visitor, view) = Client::default().visitor(address, &scene.channel).await?;
    let window = TestSocket::connect("window", address, Credential::Visitor(view.token), &scene.history);
    window.send("我在看");
    window.conversation().await?;
    window.load(4);

    let path = format!("/api/me/sessions/{session}");
    done(scene.owner.request(address, "DELETE", &path, "").await?)?;
    let staff_ended = is_cut(&staff).await;
    done(visitor.request(address, "DELETE", "/api/visitor/session", "").await?)?;
    Ok([staff_ended, is_cut(&window).await])
}

fn done(answer: Answer) -> anyhow::Result<()> {
    ensure!(answer.status == 204, "HTTP {}", answer.status);
    Ok(())
}

/// Told that its session is over, and so stopped for good.
async fn is_cut(socket: &TestSocket) -> bool {
    let stopped = timeout(LIMIT, socket.until("it is cut", |_| false)).await;
    stopped.is_ok_and(|status| status.is_err_and(|error| error.to_string().contains("closed")))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_session_gets_nothing_two_seconds_later() -> anyhow::Result<()> {
    ensure!(end_both("").await? == [true, true]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_that_do_not_hear_of_it_are_noticed() -> anyhow::Result<()> {
    ensure!(end_both("deaf_to_ends").await? == [false, false], "the planted bug was not found");
    Ok(())
}
