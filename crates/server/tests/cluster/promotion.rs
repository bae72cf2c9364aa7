//! R23: a standby that lost the tail of the log is promoted. Acknowledged messages are gone, which only
//! a synchronous standby prevents; but everybody is told, and nobody resumes from what is gone.

use crate::{
    office::{Ground, Office},
    postgres::Postgres,
};
use std::time::Duration;
use testkit::{chaos::Proxy, checker::Invariant, eventually, history::Observation};

async fn promoted(sabotage: &str) -> anyhow::Result<Option<(Office, [Postgres; 2], Proxy)>> {
    let Some(primary) = Postgres::primary().await? else { return Ok(None) };
    let proxy = Proxy::to(primary.address).await?;
    let mut ground = Ground::on(&Postgres::url(proxy.address)).await?;
    ground.set("OCTIM_SABOTAGE", sabotage);
    let office = ground.open(&[]).await?;
    let standby = Postgres::standby_of(&primary).await?;
    office.scene.load(4);
    office.scene.progress(20).await?;
    office.scene.drain().await?;
    let kept = office.scene.ends().await?;
    let soon = Duration::from_secs(20);
    eventually("the standby has everything", soon, async || {
        Ok(primary.ask("select replay_lsn = pg_current_wal_lsn() from pg_stat_replication").await? == "t")
    })
    .await?;

    // From here on it gets nothing more.
    standby.ask("alter system set primary_conninfo = 'host=127.0.0.1 port=1'").await?;
    standby.ask("select pg_reload_conf()").await?;
    eventually("the standby is cut off", soon, async || {
        Ok(primary.ask("select count(*) from pg_stat_replication").await? == "0")
    })
    .await?;
    office.scene.load(4);
    office.scene.progress(20).await?;
    office.scene.drain().await?;
    primary.stop("immediate").await?;
    for (conversation, last_seq) in kept {
        office.scene.history.record(Observation::Restored { conversation, last_seq });
    }
    // What is said now waits.
    office.scene.load(4);
    standby.promote().await?;
    proxy.lead_to(standby.address);
    office.scene.progress(60).await?;
    Ok(Some((office, [primary, standby], proxy)))
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_promotion_everybody_begins_anew() -> anyhow::Result<()> {
    let Some((office, servers, _proxy)) = promoted("").await? else { return Ok(()) };
    for person in office.scene.people() {
        // One when it first watched, one after the promotion.
        person.until("it was told", |status| status.snapshots >= 2).await?;
    }
    office.scene.expect_green().await?;
    drop((office, servers));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn promotion_that_keeps_the_epoch_is_noticed() -> anyhow::Result<()> {
    let Some((mut office, servers, _proxy)) = promoted("keep_epoch").await? else { return Ok(()) };
    // Those who were there go on elsewhere, from positions that were lost.
    office.node(1).kill().await?;
    office.scene.progress(20).await?;
    office.node(1).start().await?;
    office.scene.expect_red(Invariant::WholeResume).await?;
    drop((office, servers));
    Ok(())
}
