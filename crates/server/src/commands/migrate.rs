//! `octim migrate`: brings the database up to date without serving.

use super::{folder, say};
use crate::{app, cli, config::Config};

pub async fn run(config: &Config, wanted: cli::Migrate) -> anyhow::Result<()> {
    folder::prepare(config)?;
    // Opening it is what migrates it.
    let store = app::open_store(config).await?;
    if wanted.new_epoch {
        store.new_epoch().await?;
        say("All clients will start afresh; servers that run must be started again.");
    }
    store.close().await;
    say("The database is up to date.");
    Ok(())
}
