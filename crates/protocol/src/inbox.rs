//! What agents see: conversations, contacts, colleagues, search, knowledge.

use crate::article::ArticleLinkView;
use crate::message::{AnswerImageView, LinkCardView};
use crate::{bot::HandOffView, message::MessageView, mood::MoodView};
use model::{
    AgentId, Audience, ChannelId, ContactId, ConversationId, EntryId, FittingAnswer, HelpKind, Millis,
    Presence, Role, Seq, Side, Status, TeamId,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};
use utoipa::ToSchema;

/// A conversation as staff sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AgentConversation {
    pub id: ConversationId,
    pub channel_id: ChannelId,
    pub contact_id: ContactId,
    pub contact_name: String,
    pub team_id: Option<TeamId>,
    pub assignee_id: Option<AgentId>,
    pub status: Status,
    pub last_seq: Seq,
    pub visitor_delivered: Seq,
    pub visitor_read: Seq,
    pub staff_read: Seq,
    /// Visitor messages that no agent has read.
    pub unread: i64,
    /// One line of the newest message; empty before the first.
    pub preview: String,
    pub preview_side: Option<Side>,
    /// The visitor's rating, 1 to 5.
    pub stars: Option<i16>,
    /// How the visitor feels; missing as long as nothing was noticed.
    pub mood: Option<MoodView>,
    /// While others are told, or may take it over.
    pub help: Option<HelpView>,
    /// Since when the visitor waits for an answer.
    pub waiting_since: Option<Millis>,
    pub created_at: Millis,
    pub queued_at: Option<Millis>,
    pub assigned_at: Option<Millis>,
    pub resolved_at: Option<Millis>,
    /// Lists but the queue are ordered by it.
    pub active_at: Millis,
    /// Grows with every change.
    pub version: i64,
}

impl From<&model::Conversation> for AgentConversation {
    fn from(c: &model::Conversation) -> Self {
        Self {
            id: c.id,
            channel_id: c.channel_id,
            contact_id: c.contact_id,
            contact_name: c.contact_name.clone(),
            team_id: c.team_id,
            assignee_id: c.assignee_id,
            status: c.status,
            last_seq: c.last_seq,
            visitor_delivered: c.visitor_delivered,
            visitor_read: c.visitor_read,
            staff_read: c.staff_read,
            unread: c.staff_unread,
            preview: c.preview.clone(),
            preview_side: c.preview_side,
            stars: c.stars,
            mood: c.mood.map(Into::into),
            help: c.help.map(Into::into),
            waiting_since: c.waiting_since,
            created_at: c.created_at,
            queued_at: c.queued_at,
            assigned_at: c.assigned_at,
            resolved_at: c.resolved_at,
            active_at: c.active_at,
            version: c.version,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// Waiting, nobody has it. Ordered by waiting time, longest first.
    Queue,
    /// Open and mine.
    Mine,
    /// Queued or open in one of my teams.
    Team,
    /// Queued or open, all that I may see.
    All,
    Resolved,
}

/// Help that a conversation has until somebody takes it over, its agent answers, or the visitor is calm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HelpView {
    pub kind: HelpKind,
    /// The notice that says why.
    pub seq: Seq,
}

impl From<model::Help> for HelpView {
    fn from(help: model::Help) -> Self {
        Self { kind: help.kind, seq: help.seq }
    }
}

/// What comes first in a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListOrder {
    /// Of the queue the longest wait, of others the newest activity.
    #[default]
    Time,
    /// Who is angry or upset, the strongest first, of equal ones who waits longest; then the others by
    /// time.
    Upset,
}

/// A page of a list; ask for the next with `before` = `next`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConversationPage {
    pub conversations: Vec<AgentConversation>,
    /// Opaque position of the next page; missing at the end.
    pub next: Option<String>,
}

/// How many conversations each view has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ViewCounts {
    pub queue: i64,
    pub mine: i64,
    /// Of mine, those with unread messages.
    pub mine_unread: i64,
    pub team: i64,
    pub all: i64,
}

