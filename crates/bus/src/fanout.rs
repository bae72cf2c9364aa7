//! Delivery inside the node. Invariant: no lock is held while a sink runs, so a sink may
//! publish or subscribe itself.

use crate::{Delivery, Sink};
use std::sync::{Arc, PoisonError, RwLock};

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
            sink(delivery.clone());
        }
    }
}
