//! The numbers of `/metrics`, in the text format of Prometheus. docs/logging.md explains
//! each; a test holds that page and the names here together.

use metrics::Unit;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::time::Duration;

/// How often [`Measurements::upkeep`] should run, or histograms grow without end.
pub const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Seconds: from a commit on a good disk to a request that has gone wrong.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

#[derive(Clone, Copy)]
enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// Name, kind, unit, meaning.
const METRICS: [(&str, Kind, Unit, &str); 19] = [
    ("octim_writer_queue_depth", Kind::Gauge, Unit::Count, "Writes that wait for the next commit"),
    ("octim_commit_seconds", Kind::Histogram, Unit::Seconds, "Duration of one commit of the batched writer"),
    ("octim_commit_changes", Kind::Histogram, Unit::Count, "Changes that share one commit"),
    (
        "octim_delivery_seconds",
        Kind::Histogram,
        Unit::Seconds,
        "From the commit of a message until it is queued to a watching socket",
    ),
    ("octim_messages_total", Kind::Counter, Unit::Count, "Messages stored"),
    (
        "octim_messages_undelivered",
        Kind::Gauge,
        Unit::Count,
        "Messages that no screen of the other side has received",
    ),
    ("octim_sockets", Kind::Gauge, Unit::Count, "Open sockets, by side"),
    ("octim_sockets_closed_total", Kind::Counter, Unit::Count, "Sockets closed by the server, by reason"),
    (
        "octim_sockets_deferred_total",
        Kind::Counter,
        Unit::Count,
        "Sockets told to come back later, because too many came at once",
    ),
    ("octim_jobs_ready", Kind::Gauge, Unit::Count, "Jobs that are due and not taken"),
    ("octim_jobs_total", Kind::Counter, Unit::Count, "Jobs run, by kind and outcome"),
    (
        "octim_bus_connected",
        Kind::Gauge,
        Unit::Count,
        "1 while the node hears the others, 0 while it works alone",
    ),
    ("octim_bus_queue_depth", Kind::Gauge, Unit::Count, "Events that wait for Redis"),
    ("octim_bus_lost_total", Kind::Counter, Unit::Count, "Events that Redis did not get"),
    ("octim_bus_gaps_total", Kind::Counter, Unit::Count, "Times that clients were told to resynchronise"),
    (
        "octim_http_requests_total",
        Kind::Counter,
        Unit::Count,
        "Requests answered, by method, route and status",
    ),
    ("octim_http_seconds", Kind::Histogram, Unit::Seconds, "Duration of a request, by method and route"),
    (
        "octim_rate_limited_total",
        Kind::Counter,
        Unit::Count,
        "Requests and frames refused by a rate limit, by limit",
    ),
    ("octim_ready", Kind::Gauge, Unit::Count, "1 while a check of /readyz passes, by check"),
];

/// What the process has counted; clones are the same.
#[derive(Clone)]
pub struct Measurements(PrometheusHandle);

impl Measurements {
    /// Makes this the recorder of the process; a second one is refused.
    pub fn install() -> Result<Self, BuildError> {
        let handle = builder()?.install_recorder()?;
        describe();
        Ok(Self(handle))
    }

    /// For several servers in one process (tests): what is counted goes nowhere.
    pub fn detached() -> Result<Self, BuildError> {
        Ok(Self(builder()?.build_recorder().handle()))
    }

    pub fn render(&self) -> String {
        self.0.render()
    }

    pub fn upkeep(&self) {
        self.0.run_upkeep();
    }
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(
            Matcher::Full("octim_commit_changes".to_owned()),
            &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0],
        )
}

fn describe() {
    for (name, kind, unit, meaning) in METRICS {
        match kind {
            Kind::Counter => metrics::describe_counter!(name, unit, meaning),
            Kind::Gauge => metrics::describe_gauge!(name, unit, meaning),
            Kind::Histogram => metrics::describe_histogram!(name, unit, meaning),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rendered_with_their_buckets() {
        let recorder = builder().unwrap().build_recorder();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            describe();
            metrics::counter!("octim_messages_total").increment(3);
            metrics::histogram!("octim_commit_seconds").record(0.002);
        });
        let text = handle.render();
        assert!(text.contains("octim_messages_total 3"), "{text}");
        assert!(text.contains("octim_commit_seconds_bucket{le=\"0.0025\"} 1"), "{text}");
        assert!(text.contains("# HELP octim_messages_total Messages stored"), "{text}");
    }

    #[test]
    fn page_about_logging_explains_every_number() {
        let page = include_str!("../../../../docs/logging.md");
        for (name, ..) in METRICS {
            assert!(page.contains(&format!("`{name}`")), "{name}");
        }
    }
}
