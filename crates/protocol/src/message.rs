//! Messages as clients see and send them.

use crate::{article::ArticleLinkView, mood::MoodView};
use model::{
    AgentId, AttachmentId, ConversationId, HandOffReason, HelpKind, MediaKind, Millis, Seq, TeamId,
    benefit::BenefitKind,
    content::FileRef,
    content::Notice,
    message::{Message, Sender},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A stored message. Immutable; its place is (`conversation_id`, `seq`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MessageView {
    pub conversation_id: ConversationId,
    /// 1, 2, 3 … in its conversation, without gaps.
    pub seq: Seq,
    pub sender: SenderView,
    /// The id that the sender gave it.
    #[schema(value_type = Option<String>)]
    pub client_id: Option<Arc<str>>,
    pub content: ContentView,
    /// Milliseconds since the Unix epoch, by the server's clock.
    pub created_at: Millis,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SenderView {
    Visitor,
    Agent {
        id: AgentId,
        name: String,
    },
    /// A machine: clients say so beside each of its messages.
    Bot,
    System,
}

/// What a message says. Text is plain text: a client never treats it as markup.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ContentView {
    Text {
        #[schema(value_type = String)]
        text: Arc<str>,
        /// The bot asks which of these is meant: show `prompt` and a button for each option
        /// instead of `text`, which says the same without buttons. A click sends the
        /// option's label as the visitor's message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        choices: Option<ChoicesView>,
        /// An agent gives something: show a card instead of `text`, which says the same.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        benefit: Option<Box<GivenBenefitView>>,
        /// The text quotes an article: show a way to open it where the quote stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        article: Option<ArticleLinkView>,
        /// Belong to the answer: show them below `text`, which answers without them too.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        images: Vec<AnswerImageView>,
        /// Ways to pages that belong to the answer: show them below `images`, 3 at most.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        cards: Vec<LinkCardView>,
        /// What may be asked next: show a button for each below the newest message. A click sends
        /// the label as the visitor's message.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        follow_ups: Vec<ChoiceView>,
    },
    File {
        file: FileView,
    },
    Notice {
        notice: NoticeView,
    },
    /// Of a kind that this server does not know, because a newer one beside it wrote it: show it, and every
    /// `type` that you do not know, as "cannot be shown here".
    Unknown {},
}

/// A question of the bot with prepared answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChoicesView {
    pub prompt: String,
    pub options: Vec<ChoiceView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChoiceView {
    /// What is shown, and what is sent.
    pub label: String,
}

/// What an agent gave to make up for something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GivenBenefitView {
    /// What is said with it.
    pub words: String,
    pub name: String,
    pub kind: BenefitKind,
    /// In the currency of the business.
    pub worth: i64,
    /// What the visitor uses it with; missing when it is booked for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// A file. Its bytes are at `/api/files/{id}` for staff and `/api/visitor/files/{id}` for
/// the visitor; add `/thumbnail` for the small picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FileView {
    pub id: AttachmentId,
    pub name: String,
    pub media_type: String,
    pub kind: MediaKind,
    /// Bytes.
    pub size: i64,
    /// Pixels, for images.
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub has_thumbnail: bool,
}

/// An image of an answer. Whoever sends it names the file by its `id`; the rest is as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerImageView {
    pub file: FileView,
    /// What it shows, for whoever does not see it; at most 200 characters.
    #[serde(default)]
    pub alt: String,
}

/// A way to a page. A client opens `link` only if it begins with `https://` or `http://`, in a page of its own
/// that cannot reach back (`rel="noopener noreferrer"`); all else is plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LinkCardView {
    /// 60 characters at most.
    pub title: String,
    /// 120 characters at most; may be empty.
    pub text: String,
    /// With https, or on a site of one of the workspace's channels; 2,000 characters at most.
    pub link: String,
    /// Whoever sends it names the file by its `id`. The title says what it shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<FileView>,
    /// What its button says, 20 characters at most; empty: the client's own word.
    pub button: String,
}

