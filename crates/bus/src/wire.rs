//! What nodes say to each other: JSON, one packet a message. Invariant: a packet whose event
//! is unknown here (a newer node) still counts for the position of its node.

use crate::positions::Position;
use model::Envelope;
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct Outgoing<'a> {
    node: &'a str,
    seq: u64,
    lost: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    envelope: Option<&'a Envelope>,
}

pub struct Packet {
    pub node: String,
    pub position: Position,
    /// An event takes a number, a repeated position does not.
    pub is_event: bool,
    /// None for a repeated position and for an event that is not understood.
    pub envelope: Option<Envelope>,
}

pub fn encode(node: &str, position: Position, envelope: Option<&Envelope>) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&Outgoing { node, seq: position.seq, lost: position.lost, envelope })
}

pub fn decode(bytes: &[u8]) -> serde_json::Result<Packet> {
    #[derive(Deserialize)]
    struct Incoming {
        node: String,
        seq: u64,
        lost: u64,
        envelope: Option<serde_json::Value>,
    }
    let incoming: Incoming = serde_json::from_slice(bytes)?;
    Ok(Packet {
        node: incoming.node,
        position: Position { seq: incoming.seq, lost: incoming.lost },
        is_event: incoming.envelope.is_some(),
        envelope: incoming.envelope.and_then(|value| serde_json::from_value(value).ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{AgentId, Event, Topic, WorkspaceId};

    #[test]
    fn event_survives_the_journey() {
        let envelope = Envelope {
            topic: Topic::Workspace(WorkspaceId(1)),
            event: Event::AccessChanged { agent_id: AgentId(i64::MAX) },
        };
        let position = Position { seq: 3, lost: 1 };
        let packet = decode(&encode("n", position, Some(&envelope)).unwrap()).unwrap();
        assert_eq!(packet.envelope, Some(envelope));
        assert_eq!(packet.position, position);
    }

    #[test]
    fn unknown_event_still_has_a_position() {
        let text = br#"{"node":"n","seq":9,"lost":0,"later":1,
            "envelope":{"topic":{"topic":"workspace","id":"1"},"event":{"event":"new_kind"}}}"#;
        let packet = decode(text).unwrap();
        assert!(packet.is_event && packet.envelope.is_none());
        assert_eq!(packet.position.seq, 9);
    }
}
