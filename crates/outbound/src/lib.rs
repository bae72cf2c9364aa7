//! The only way out: requests to addresses that somebody else chose (a page to import, a model's
//! endpoint, a webhook) must not reach what only this machine or its network may reach.
//!
//! Invariants: a connection goes only to an address that was looked at and is public, or that the
//! operator named; nothing is followed, read or waited for without a bound.

mod address;
mod breaker;
mod client;
mod resolver;
mod target;

pub use address::Allowed;
pub use breaker::Breakers;
pub use client::{Client, Limits, Method, Request, Response, Streaming};
pub use resolver::Names;
pub use target::Plain;

use std::time::Duration;
use thiserror::Error;

/// Why there is no answer. None of the texts holds an address or a credential.
#[derive(Debug, Error)]
pub enum Error {
    #[error("the address is not one that may be asked: {0}")]
    Refused(Refusal),
    #[error("there was no answer in time")]
    Timeout,
    #[error("the server cannot be reached")]
    Unreachable(#[source] Option<Box<dyn std::error::Error + Send + Sync>>),
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    #[error("it failed too often; asked again in {}", whole_seconds(.0))]
    Resting(Duration),
}

/// Rounded up, so that whoever waits that long is not too early.
fn whole_seconds(duration: &Duration) -> String {
    format!("{} s", duration.as_millis().div_ceil(1_000))
}

/// What is wrong with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    #[error("it is malformed")]
    Malformed,
    #[error("only http and https are possible")]
    Scheme,
    #[error("it holds a user name or password")]
    Credentials,
    #[error("the port is not allowed")]
    Port,
    #[error("outside of the operator's networks only https is possible")]
    Plain,
    #[error("it belongs to this machine or to a private network")]
    Private,
    #[error("it leads on to others too often")]
    Redirects,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
