//! Socket frames: JSON text, one object a frame, told apart by `type`.
//! docs/client-protocol.md explains the conversation between the two ends.

use crate::{
    ErrorCode,
    inbox::AgentConversation,
    message::{MessageView, NewContent},
    visitor::VisitorConversation,
};
use model::{AgentId, ConversationId, Millis, Presence, Seq, Side};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, sync::Arc};
use utoipa::ToSchema;

/// The most bytes a client's frame may have.
pub const MAX_FRAME: usize = 64 * 1024;
/// The most messages that a resumed stream brings; with more missing it is a snapshot.
pub const MAX_RESUME: i64 = 500;
/// How many newest messages a snapshot brings.
pub const SNAPSHOT: i64 = 50;

/// Commands: all that a client may say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientFrame {
    /// The first frame, within ten seconds. An agent sends a single-use ticket, a visitor
    /// the session token.
    Hello {
        protocol: u32,
        credential: String,
    },
    /// Store a message. A visitor may leave out `conversation_id`: the message goes to the
    /// active conversation, which is opened when there is none.
    Send {
        #[schema(value_type = String)]
        client_id: Arc<str>,
        conversation_id: Option<ConversationId>,
        content: NewContent,
    },
    /// This side's screens have received, and shown, everything up to these positions.
    Receipt {
        conversation_id: ConversationId,
        delivered: Seq,
        read: Seq,
    },
    /// Repeated every 3 s while it lasts; ends by itself after 6 s.
    Typing {
        conversation_id: ConversationId,
        active: bool,
    },
    /// Follow a conversation. With `epoch` and `after` (the newest seq the client has) the
    /// answer brings what is missing, whole, or says `recovered: false` with a snapshot.
    Watch {
        conversation_id: ConversationId,
        epoch: Option<String>,
        after: Option<Seq>,
    },
    Unwatch {
        conversation_id: ConversationId,
    },
    /// Agents: follow the lists of all conversations one may see, and colleagues' presence.
    WatchInbox {},
    Ping {},
}

impl ClientFrame {
    /// The names of all commands, for the authorisation matrix.
    pub const COMMANDS: [&'static str; 8] =
        ["hello", "send", "receipt", "typing", "watch", "unwatch", "watch_inbox", "ping"];

    /// Reads a frame. The commonest one, a text, is tried first, because serde reads what is told apart
    /// by a field in two steps with a copy in between.
    ///
    /// # Errors
    /// When it is no frame.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        match serde_json::from_str(text) {
            Ok(SendText { kind: SendName::Send, client_id, conversation_id, content }) => {
                let TextContent { kind: TextName::Text, text } = content;
                let (client_id, text) = (Arc::from(client_id), Arc::from(text));
                Ok(Self::Send { client_id, conversation_id, content: NewContent::Text { text } })
            }
            Err(_) => serde_json::from_str(text),
        }
    }
}

