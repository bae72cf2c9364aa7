//! What has been heard of every other node. Invariant: a loss that a packet reveals is
//! reported with that packet, and no event is accepted twice.

use std::collections::HashMap;

/// Nodes remembered; the oldest ones are forgotten, which at worst announces a gap too many.
const MAX_NODES: usize = 1_024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// None after a reconnection: the gap that was announced then covers any number.
    seq: Option<u64>,
    lost: u64,
    heard: u64,
}

impl Positions {
    /// `is_event` tells an event, which takes a number, from a repeated position.
    pub fn observe(&mut self, node: &str, now: Position, is_event: bool) -> Observation {
        self.heard += 1;
        let heard = self.heard;
        let Some(known) = self.nodes.get_mut(node) else {
            self.forget_oldest();
            let known = Known { seq: Some(now.seq), lost: now.lost, heard };
            self.nodes.insert(node.to_owned(), known);
            return Observation { gap: now.lost > 0, fresh: is_event };
        };
        let expected = known.seq.map_or(now.seq, |seq| seq + u64::from(is_event));
        let observation = Observation {
            gap: now.seq > expected || now.lost > known.lost,
            fresh: is_event && now.seq >= expected,
        };
        known.seq = Some(known.seq.unwrap_or(0).max(now.seq));
        known.lost = known.lost.max(now.lost);
        known.heard = heard;
        observation
    }

    /// After a reconnection: numbers start anew, but what a node dropped meanwhile may have
    /// been dropped after the reconnection, so the counts stay.
    pub fn reconnected(&mut self) {
        for known in self.nodes.values_mut() {
            known.seq = None;
        }
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
    fn loss_after_a_reconnection_is_noticed_although_numbers_start_anew() {
        let mut positions = Positions::default();
        positions.observe("a", at(1, 0), true);
        positions.reconnected();
        assert_eq!(positions.observe("a", at(9, 0), true), seen(false, true));
        positions.reconnected();
        assert_eq!(positions.observe("a", at(12, 2), true), seen(true, true));
    }

    #[test]
    fn unknown_node_that_has_lost_something_is_a_gap() {
        let mut positions = Positions::default();
        assert_eq!(positions.observe("a", at(4, 3), false), seen(true, false));
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
