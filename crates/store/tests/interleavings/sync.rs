//! What `writer/sync.rs` gives, by shuttle. The channels are tokio's own: they hand over between tasks, and
//! which task runs is for shuttle to say. Time is whatever shuttle's dice make of it.

use shuttle::{
    future::yield_now,
    rand::{Rng as _, thread_rng},
};
use std::{
    pin::pin,
    task::{Context, Poll},
    time::Duration,
};
pub use tokio::sync::{mpsc, oneshot, watch};

/// Stands still.
pub struct Instant(Duration);

impl Instant {
    pub fn now() -> Self {
        Self(Duration::ZERO)
    }

    pub fn elapsed(&self) -> Duration {
        self.0
    }
}

pub async fn sleep(_: Duration) {
    yield_now().await;
}

pub struct Elapsed;

/// Is over at any moment.
pub async fn timeout<T>(_: Duration, work: impl Future<Output = T>) -> Result<T, Elapsed> {
    let mut work = pin!(work);
    loop {
        let polled =
            std::future::poll_fn(|context: &mut Context<'_>| Poll::Ready(work.as_mut().poll(context))).await;
        match polled {
            Poll::Ready(done) => return Ok(done),
            Poll::Pending if thread_rng().gen_bool(0.5) => return Err(Elapsed),
            Poll::Pending => yield_now().await,
        }
    }
}
