//! `octim serve`.

use super::{folder, say};
use crate::{
    app::{self, AppState},
    config::Config,
    http::measure::Measurements,
    lifecycle::Lifecycle,
    serve,
};
use anyhow::Context as _;
use service::Clock;

pub async fn run(config: Config) -> anyhow::Result<()> {
    let _lock = folder::lock(&config)?;
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    // First of all the address: a mistake there is told before the database is touched.
    let listener = serve::bind(config.listen)?;
    let life = Lifecycle::new();
    life.stop_on_signals().context("cannot listen for signals")?;
    // Counted from here on, so that nothing that starts below goes uncounted.
    let measurements = Measurements::install()?;
    app::open_blobs(&config).await?.sweep_unfinished().await?;
    let app = AppState::open(config, Clock::System, measurements).await?;

    let url = app.config.public_url.clone();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), listen = %app.config.listen, "started");
    if app.services.setup.is_needed().await? {
        say(format_args!("OctIM is running. Set it up at {}", url.join("/setup")));
    } else {
        say(format_args!("OctIM is running at {url}"));
    }
    serve::run(app, listener, life).await?;
    tracing::info!("stopped");
    Ok(())
}