/// Something that happened to the conversation; a client words it in its own language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum NoticeView {
    /// `by` missing: assigned automatically; equal to `agent_id`: the agent took it.
    Assigned {
        agent_id: AgentId,
        agent_name: String,
        by: Option<AgentId>,
        /// Chosen automatically because they are senior.
        #[serde(default)]
        senior: bool,
    },
    Queued {
        team_id: Option<TeamId>,
        team_name: Option<String>,
    },
    /// `by_name` missing: the visitor ended it.
    Resolved {
        by: Option<AgentId>,
        by_name: Option<String>,
    },
    Reopened {
        by: Option<AgentId>,
        by_name: Option<String>,
    },
    Rated {
        stars: i16,
    },
    /// The bot gave the conversation to people; `staffed` says whether anybody was there.
    HandedOff {
        reason: HandOffReason,
        staffed: bool,
    },
    /// Staff only: the visitor turned upset, or the agent asked for help.
    Help {
        agent_id: AgentId,
        agent_name: String,
        kind: HelpKind,
        /// Missing when the visitor was not upset.
        mood: Option<MoodView>,
        /// The visitor's words that show it.
        words: Vec<String>,
    },
    /// Staff only: the agent goes on without help.
    HelpDeclined {
        agent_id: AgentId,
        agent_name: String,
    },
    /// To visitors: something between members of staff; nothing to show.
    Internal {},
}

/// What a client sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum NewContent {
    /// At most 4,000 characters, not only white space.
    Text {
        #[schema(value_type = String)]
        text: Arc<str>,
    },
    /// A file that this sender uploaded and has not sent yet.
    File { attachment_id: AttachmentId },
    /// Staff only: a text with images of the knowledge base, 4 at most, and link cards, 3 at most.
    Answer {
        text: String,
        images: Vec<AnswerImageView>,
        #[serde(default)]
        cards: Vec<LinkCardView>,
    },
}

/// The server has the message on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Receipt {
    #[schema(value_type = String)]
    pub client_id: Arc<str>,
    pub conversation_id: ConversationId,
    pub seq: Seq,
    pub created_at: Millis,
    /// The server had it already: this was a resend.
    pub duplicate: bool,
}

/// A run of messages in order of `seq`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MessagePage {
    pub messages: Vec<MessageView>,
    /// Others exist on the side to which the page was turned: with `after` newer ones behind the last
    /// of these, else older ones before the first.
    pub has_more: bool,
}

/// Names that views show beside ids.
pub trait Names {
    fn agent(&self, id: AgentId) -> String;
    fn team(&self, id: TeamId) -> String;
}

impl MessageView {
    pub fn of(message: &Message, names: &impl Names) -> Self {
        Self {
            conversation_id: message.conversation_id,
            seq: message.seq,
            sender: match message.sender {
                Sender::Visitor(_) => SenderView::Visitor,
                Sender::Agent(id) => SenderView::Agent { id, name: names.agent(id) },
                Sender::Bot => SenderView::Bot,
                Sender::System => SenderView::System,
            },
            client_id: message.client_id.clone(),
            content: match &message.content {
                model::Content::Text { text } => ContentView::Text {
                    text: text.clone(),
                    choices: None,
                    benefit: None,
                    article: None,
                    images: Vec::new(),
                    cards: Vec::new(),
                    follow_ups: Vec::new(),
                },
                model::Content::Benefit(given) => ContentView::Text {
                    text: given.text.as_str().into(),
                    choices: None,
                    benefit: Some(Box::new(given.into())),
                    article: None,
                    images: Vec::new(),
                    cards: Vec::new(),
                    follow_ups: Vec::new(),
                },
                model::Content::Choices(choices) => ContentView::Text {
                    text: choices.plain().into(),
                    choices: Some(choices.into()),
                    benefit: None,
                    article: None,
                    images: Vec::new(),
                    cards: Vec::new(),
                    follow_ups: Vec::new(),
                },
                model::Content::Answer(answer) => answer.into(),
                model::Content::File(file) => ContentView::File { file: file.clone().into() },
                model::Content::Notice(notice) => {
                    ContentView::Notice { notice: NoticeView::of(notice, names) }
                }
                model::Content::Unknown(_) => ContentView::Unknown {},
            },
            created_at: message.created_at,
        }
    }
}

