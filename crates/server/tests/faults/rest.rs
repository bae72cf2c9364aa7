//! Memory that was needed for a moment, such as for hashing passwords, goes back to the system within
//! seconds: small machines have other uses for it.

use crate::scene::server;
use std::time::Duration;
use testkit::eventually;

/// Less than one hash takes.
const FREED: u64 = 12 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn memory_that_log_ins_took_is_given_back_within_seconds() -> anyhow::Result<()> {
    let mut server = server("").await?;
    let serve = server.serve.clone();
    tokio::try_join!(serve.login(), serve.login(), serve.login())?;
    let most = server.process()?.memory()?;
    eventually("it is given back", Duration::from_secs(5), async || {
        Ok(server.process()?.memory()? + FREED < most)
    })
    .await
}
