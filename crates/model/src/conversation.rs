//! A conversation (会话) as a row: who talks to whom, where it stands, what was read.

use crate::{
    AgentId, ChannelId, ContactId, ConversationId, Help, Millis, Mood, Seq, Side, TeamId, WorkspaceId,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The bot answers; agents may take it at any time.
    Bot,
    /// Waiting for an agent.
    Queued,
    /// An agent has it.
    Open,
    /// Ended by an agent or by the visitor; a new message of the visitor opens another one.
    Resolved,
}

impl Status {
    pub const ALL: [Self; 4] = [Self::Bot, Self::Queued, Self::Open, Self::Resolved];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Bot => "bot",
            Self::Queued => "queued",
            Self::Open => "open",
            Self::Resolved => "resolved",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }
}

/// How a conversation began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    Visitor,
    Agent,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    pub id: ConversationId,
    pub workspace_id: WorkspaceId,
    pub channel_id: ChannelId,
    pub contact_id: ContactId,
    /// Copied from the contact, so that a list needs no join.
    pub contact_name: String,
    pub team_id: Option<TeamId>,
    pub assignee_id: Option<AgentId>,
    pub status: Status,
    /// `seq` of the newest message; 0 before the first.
    pub last_seq: Seq,
    /// How far each side's screens have received and shown.
    pub visitor_delivered: Seq,
    pub visitor_read: Seq,
    pub staff_delivered: Seq,
    pub staff_read: Seq,
    /// Messages of the other side after the read position.
    pub visitor_unread: i64,
    pub staff_unread: i64,
    /// One line of the newest message that is not a notice, and who said it.
    pub preview: String,
    pub preview_side: Option<Side>,
    /// The visitor's rating, 1 to 5.
    pub stars: Option<i16>,
    /// How the visitor feels; none before anything but neutral was noticed.
    pub mood: Option<Mood>,
    /// How upset the visitor was when others were told of it; 0 when nobody was, or when they are calm again.
    #[serde(default)]
    pub told: u8,
    /// Only while an agent has it.
    pub help: Option<Help>,
    /// When the oldest visitor message without an answer came; none when an agent answered since.
    pub waiting_since: Option<Millis>,
    pub created_at: Millis,
    pub queued_at: Option<Millis>,
    pub assigned_at: Option<Millis>,
    pub resolved_at: Option<Millis>,
    /// When the newest message came, or up to `ACTIVE_STEP` before; lists are ordered by it.
    pub active_at: Millis,
    /// Grows with every change, so that a client can tell newer from older.
    pub version: i64,
}

/// So long, in milliseconds, `active_at` stays while message follows message: lists are ordered by it, and a change of
/// it is one of half a dozen indexes.
pub const ACTIVE_STEP: Millis = 1_000;

impl Conversation {
    /// How angry or upset the visitor is; 0 when neither, or when nothing was noticed.
    pub fn upset(&self) -> u8 {
        self.mood.map_or(0, |mood| mood.upset())
    }

    /// Orders conversations by how long somebody waits: for an agent, else for an answer; those where
    /// nobody waits come behind, the newest activity first.
    pub fn since(&self) -> Millis {
        const NOBODY_WAITS: Millis = 9_000_000_000_000_000;
        self.queued_at.or(self.waiting_since).unwrap_or(NOBODY_WAITS - self.active_at)
    }
}

/// What is needed to open a conversation for a contact who has none that is active.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewConversation {
    pub id: ConversationId,
    pub workspace_id: WorkspaceId,
    pub channel_id: ChannelId,
    pub contact_id: ContactId,
    pub contact_name: String,
    pub team_id: Option<TeamId>,
    /// The bot answers first.
    pub bot: bool,
}

impl NewConversation {
    /// An empty conversation, with the bot or queued.
    pub fn open(self, at: Millis) -> Conversation {
        Conversation {
            id: self.id,
            workspace_id: self.workspace_id,
            channel_id: self.channel_id,
            contact_id: self.contact_id,
            contact_name: self.contact_name,
            team_id: self.team_id,
            assignee_id: None,
            status: if self.bot { Status::Bot } else { Status::Queued },
            last_seq: 0,
            visitor_delivered: 0,
            visitor_read: 0,
            staff_delivered: 0,
            staff_read: 0,
            visitor_unread: 0,
            staff_unread: 0,
            preview: String::new(),
            preview_side: None,
            stars: None,
            mood: None,
            told: 0,
            help: None,
            waiting_since: None,
            created_at: at,
            queued_at: (!self.bot).then_some(at),
            assigned_at: None,
            resolved_at: None,
            active_at: at,
            version: 0,
        }
    }
}
