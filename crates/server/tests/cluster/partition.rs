//! R17: the third node loses PostgreSQL, or Redis, without a word: what it says arrives nowhere.

use crate::office::{Ground, Office};
use anyhow::{Context, ensure};
use std::{net::SocketAddr, time::Duration};
use testkit::{chaos::Proxy, eventually};

const HEALED: Duration = Duration::from_secs(10);

/// The same database by another way.
fn by(way: SocketAddr, url: &str) -> anyhow::Result<(SocketAddr, String)> {
    let (user, rest) = url.split_once('@').context("no user")?;
    let (server, name) = rest.split_once('/').context("no name")?;
    Ok((server.parse()?, format!("{user}@{way}/{name}")))
}

#[tokio::test(flavor = "multi_thread")]
async fn node_without_postgres_acknowledges_nothing_and_comes_back_by_itself() -> anyhow::Result<()> {
    let Some(ground) = Ground::find().await? else { return Ok(()) };
    let url = ground.get("OCTIM_DATABASE__URL").to_owned();
    let (server, _) = by(SocketAddr::from(([127, 0, 0, 1], 0)), &url)?;
    let proxy = Proxy::to(server).await?;
    let (_, detour) = by(proxy.address, &url)?;
    let office = ground.open(&[("OCTIM_DATABASE__URL", &detour)]).await?;
    office.scene.load(4);
    office.scene.progress(20).await?;

    proxy.silence(true);
    let red = async || Ok(!office.is_ready(2).await);
    eventually("/readyz of the third is red", Duration::from_secs(5), red).await?;
    // The others go on; those who are at the third wait.
    for visitor in &office.scene.visitors[..2] {
        let goal = visitor.status().acked + 40;
        visitor.until("more is acknowledged", |status| status.acked >= goal).await?;
    }
    ensure!(!office.is_ready(2).await, "it cannot be ready");
    ensure!(office.is_ready(0).await && office.is_ready(1).await, "the others have what they need");

    proxy.silence(false);
    eventually("the third is ready", HEALED, async || Ok(office.is_ready(2).await)).await?;
    office.scene.progress(20).await?;
    office.scene.expect_green().await?;
    office.close().await
}

/// The third node has lost Redis, and knows.
async fn without_redis(sabotage: &str) -> anyhow::Result<Option<(Office, Proxy)>> {
    let Some(mut ground) = Ground::find().await? else { return Ok(None) };
    ground.set("OCTIM_SABOTAGE", sabotage);
    let proxy = Proxy::to(ground.redis.address).await?;
    let url = format!("redis://{}", proxy.address);
    let office = ground.open(&[("OCTIM_BUS__REDIS_URL", &url)]).await?;
    office.scene.load(4);
    office.scene.progress(20).await?;
    proxy.silence(true);
    office.with_redis(2).await?;
    office.scene.drain().await?;
    Ok(Some((office, proxy)))
}

#[tokio::test(flavor = "multi_thread")]
async fn node_without_redis_hears_and_is_heard_all_the_same() -> anyhow::Result<()> {
    let Some((office, proxy)) = without_redis("").await? else { return Ok(()) };
    // One agent and one visitor are at the third node, each with somebody elsewhere.
    for conversation in 0..3 {
        let seen = office.sees(conversation, Duration::from_secs(5)).await?;
        ensure!(seen, "an agent does not see conversation {conversation}");
    }
    office.scene.load(4);
    office.scene.progress(20).await?;
    proxy.silence(false);
    office.with_redis(3).await?;
    office.scene.progress(20).await?;
    office.scene.expect_green().await?;
    office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn detour_that_carries_nothing_is_noticed() -> anyhow::Result<()> {
    let Some((office, _proxy)) = without_redis("no_detour").await? else { return Ok(()) };
    let mut seen = 0;
    // Twice: when the nodes notice that one is silent, everybody asks again, once.
    for conversation in (0..3).chain(0..3) {
        seen += usize::from(office.sees(conversation, Duration::from_secs(3)).await?);
    }
    ensure!(seen < 6, "the planted bug was not found");
    office.close().await
}
