//! The nouns of `OctIM` and the rules that need nothing but them.
//!
//! Invariant: no I/O, no async, no clock. Times come in as epoch milliseconds.

pub mod access;
pub mod account;
pub mod assignment;
pub mod audience;
pub mod benefit;
pub mod bot;
pub mod channel;
pub mod connector;
pub mod contact;
pub mod content;
pub mod conversation;
pub mod encoder;
pub mod event;
pub mod help;
pub mod ids;
pub mod job;
pub mod knowledge;
pub mod learning;
pub mod lifecycle;
pub mod llm;
pub mod message;
pub mod mood;
pub mod permission;
pub mod rating;
pub mod rules;
pub mod settings;
pub mod source;

pub use access::{Scope, Viewer};
pub use account::{Agent, AgentState, Locale, Presence, Session, Team, Theme, Workspace};
pub use assignment::{Reasons, Skip, Skipped, Waiting};
pub use audience::{Audience, FittingAnswer, Standing, UsedVariant, Variant, VipMark};
pub use bot::{BotSettings, BotTurn, Evidence, HandOff, HandOffReason, Outcome, Reply, StoredTurn};
pub use channel::{Channel, ChannelKey, ChannelSettings};
pub use connector::{Connector, ConnectorContent, Lookup, LookupBy, LookupOutcome};
pub use contact::{Contact, Signed, VisitorSession};
pub use content::{
    Answer, AnswerImage, ArticleLink, Choice, Choices, Content, FileRef, GivenBenefit, LinkCard, MediaKind,
    Notice, Shown,
};
pub use conversation::{ACTIVE_STEP, Conversation, NewConversation, Origin, Status};
pub use encoder::{EncoderFailure, EncoderKind};
pub use event::{Envelope, Event, Topic};
pub use help::{Help, HelpKind, HelpRule};
pub use ids::*;
pub use knowledge::{
    Entry, EntryContent, EntryStatus, EntryVersion, FollowUp, PublishedEntry, Section, SectionImage,
};
pub use learning::{GroupState, MissReason, MissedQuestion, QuestionGroup};
pub use lifecycle::{Action, Draft, Effects, Refusal};
pub use llm::{
    CheckedSentence, LlmChoice, LlmEndpoint, LlmFailure, LlmPart, LlmSettings, LlmTask, LlmVerdict,
    SentenceVerdict,
};
pub use message::{Message, Sender, Side};
pub use mood::{MessageMood, Mood, MoodKind};
pub use permission::{Permission, Role};
pub use rating::Rating;
pub use settings::WorkspaceSettings;
pub use source::{Differences, EntrySource, PageProblem, Source, SourceScope, SourceState};

/// A moment as milliseconds since the Unix epoch; a label, never an order.
pub type Millis = i64;
