//! `octim migrate`: brings the database up to date without serving.

use super::{folder, say};
use crate::{app, config::Config};

pub async fn run(config: &Config) -> anyhow::Result<()> {
    folder::prepare(config)?;
    // Opening it is what migrates it.
    app::open_store(config).await?.close().await;
    say("The database is up to date.");
    Ok(())
}
