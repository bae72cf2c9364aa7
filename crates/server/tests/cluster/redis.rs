//! R24: Redis forgets everything, dies, and comes back empty.

use crate::office::Office;
use anyhow::ensure;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn redis_that_forgets_or_dies_costs_nobody_a_message() -> anyhow::Result<()> {
    let Some(mut office) = Office::with("").await? else { return Ok(()) };
    office.scene.load(4);
    for _ in 0..3 {
        office.scene.progress(20).await?;
        office.ground.redis.flush().await?;
    }
    office.scene.progress(20).await?;
    let connections: Vec<u64> = office.scene.people().map(|person| person.status().connections).collect();
    ensure!(connections.iter().all(|count| *count == 1), "somebody was cut off: {connections:?}");

    office.ground.redis.kill().await?;
    office.with_redis(0).await?;
    office.scene.progress(20).await?;
    office.scene.drain().await?;
    for conversation in 0..3 {
        let seen = office.sees(conversation, Duration::from_secs(5)).await?;
        ensure!(seen, "an agent does not see conversation {conversation} without Redis");
    }
    // Tickets of one node open sockets of another.
    office.node(1).kill().await?;
    office.scene.load(4);
    office.scene.progress(20).await?;
    office.node(1).start().await?;

    office.ground.redis.run().await?;
    office.with_redis(3).await?;
    office.scene.progress(20).await?;
    office.scene.expect_green().await?;
    office.close().await
}