/// [`ClientFrame::Send`] with a text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SendText<'a> {
    #[serde(rename = "type")]
    kind: SendName,
    #[serde(borrow)]
    client_id: Cow<'a, str>,
    conversation_id: Option<ConversationId>,
    #[serde(borrow)]
    content: TextContent<'a>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextContent<'a> {
    #[serde(rename = "type")]
    kind: TextName,
    #[serde(borrow)]
    text: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum SendName {
    Send,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum TextName {
    Text,
}

/// Events and answers. `C` is the conversation as this side may see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame<C> {
    /// Answer to `hello`.
    Welcome {
        protocol: u32,
        /// Changes when the server was restored from a backup: positions of another epoch
        /// mean nothing.
        epoch: String,
        /// The client pings when it heard nothing for this long, in milliseconds.
        heartbeat_ms: u64,
        now: Millis,
    },
    /// The message is on disk.
    Sent {
        #[schema(value_type = String)]
        client_id: Arc<str>,
        conversation_id: ConversationId,
        seq: Seq,
        created_at: Millis,
        duplicate: bool,
    },
    /// Answer to `watch`. Recovered: `messages` are all after the position that was sent.
    /// Otherwise: the newest ones, and the client drops what it had.
    Stream {
        conversation_id: ConversationId,
        recovered: bool,
        conversation: C,
        messages: Vec<MessageView>,
        has_more: bool,
    },
    /// One commit on a watched conversation: its state and the messages it added. When the
    /// first message does not follow the newest the client has, it watches again.
    Changed {
        conversation: C,
        messages: Vec<MessageView>,
    },
    /// Agents: conversations that changed, newest state each; sent together a few times a
    /// second. Take each whose `version` is higher.
    Inbox {
        conversations: Vec<C>,
    },
    /// Agents: conversations that are out of one's sight now.
    Hidden {
        conversation_ids: Vec<ConversationId>,
    },
    /// The other side (or, for agents, a colleague) is typing.
    Typing {
        conversation_id: ConversationId,
        side: Side,
        agent_id: Option<AgentId>,
        agent_name: Option<String>,
        active: bool,
    },
    /// Agents: a colleague's presence.
    Presence {
        agent_id: AgentId,
        presence: Presence,
    },
    /// Something may have been missed: watch everything again.
    Resync {},
    /// A command failed; `client_id` names the message, `conversation_id` the watch.
    Error {
        code: ErrorCode,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>)]
        client_id: Option<Arc<str>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        conversation_id: Option<ConversationId>,
        /// Seconds.
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after: Option<u64>,
    },
    Pong {},
}

pub type AgentFrame = ServerFrame<AgentConversation>;
pub type VisitorFrame = ServerFrame<VisitorConversation>;

/// Why the server closes a socket: WebSocket close codes.
pub mod close {
    /// A frame of the client was larger than allowed.
    pub const TOO_LARGE: u16 = 1009;
    /// The server stops; reconnect and resume.
    pub const RESTART: u16 = 1012;
    /// The client read too slowly; reconnect and resume.
    pub const SLOW: u16 = 4008;
    /// The session has ended or the credential was refused; do not reconnect with it.
    pub const SESSION: u16 = 4001;
    /// The client broke the protocol.
    pub const PROTOCOL: u16 = 4002;
    /// Too many frames, connections or handshakes; reconnect after the wait in the reason
    /// (`retry_after=SECONDS`).
    pub const RATE: u16 = 4029;
}

#[cfg(test)]
mod tests {
    use super::ClientFrame;

    #[test]
    fn short_way_reads_what_the_long_way_reads_and_refuses_what_it_refuses() {
        let send = |rest: &str| format!(r#"{{"type":"send","client_id":"a"{rest}}}"#);
        let frames = [
            send(r#","conversation_id":"7","content":{"type":"text","text":"\u4f60 好"}"#),
            send(r#","conversation_id":null,"content":{"text":"x","type":"text"}"#),
            send(r#","content":{"type":"text","text":"x"}"#),
            send(r#","content":{"type":"file","attachment_id":"9"}"#),
            send(r#","content":{"type":"text","text":"x","choices":null}"#),
            send(r#","content":{"type":"text"}"#),
            send(r#","content":{"type":"text","text":"x"},"seq":1"#),
            send(r#","content":{"type":"text","text":"x"},"client_id":"b""#),
            send(r#","conversation_id":7,"content":{"type":"text","text":"x"}"#),
            r#"{"type":"ping"}"#.to_owned(),
            r#"{"type":"receipt","conversation_id":"1","delivered":1,"read":1}"#.to_owned(),
            r#"{"type":"shout","client_id":"a","content":{"type":"text","text":"x"}}"#.to_owned(),
            "{}".to_owned(),
        ];
        for text in frames {
            let long = serde_json::from_str::<ClientFrame>(&text).map_err(|error| error.to_string());
            assert_eq!(ClientFrame::parse(&text).map_err(|error| error.to_string()), long, "{text}");
        }
    }
}
