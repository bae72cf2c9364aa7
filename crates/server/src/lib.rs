//! The server: configuration, command line, HTTP, sockets, jobs, the embedded web.
//!
//! Invariant: no SQL and no business rules here; only `protocol` types reach a browser.

mod accept;
pub mod app;
pub mod backup;
pub mod cli;
mod cluster;
pub mod commands;
pub mod config;
pub mod demo;
pub mod encoder;
pub mod errors;
pub mod gauges;
pub mod http;
pub mod keys;
pub mod lifecycle;
pub mod logs;
pub mod rate;
pub mod routes;
pub mod serve;
pub mod socket;
pub mod views;

/// The description of the HTTP API as it is checked in.
pub fn openapi_json() -> String {
    routes::openapi().to_pretty_json().map(|json| json + "\n").unwrap_or_default()
}