impl MessageView {
    /// The same without what only staff sees.
    pub fn for_visitor(message: &Message, names: &impl Names) -> Self {
        let view = Self::of(message, names);
        if message.content.is_internal() {
            return Self { content: ContentView::Notice { notice: NoticeView::Internal {} }, ..view };
        }
        view
    }
}

impl NoticeView {
    fn of(notice: &Notice, names: &impl Names) -> Self {
        match *notice {
            Notice::Assigned { agent_id, by, senior } => {
                Self::Assigned { agent_id, agent_name: names.agent(agent_id), by, senior }
            }
            Notice::Queued { team_id, .. } => {
                Self::Queued { team_id, team_name: team_id.map(|id| names.team(id)) }
            }
            Notice::Resolved { by } => Self::Resolved { by, by_name: by.map(|id| names.agent(id)) },
            Notice::Reopened { by } => Self::Reopened { by, by_name: by.map(|id| names.agent(id)) },
            Notice::Rated { stars } => Self::Rated { stars },
            Notice::HandedOff { reason, staffed } => Self::HandedOff { reason, staffed },
            Notice::Help { agent_id, kind, mood, strength, ref words } => Self::Help {
                agent_id,
                agent_name: names.agent(agent_id),
                kind,
                mood: mood.map(|kind| MoodView { kind, strength }),
                words: words.clone(),
            },
            Notice::HelpDeclined { agent_id } => {
                Self::HelpDeclined { agent_id, agent_name: names.agent(agent_id) }
            }
        }
    }
}

impl From<&model::Answer> for ContentView {
    fn from(answer: &model::Answer) -> Self {
        let follow_up = |one: &model::FollowUp| ChoiceView { label: one.question.clone() };
        Self::Text {
            text: answer.text.as_str().into(),
            choices: None,
            benefit: None,
            article: answer.article.clone().map(Into::into),
            images: answer.images.iter().cloned().map(Into::into).collect(),
            cards: answer.cards.iter().cloned().map(Into::into).collect(),
            follow_ups: answer.follow_ups.iter().map(follow_up).collect(),
        }
    }
}

impl From<&model::Choices> for ChoicesView {
    fn from(choices: &model::Choices) -> Self {
        let option = |option: &model::Choice| ChoiceView { label: option.label.clone() };
        Self { prompt: choices.prompt.clone(), options: choices.options.iter().map(option).collect() }
    }
}

impl From<&model::GivenBenefit> for GivenBenefitView {
    fn from(given: &model::GivenBenefit) -> Self {
        Self {
            words: given.words.clone(),
            name: given.name.clone(),
            kind: given.kind,
            worth: given.worth,
            code: given.code.clone(),
        }
    }
}

impl From<model::AnswerImage> for AnswerImageView {
    fn from(image: model::AnswerImage) -> Self {
        Self { file: image.file.into(), alt: image.alt }
    }
}

impl From<AnswerImageView> for model::AnswerImage {
    fn from(image: AnswerImageView) -> Self {
        Self { file: image.file.into(), alt: image.alt }
    }
}

impl From<model::LinkCard> for LinkCardView {
    fn from(card: model::LinkCard) -> Self {
        let image = card.image.map(Into::into);
        Self { title: card.title, text: card.text, link: card.link, image, button: card.button }
    }
}

impl From<LinkCardView> for model::LinkCard {
    fn from(card: LinkCardView) -> Self {
        let image = card.image.map(Into::into);
        Self { title: card.title, text: card.text, link: card.link, image, button: card.button }
    }
}

impl From<FileView> for FileRef {
    fn from(file: FileView) -> Self {
        Self {
            id: file.id,
            name: file.name,
            media_type: file.media_type,
            kind: file.kind,
            size: file.size,
            width: file.width,
            height: file.height,
            has_thumbnail: file.has_thumbnail,
        }
    }
}

impl From<FileRef> for FileView {
    fn from(file: FileRef) -> Self {
        Self {
            id: file.id,
            name: file.name,
            media_type: file.media_type,
            kind: file.kind,
            size: file.size,
            width: file.width,
            height: file.height,
            has_thumbnail: file.has_thumbnail,
        }
    }
}
