//! What the process tells its operator. docs/logging.md lists what may be logged.
//!
//! Invariant: one event is one line, whatever its fields hold, and nothing of a request but
//! its method, route template, status and duration gets here.

mod escape;
mod requests;

pub use requests::trace_requests;

use crate::config::{Log, LogFormat, LogLevel};
use escape::EscapeControls;
use tracing::{Level, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{Layer as _, filter::Targets, fmt, fmt::MakeWriter, layer::SubscriberExt as _};

/// Our crates; others are heard from `warn` on, for their details may hold what people said.
const OURS: [&str; 11] = [
    "octim",
    "server",
    "service",
    "store",
    "bus",
    "files",
    "crypto",
    "model",
    "protocol",
    "bench",
    "reference",
];

/// Makes standard error the log of the process. Fails when there is one already.
pub fn init(log: Log) -> Result<(), tracing::subscriber::SetGlobalDefaultError> {
    tracing::subscriber::set_global_default(subscriber(log, std::io::stderr))
}

pub fn subscriber<W>(log: Log, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let level = match log.level {
        LogLevel::Error => Level::ERROR,
        LogLevel::Warn => Level::WARN,
        LogLevel::Info => Level::INFO,
        LogLevel::Debug => Level::DEBUG,
    };
    let others = LevelFilter::from_level(level).min(LevelFilter::WARN);
    let filter = OURS
        .iter()
        .fold(Targets::new().with_default(others), |filter, name| filter.with_target(*name, level));
    let layer = fmt::layer().with_writer(EscapeControls(writer)).with_ansi(false);
    let layer = match log.format {
        LogFormat::Human => layer.boxed(),
        LogFormat::Json => layer.json().flatten_event(true).with_current_span(true).boxed(),
    };
    tracing_subscriber::registry().with(layer.with_filter(filter))
}

#[cfg(test)]
mod tests;
