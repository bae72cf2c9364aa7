//! Ids: 41 bits of milliseconds, 10 bits of node, 12 bits of counter. They grow within
//! one process even when the wall clock goes back; nothing but uniqueness is promised
//! between nodes.

use model::Millis;
use std::sync::atomic::{AtomicI64, Ordering};

/// 2026-01-01T00:00:00Z.
const EPOCH: Millis = 1_767_225_600_000;

pub struct Ids {
    node: AtomicI64,
    /// Milliseconds and counter of the last id, as one number.
    last: AtomicI64,
}

impl Ids {
    /// `node` tells the processes on one database apart (only its low 10 bits count);
    /// `newest` is an id that all new ones must exceed.
    pub fn new(node: u16, newest: i64) -> Self {
        Self {
            node: AtomicI64::new(i64::from(node & 0x3ff)),
            last: AtomicI64::new((newest >> 22 << 12) | 0xfff),
        }
    }

    pub fn node(&self) -> i64 {
        self.node.load(Ordering::Relaxed)
    }

    pub fn set_node(&self, node: i64) {
        self.node.store(node & 0x3ff, Ordering::Relaxed);
    }

    pub fn next(&self, now: Millis) -> i64 {
        let least = (now - EPOCH).max(0) << 12;
        let step = |last: i64| Some((last + 1).max(least));
        let before = match self.last.try_update(Ordering::Relaxed, Ordering::Relaxed, step) {
            Ok(before) | Err(before) => before,
        };
        let state = (before + 1).max(least);
        (state >> 12 << 22) | (self.node() << 12) | (state & 0xfff)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_even_when_the_clock_goes_back() {
        let ids = Ids::new(7, 0);
        let first = ids.next(EPOCH + 5_000);
        let second = ids.next(EPOCH + 1_000);
        assert!(second > first);
        let restarted = Ids::new(7, second);
        assert!(restarted.next(EPOCH) > second);
    }

    #[test]
    fn ids_of_two_nodes_differ_in_the_same_millisecond() {
        let (a, b) = (Ids::new(1, 0), Ids::new(2, 0));
        let mut seen = std::collections::HashSet::new();
        for _ in 0..10_000 {
            assert!(seen.insert(a.next(EPOCH + 1)));
            assert!(seen.insert(b.next(EPOCH + 1)));
        }
    }
}
