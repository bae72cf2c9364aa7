//! What has been heard of every other node. Invariant: a loss that a packet reveals is
//! reported with that packet, and no event is accepted twice.

use std::{collections::HashMap, time::Duration};
use tokio::time::Instant;

/// Nodes remembered; the oldest ones are forgotten, which at worst announces a gap too many.
const MAX_NODES: usize = 1_024;

/// The default one says nothing but that the node is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Number of the newest event, counted from 1 by the node that publishes it.
    pub seq: u64,
    /// Events which that node had to drop since it began.
    pub lost: u64,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Observation {
    /// Something is missing before this packet.
    pub gap: bool,
    /// The packet's event has not been seen before.
    pub fresh: bool,
}

#[derive(Default)]
pub struct Positions {
    nodes: HashMap<String, Known>,
    heard: u64,
}

struct Known {
    seq: u64,
    lost: u64,
    heard: u64,
    heard_at: Instant,
    /// It was told already that nothing is heard of it.
    gone: bool,
}

impl Positions {
    /// `is_event` tells an event, which takes a number, from a repeated position.
    pub fn observe(&mut self, node: &str, now: Position, is_event: bool) -> Observation {
        self.heard += 1;
        let heard = self.heard;
        if now == Position::default() && !self.nodes.contains_key(node) {
            return Observation { gap: false, fresh: false };
        }
        let Some(known) = self.nodes.get_mut(node) else {
            self.forget_oldest();
            let (seq, lost, heard_at) = (now.seq, now.lost, Instant::now());
            let known = Known { seq, lost, heard, heard_at, gone: false };
            self.nodes.insert(node.to_owned(), known);
            return Observation { gap: now.lost > 0, fresh: is_event };
        };
        let expected = known.seq + u64::from(is_event);
        let observation = Observation {
            gap: now.seq > expected || now.lost > known.lost,
            fresh: is_event && now.seq >= expected,
        };
        known.seq = known.seq.max(now.seq);
        known.lost = known.lost.max(now.lost);
        (known.heard, known.heard_at, known.gone) = (heard, Instant::now(), false);
        observation
    }

    /// A node that says good-bye leaves nothing untold.
    pub fn left(&mut self, node: &str) {
        self.nodes.remove(node);
    }

    /// How many nodes have said nothing for so long, and did before: one that died may have stored
    /// something without a word to anybody.
    pub fn silenced(&mut self, limit: Duration) -> usize {
        let silent = |known: &&mut Known| !known.gone && known.heard_at.elapsed() > limit;
        self.nodes.values_mut().filter(silent).map(|known| known.gone = true).count()
    }

    fn forget_oldest(&mut self) {
        if self.nodes.len() < MAX_NODES {
            return;
        }
        let oldest = self.nodes.iter().min_by_key(|(_, known)| known.heard);
        if let Some(name) = oldest.map(|(name, _)| name.clone()) {
            self.nodes.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seq: u64, lost: u64) -> Position {
        Position { seq, lost }
    }

    fn seen(gap: bool, fresh: bool) -> Observation {
        Observation { gap, fresh }
    }

    #[test]
    fn consecutive_numbers_are_no_gap() {
        let mut positions = Positions::default();
        assert_eq!(positions.observe("a", at(7, 0), true), seen(false, true));
        assert_eq!(positions.observe("a", at(8, 0), true), seen(false, true));
        assert_eq!(positions.observe("a", at(8, 0), false), seen(false, false));
        assert_eq!(positions.observe("b", at(1, 0), true), seen(false, true));
    }

    #[test]
    fn missing_number_is_a_gap_and_the_event_still_counts() {
        let mut positions = Positions::default();
        positions.observe("a", at(1, 0), true);
        assert_eq!(positions.observe("a", at(3, 0), true), seen(true, true));
        assert_eq!(positions.observe("a", at(4, 0), true), seen(false, true));
    }

    #[test]
    fn repeated_position_reveals_that_the_last_event_is_missing() {
        let mut positions = Positions::default();
        positions.observe("a", at(1, 0), true);
        assert_eq!(positions.observe("a", at(2, 0), false), seen(true, false));
        assert_eq!(positions.observe("a", at(3, 0), true), seen(false, true));
    }

    #[test]
    fn event_sent_twice_is_accepted_once() {
        let mut positions = Positions::default();
        positions.observe("a", at(1, 0), true);
        positions.observe("a", at(2, 0), true);
        assert_eq!(positions.observe("a", at(1, 0), true), seen(false, false));
        assert_eq!(positions.observe("a", at(2, 0), true), seen(false, false));
    }

    #[test]
    fn unknown_node_that_has_lost_something_is_a_gap() {
        let mut positions = Positions::default();
        assert_eq!(positions.observe("a", at(4, 3), false), seen(true, false));
    }

    #[tokio::test(start_paused = true)]
    async fn node_that_falls_silent_is_told_once_unless_it_said_good_bye() {
        let mut positions = Positions::default();
        for node in ["a", "b", "c"] {
            positions.observe(node, at(1, 0), true);
        }
        positions.left("b");
        tokio::time::advance(Duration::from_secs(10)).await;
        positions.observe("c", at(1, 0), false);
        assert_eq!(positions.silenced(Duration::from_secs(5)), 1);
        assert_eq!(positions.silenced(Duration::from_secs(5)), 0);
        assert_eq!(positions.observe("a", at(3, 0), true), seen(true, true), "it is known by its numbers");
    }

    #[test]
    fn memory_is_bounded_however_many_nodes_come() {
        let mut positions = Positions::default();
        for n in 0..MAX_NODES * 2 {
            positions.observe(&n.to_string(), at(1, 0), true);
        }
        assert_eq!(positions.nodes.len(), MAX_NODES);
    }
}
