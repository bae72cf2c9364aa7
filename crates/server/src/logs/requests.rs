//! One span and one event a request. Invariant: nothing here can hold a secret or a name:
//! the route is the template, and neither headers, query nor body are looked at.

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue, Method},
    middleware::Next,
    response::Response,
};
use std::time::Instant;
use tracing::Instrument as _;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Asked for so often that they would drown the rest.
const QUIET: [&str; 3] = ["/livez", "/readyz", "/metrics"];

/// Middleware. Layer it on the router (not around it), so that it knows the route.
pub async fn trace_requests(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let id = uuid::Uuid::new_v4().simple().to_string();
    let method = known(request.method());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let span = tracing::info_span!("request", id, method, route);

    let mut response = next.run(request).instrument(span.clone()).await;

    let _entered = span.enter();
    let (status, elapsed) = (response.status().as_u16(), begun.elapsed());
    let duration_ms = elapsed.as_micros() as f64 / 1_000.0;
    if QUIET.contains(&route.as_str()) {
        tracing::debug!(status, duration_ms, "answered");
    } else {
        tracing::info!(status, duration_ms, "answered");
    }
    let labels = [("method", method.to_owned()), ("route", route), ("status", status.to_string())];
    metrics::counter!("octim_http_requests_total", &labels).increment(1);
    metrics::histogram!("octim_http_seconds", &labels[..2]).record(elapsed.as_secs_f64());
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// Any token can be a method; only these may name a metric.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}
