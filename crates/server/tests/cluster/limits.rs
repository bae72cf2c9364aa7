//! Guessing a password is as slow at three nodes as at one.

use crate::office::Ground;
use anyhow::ensure;
use bench::{
    http::Client,
    process::{EMAIL, PASSWORD},
};
use serde_json::json;
use testkit::process::Server;

/// Of one address on one account, by default.
const ALLOWED: usize = 5;

/// How many of so many guesses were looked at, the nodes taking turns.
async fn looked_at(nodes: &[&Server], guesses: usize) -> anyhow::Result<usize> {
    let mut count = 0;
    for guess in 0..guesses {
        let body = json!({"email": EMAIL, "password": format!("guess number {guess}")});
        let node = nodes[guess % nodes.len()].serve.address;
        match Client::default().post(node, "/api/login", &body).await?.status {
            429 => {}
            401 => count += 1,
            other => anyhow::bail!("a guess was answered by {other}"),
        }
    }
    Ok(count)
}

async fn guess(sabotage: &str, redis_is_there: bool) -> anyhow::Result<Option<usize>> {
    let Some(mut ground) = Ground::find().await? else { return Ok(None) };
    ground.set("OCTIM_SABOTAGE", sabotage);
    ground.set("OCTIM_LIMITS__RELAXED", "false");
    let (first, others) = ground.nodes(&[]).await?;
    if !redis_is_there {
        ground.redis.kill().await?;
    }
    let nodes = [&first, &others[0], &others[1]];
    let count = looked_at(&nodes, 6 * ALLOWED).await?;
    let known = json!({"email": EMAIL, "password": PASSWORD});
    let answer = Client::default().post(first.serve.address, "/api/login", &known).await?;
    ensure!(answer.status == 429, "the right one must wait too: {}", answer.status);
    drop((first, others));
    ground.close().await?;
    Ok(Some(count))
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_are_counted_by_all_nodes_together() -> anyhow::Result<()> {
    let Some(count) = guess("", true).await? else { return Ok(()) };
    ensure!(count == ALLOWED, "{count} guesses instead of {ALLOWED}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_each_node_counts_alone() -> anyhow::Result<()> {
    let Some(count) = guess("", false).await? else { return Ok(()) };
    ensure!(count <= 3 * ALLOWED, "{count} guesses are more than {ALLOWED} at each of three nodes");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_that_each_node_counts_alone_are_noticed() -> anyhow::Result<()> {
    let Some(count) = guess("limits_apart", true).await? else { return Ok(()) };
    ensure!(count > ALLOWED, "the planted bug was not found");
    Ok(())
}
