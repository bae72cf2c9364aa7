//! What nodes say to each other: JSON, one packet a message. Invariant: a packet whose event
//! is unknown here (a newer node) still counts for the position of its node, and one that would be
//! understood here but cannot be read is a gap.

use crate::positions::Position;
use model::{Envelope, Event};
use serde::{Deserialize, Serialize};

/// What a node says of itself where Redis is away, for itself or for another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// It hears nothing from Redis: what it should know has to take the detour.
    #[serde(default)]
    pub deaf: bool,
    /// Agents with a console there, as `workspace/agent`.
    #[serde(default)]
    pub agents: Vec<String>,
}

#[derive(Serialize)]
struct Outgoing<'a> {
    node: &'a str,
    seq: u64,
    lost: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    envelope: Option<&'a Envelope>,
    #[serde(skip_serializing_if = "Option::is_none")]
    standing: Option<&'a Standing>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    leaves: bool,
}

pub struct Packet {
    pub node: String,
    pub position: Position,
    /// An event takes a number, a repeated position does not.
    pub is_event: bool,
    /// None for a repeated position and for an event that is not for this version.
    pub envelope: Option<Envelope>,
    /// An event of a kind that is known here holds something that is not: it was missed.
    pub is_unreadable: bool,
    pub standing: Option<Standing>,
    /// The node stops; it has said everything.
    pub leaves: bool,
}

/// An event, or without one a repeated position.
pub fn encode(node: &str, position: Position, envelope: Option<&Envelope>) -> serde_json::Result<String> {
    let Position { seq, lost } = position;
    serde_json::to_string(&Outgoing { node, seq, lost, envelope, standing: None, leaves: false })
}

pub fn encode_standing(node: &str, position: Position, standing: &Standing) -> serde_json::Result<String> {
    let (Position { seq, lost }, standing) = (position, Some(standing));
    serde_json::to_string(&Outgoing { node, seq, lost, envelope: None, standing, leaves: false })
}

pub fn encode_farewell(node: &str, position: Position) -> serde_json::Result<String> {
    let Position { seq, lost } = position;
    serde_json::to_string(&Outgoing { node, seq, lost, envelope: None, standing: None, leaves: true })
}

pub fn decode(bytes: &[u8]) -> serde_json::Result<Packet> {
    #[derive(Deserialize)]
    struct Incoming {
        node: String,
        seq: u64,
        lost: u64,
        envelope: Option<serde_json::Value>,
        #[serde(default)]
        standing: Option<Standing>,
        #[serde(default)]
        leaves: bool,
    }
    let incoming: Incoming = serde_json::from_slice(bytes)?;
    let is_event = incoming.envelope.is_some();
    let envelope = incoming.envelope.map(understood).transpose();
    Ok(Packet {
        node: incoming.node,
        position: Position { seq: incoming.seq, lost: incoming.lost },
        is_event,
        is_unreadable: envelope.is_err(),
        envelope: envelope.ok().flatten().flatten(),
        standing: incoming.standing,
        leaves: incoming.leaves,
    })
}

/// None for kinds and topics that only newer nodes know.
fn understood(envelope: serde_json::Value) -> serde_json::Result<Option<Envelope>> {
    #[derive(Deserialize)]
    struct Parts {
        topic: serde_json::Value,
        event: Event,
    }
    let Parts { topic, event } = serde_json::from_value(envelope)?;
    let topic = serde_json::from_value(topic).ok().filter(|_| event != Event::Unknown);
    Ok(topic.map(|topic| Envelope { topic, event }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{AgentId, Topic, WorkspaceId};

    #[test]
    fn event_survives_the_journey() {
        let envelope = Envelope {
            topic: Topic::Workspace(WorkspaceId(1)),
            event: Event::AccessChanged { agent_id: AgentId(i64::MAX) },
        };
        let position = Position { seq: 3, lost: 1 };
        let packet = decode(encode("n", position, Some(&envelope)).unwrap().as_bytes()).unwrap();
        assert_eq!(packet.envelope, Some(envelope));
        assert_eq!(packet.position, position);
    }

    #[test]
    fn unknown_event_still_has_a_position() {
        let text = br#"{"node":"n","seq":9,"lost":0,"later":1,
            "envelope":{"topic":{"topic":"workspace","id":"1"},"event":{"event":"new_kind"}}}"#;
        let packet = decode(text).unwrap();
        assert!(packet.is_event && packet.envelope.is_none() && !packet.is_unreadable);
        assert_eq!(packet.position.seq, 9);
        let elsewhere = br#"{"node":"n","seq":9,"lost":0,"envelope":{"topic":{"topic":"of_a_later_version"},
            "event":{"event":"access_changed","agent_id":"7"}}}"#;
        let packet = decode(elsewhere).unwrap();
        assert!(packet.is_event && packet.envelope.is_none() && !packet.is_unreadable);
    }

    #[test]
    fn known_event_that_cannot_be_read_was_missed() {
        let text = br#"{"node":"n","seq":9,"lost":0,"envelope":{"topic":{"topic":"workspace","id":"1"},
            "event":{"event":"presence_changed","agent_id":"7","presence":"of_a_later_version"}}}"#;
        let packet = decode(text).unwrap();
        assert!(packet.is_event && packet.envelope.is_none() && packet.is_unreadable);
    }
}
