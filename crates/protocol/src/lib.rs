//! What crosses the network to browsers and other clients: HTTP bodies, socket frames,
//! error codes. Every composite is a struct of its own with a `From<model::…>`, so that a
//! new column never becomes a new field by accident.

pub mod account;
pub mod admin;
pub mod article;
pub mod assignment;
pub mod benefit;
pub mod bot;
pub mod connector;
pub mod error;
pub mod frame;
pub mod inbox;
pub mod knowledge;
pub mod language;
pub mod learning;
pub mod llm;
pub mod message;
pub mod mood;
pub mod pairs;
pub mod setup;
pub mod sources;
pub mod visitor;

pub use error::{ErrorCode, Problem};

/// Version of the socket protocol and of the visitor HTTP API; grows only when an old
/// client could no longer work.
pub const PROTOCOL: u32 = 1;
