//! Waiting for what another process does.

use anyhow::ensure;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const BETWEEN_QUESTIONS: Duration = Duration::from_millis(5);

/// Asks again until it is so.
///
/// # Errors
/// The first error of a question, or that it is not so within the limit.
pub async fn eventually(
    what: &str,
    limit: Duration,
    mut is_so: impl AsyncFnMut() -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let deadline = Instant::now() + limit;
    while !is_so().await? {
        ensure!(Instant::now() < deadline, "not within {limit:?}: {what}");
        sleep(BETWEEN_QUESTIONS).await;
    }
    Ok(())
}
