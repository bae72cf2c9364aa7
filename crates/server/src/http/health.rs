//! `/livez` and `/readyz`. Invariant: alive means that the process answers, nothing else;
//! ready means that every check of the application passes within a short time.

use super::Json;
use axum::http::StatusCode;
use futures_util::future::{BoxFuture, join_all};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    future::{Future, Ready, ready},
    sync::Arc,
    time::Duration,
};
use tokio::time::timeout;

/// A check that takes longer has failed.
const MAX_WAIT: Duration = Duration::from_secs(2);

type Run = dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync;

/// One thing that must work before traffic should come: `store`, `jobs`, …
#[derive(Clone)]
pub struct Check {
    name: &'static str,
    run: Arc<Run>,
}

impl Check {
    /// `run` gives the reason of a failure; it is shown to whoever asks, so no secrets.
    pub fn new<F>(name: &'static str, run: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        Self { name, run: Arc::new(move || Box::pin(run())) }
    }
}

#[derive(Debug, Serialize)]
pub struct Readiness {
    pub ready: bool,
    /// By name: `ok`, or why not.
    pub checks: BTreeMap<&'static str, String>,
}

pub fn livez() -> Ready<&'static str> {
    ready("ok\n")
}

/// The answer of `/readyz`: 200, or 503 with the reasons.
pub async fn readyz(checks: &[Check]) -> (StatusCode, Json<Readiness>) {
    let readiness = readiness(checks).await;
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness))
}

pub async fn readiness(checks: &[Check]) -> Readiness {
    let results = join_all(checks.iter().map(|check| async {
        let result = timeout(MAX_WAIT, (check.run)()).await;
        (check.name, result.unwrap_or_else(|_| Err("no answer in time".to_owned())))
    }))
    .await;
    for (name, result) in &results {
        let value = f64::from(u8::from(result.is_ok()));
        metrics::gauge!("octim_ready", "check" => *name).set(value);
    }
    Readiness {
        ready: results.iter().all(|(_, result)| result.is_ok()),
        checks: results
            .into_iter()
            .map(|(name, result)| (name, result.err().unwrap_or_else(|| "ok".to_owned())))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passing(name: &'static str) -> Check {
        Check::new(name, || async { Ok(()) })
    }

    #[tokio::test]
    async fn ready_when_every_check_passes() {
        let (status, Json(readiness)) = readyz(&[passing("store"), passing("jobs")]).await;
        assert_eq!(status, 200);
        assert_eq!(serde_json::to_value(&readiness).unwrap()["checks"]["jobs"], "ok");
    }

    #[tokio::test]
    async fn red_names_the_check_and_the_reason() {
        let failing = Check::new("store", || async { Err("the disk is full".to_owned()) });
        let (status, Json(readiness)) = readyz(&[failing, passing("jobs")]).await;
        assert_eq!(status, 503);
        assert_eq!(readiness.checks["store"], "the disk is full");
        assert_eq!(readiness.checks["jobs"], "ok");
    }

    #[tokio::test(start_paused = true)]
    async fn check_that_hangs_is_red() {
        let hanging = Check::new("store", std::future::pending);
        let readiness = readiness(&[hanging]).await;
        assert!(!readiness.ready);
        assert_eq!(readiness.checks["store"], "no answer in time");
    }
}