/// Everything about one conversation but its messages.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConversationDetail {
    pub conversation: AgentConversation,
    pub contact: ContactView,
    pub rating: Option<RatingView>,
    /// What the bot handed over; missing when it did not.
    pub hand_off: Option<HandOffView>,
    /// Earlier and later conversations of the same contact that the agent may see, newest first, 20 at most.
    pub others: Vec<AgentConversation>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ContactView {
    pub id: ContactId,
    pub name: String,
    pub email: String,
    pub phone: String,
    pub note: String,
    /// Account id on the customer's site, if it was signed.
    pub account: Option<String>,
    /// Signed by the site; otherwise name, e-mail and phone are only what somebody typed.
    pub verified: bool,
    pub attributes: BTreeMap<String, String>,
    /// The page the visitor was on last.
    pub page_url: String,
    pub page_title: String,
    pub referrer: String,
    pub user_agent: String,
    pub time_zone: String,
    pub locale: model::Locale,
    pub created_at: Millis,
    pub seen_at: Millis,
    /// A socket of the visitor is connected now.
    pub online: bool,
}

impl ContactView {
    pub fn of(c: model::Contact, online: bool) -> Self {
        Self {
            id: c.id,
            name: c.name,
            email: c.email,
            phone: c.phone,
            note: c.note,
            account: c.account,
            verified: c.verified,
            attributes: c.attributes,
            page_url: c.trail.url,
            page_title: c.trail.title,
            referrer: c.trail.referrer,
            user_agent: c.trail.user_agent,
            time_zone: c.trail.time_zone,
            locale: c.locale,
            created_at: c.created_at,
            seen_at: c.seen_at,
            online,
        }
    }
}

/// Fields that are missing stay as they are. Each at most 200 characters, the note 4,000.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EditContact {
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub note: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RatingView {
    pub stars: i16,
    pub tags: Vec<String>,
    pub solved: Option<bool>,
    pub text: String,
    pub created_at: Millis,
    pub changed_at: Option<Millis>,
}

impl From<model::Rating> for RatingView {
    fn from(r: model::Rating) -> Self {
        Self {
            stars: r.stars,
            tags: r.tags,
            solved: r.solved,
            text: r.text,
            created_at: r.created_at,
            changed_at: r.changed_at,
        }
    }
}

/// Give a conversation away: to an agent, or to a queue (`agent_id` missing; `team_id`
/// missing as well means everybody's queue).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assign {
    #[serde(default)]
    pub agent_id: Option<AgentId>,
    #[serde(default)]
    pub team_id: Option<TeamId>,
}

/// Names of colleagues, teams and channels, for showing beside ids.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Directory {
    pub agents: Vec<Colleague>,
    pub teams: Vec<TeamName>,
    pub channels: Vec<ChannelName>,
    /// Moods of visitors are noticed and shown.
    pub moods: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Colleague {
    pub id: AgentId,
    pub name: String,
    pub role: Role,
    pub active: bool,
    /// Online or busy only while a console is connected.
    pub presence: Presence,
    pub team_ids: Vec<TeamId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TeamName {
    pub id: TeamId,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelName {
    pub id: ChannelId,
    pub name: String,
}

/// Search results, newest message first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SearchPage {
    pub hits: Vec<SearchHit>,
    pub next: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SearchHit {
    pub conversation: AgentConversation,
    pub message: MessageView,
    /// The part of the text around the first hit.
    pub excerpt: String,
    /// Hits in the excerpt as [start, end) counted in characters (Unicode scalar values).
    pub highlights: Vec<(usize, usize)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EntryView {
    pub id: EntryId,
    pub category: String,
    pub question: String,
    /// Of an article the words that answer.
    pub answer: String,
    /// Belong to the answer.
    pub images: Vec<AnswerImageView>,
    pub cards: Vec<LinkCardView>,
    /// Whom this answer is for.
    pub audience: Audience,
    /// Where in an article they stand.
    pub article: Option<ArticleLinkView>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EntryList {
    pub entries: Vec<EntryView>,
}

impl EntryView {
    /// With one of its answers, or with the words of an article.
    pub fn of(e: &model::Entry, answer: FittingAnswer<'_>, article: Option<model::ArticleLink>) -> Self {
        Self {
            id: e.id,
            category: e.content.category.clone(),
            question: e.content.question.clone(),
            answer: article.as_ref().map_or(answer.text, |article| &article.quote).to_owned(),
            images: answer.images.iter().cloned().map(Into::into).collect(),
            cards: answer.cards.iter().cloned().map(Into::into).collect(),
            audience: answer.audience,
            article: article.map(Into::into),
        }
    }
}

/// Send over HTTP when a socket cannot be had.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SendMessage {
    #[schema(value_type = String)]
    pub client_id: Arc<str>,
    pub content: crate::message::NewContent,
}

/// Positions that this side's screens received and showed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Positions {
    pub delivered: Seq,
    pub read: Seq,
}
