//! Delivery inside the node. Invariants: no lock is held while a sink runs, so a sink may
//! publish or subscribe itself; one that panics harms nobody else, and is told of a gap.

use crate::{Delivery, Sink};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, PoisonError, RwLock},
};

#[derive(Default)]
pub struct Fanout {
    sinks: RwLock<Arc<[Sink]>>,
}

impl Fanout {
    pub fn add(&self, sink: Sink) {
        let mut sinks = self.sinks.write().unwrap_or_else(PoisonError::into_inner);
        *sinks = sinks.iter().cloned().chain([sink]).collect();
    }

    pub fn deliver(&self, delivery: &Delivery) {
        let sinks = Arc::clone(&self.sinks.read().unwrap_or_else(PoisonError::into_inner));
        for sink in &*sinks {
            let deliver = |delivery| catch_unwind(AssertUnwindSafe(|| sink(delivery))).is_ok();
            if !deliver(delivery.clone()) && !deliver(Delivery::Gap) {
                tracing::error!("an event was lost inside this node, and the gap cannot be told");
            }
        }
    }
}
