//! What gets into the log, and what must not.

use super::*;
use axum::{
    Router,
    body::Body,
    extract::Path,
    http::{Request, StatusCode},
    middleware::from_fn,
    routing::post,
};
use std::{
    io,
    sync::{Arc, Mutex},
};
use tower::ServiceExt as _;
use tracing::instrument::WithSubscriber as _;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Captured {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

const FORMATS: [LogFormat; 2] = [LogFormat::Human, LogFormat::Json];

fn log(format: LogFormat, level: LogLevel) -> (Captured, impl Subscriber + Send + Sync) {
    let captured = Captured::default();
    (captured.clone(), subscriber(Log { format, level }, captured))
}

fn app() -> Router {
    Router::new()
        .route("/api/things/{id}", post(|Path(_): Path<String>, _: String| async { StatusCode::IM_A_TEAPOT }))
        .layer(from_fn(trace_requests))
}

#[tokio::test]
async fn nothing_of_a_request_but_its_kind_and_outcome_is_logged() {
    const CANARY: &str = "canary-5c1e";
    for format in FORMATS {
        let (captured, subscriber) = log(format, LogLevel::Debug);
        let request = |path: String| {
            Request::post(path)
                .header("authorization", format!("Bearer {CANARY}"))
                .header("cookie", format!("sid={CANARY}"))
                .header("user-agent", CANARY)
                .header("x-forwarded-for", CANARY)
                .header("x-request-id", CANARY)
                .body(Body::from(CANARY))
                .unwrap()
        };
        async {
            let known = format!("/api/things/{CANARY}?token={CANARY}");
            let response = app().oneshot(request(known)).await.unwrap();
            assert!(response.headers().contains_key("x-request-id"));
            app().oneshot(request(format!("/{CANARY}"))).await.unwrap();
        }
        .with_subscriber(subscriber)
        .await;
        let text = captured.text();
        assert!(!text.contains(CANARY), "{text}");
        for expected in ["/api/things/{id}", "POST", "418", "404", "duration_ms"] {
            assert!(text.contains(expected), "{expected} is missing: {text}");
        }
    }
}

#[test]
fn field_can_neither_forge_a_line_nor_command_a_terminal() {
    for format in FORMATS {
        let (captured, subscriber) = log(format, LogLevel::Info);
        let evil = "x\r\nERROR forged\u{1b}[2J\u{9b}31m\u{2028}\u{202e}\u{7f}";
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(field = evil, display = %evil, "said {evil}");
        });
        let text = captured.text();
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(
            !text
                .trim_end_matches('\n')
                .chars()
                .any(|c| c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c)),
            "{text:?}"
        );
        assert!(text.contains("forged"), "it is escaped, not lost");
    }
}

#[test]
fn chinese_stays_readable() {
    let (captured, subscriber) = log(LogFormat::Human, LogLevel::Info);
    tracing::subscriber::with_default(subscriber, || tracing::info!("磁盘已满"));
    assert!(captured.text().contains("磁盘已满"));
}

#[test]
fn details_of_other_crates_are_not_logged_even_at_debug() {
    let (captured, subscriber) = log(LogFormat::Human, LogLevel::Debug);
    tracing::subscriber::with_default(subscriber, || {
        tracing::info!(target: "hyper::proto", "the secret of a request");
        tracing::warn!(target: "hyper::proto", "slow");
        tracing::debug!(target: "store::writer", "committed");
    });
    let text = captured.text();
    assert!(!text.contains("secret") && text.contains("slow") && text.contains("committed"), "{text}");
}

#[test]
fn json_lines_are_json() {
    let (captured, subscriber) = log(LogFormat::Json, LogLevel::Info);
    tracing::subscriber::with_default(subscriber, || {
        let span = tracing::info_span!("request", id = "7");
        let _entered = span.enter();
        tracing::info!(status = 200, "answered");
    });
    let line: serde_json::Value = serde_json::from_str(&captured.text()).unwrap();
    assert_eq!(line["message"], "answered");
    assert_eq!(line["status"], 200);
    assert_eq!(line["span"]["id"], "7");
}
