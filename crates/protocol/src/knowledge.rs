//! The knowledge base as its editors see it: entries, versions, lists, import.

use crate::message::{AnswerImageView, FileView, LinkCardView};
use model::{AgentId, Audience, ChannelId, EntryId, EntryStatus, FollowUp, Millis, SourceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an entry says. Text that is left out is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EntryBody {
    /// Place in the tree, `/` between the segments: 5 at most of 60 characters.
    pub category: String,
    /// 200 characters at most.
    pub question: String,
    /// Other ways to ask it: 100 at most of 200 characters.
    pub phrasings: Vec<String>,
    /// 4,000 characters at most. A draft may lack it.
    pub answer: String,
    /// Shown below the answer, in this order: 4 at most, from `POST /api/knowledge/images` or of another
    /// entry. An article has them in its sections.
    pub images: Vec<AnswerImageView>,
    /// Ways to pages, shown below the images in this order: 3 at most. An article has none.
    pub cards: Vec<LinkCardView>,
    /// Whom the answer, or the article, is for. Who is not among them is told another one that fits,
    /// and otherwise nothing.
    pub audience: Audience,
    /// Answers of single channels and audiences, instead of the common one; an article has none. Of those
    /// that fit, the one for the narrowest audience is said, and of these the channel's own.
    pub answers: Vec<VariantBody>,
    /// An entry with sections is an article: the question is its title, the answer its summary.
    /// 50 at most, 100,000 characters and 20 images together. Lists leave their texts and images out.
    pub sections: Vec<SectionBody>,
    /// 20 at most of 30 characters.
    pub tags: Vec<String>,
    /// Offered after the bot's answer: 5 at most of 200 characters. One with an entry and without words
    /// has those of the entry.
    pub follow_ups: Vec<FollowUp>,
    /// Answers from then on.
    pub valid_from: Option<Millis>,
    /// Answers before then.
    pub valid_until: Option<Millis>,
}

/// Another answer, for a channel, for an audience, or for both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VariantBody {
    /// Missing: on every channel.
    #[serde(default)]
    pub channel_id: Option<ChannelId>,
    #[serde(default)]
    pub audience: Audience,
    /// 4,000 characters at most.
    pub answer: String,
    /// As those of the entry.
    #[serde(default)]
    pub images: Vec<AnswerImageView>,
    /// As those of the entry.
    #[serde(default)]
    pub cards: Vec<LinkCardView>,
}

impl From<model::Variant> for VariantBody {
    fn from(v: model::Variant) -> Self {
        let images = v.images.into_iter().map(Into::into).collect();
        let cards = v.cards.into_iter().map(Into::into).collect();
        Self { channel_id: v.channel_id, audience: v.audience, answer: v.answer, images, cards }
    }
}

impl From<VariantBody> for model::Variant {
    fn from(v: VariantBody) -> Self {
        let images = v.images.into_iter().map(Into::into).collect();
        let cards = v.cards.into_iter().map(Into::into).collect();
        Self { channel_id: v.channel_id, audience: v.audience, answer: v.answer, images, cards }
    }
}

/// A part of an article.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SectionBody {
    /// 120 characters at most; may be empty.
    pub heading: String,
    /// 8,000 characters at most.
    pub text: String,
    /// Shown between the lines of the text, in this order.
    pub images: Vec<SectionImageView>,
}

/// An image in an article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SectionImageView {
    /// From `POST /api/knowledge/images`, or of another entry.
    pub file: FileView,
    /// What it shows, for whoever does not see it; at most 200 characters.
    #[serde(default)]
    pub alt: String,
    /// How many lines of the text stand above it.
    #[serde(default)]
    pub after: usize,
}

impl From<model::Section> for SectionBody {
    fn from(s: model::Section) -> Self {
        let images = s.images.into_iter().map(|one| SectionImageView {
            file: one.image.file.into(),
            alt: one.image.alt,
            after: one.after,
        });
        Self { heading: s.heading, text: s.text, images: images.collect() }
    }
}

impl From<SectionBody> for model::Section {
    fn from(s: SectionBody) -> Self {
        let images = s.images.into_iter().map(|one| model::SectionImage {
            after: one.after,
            image: model::AnswerImage { file: one.file.into(), alt: one.alt },
        });
        Self { heading: s.heading, text: s.text, images: images.collect() }
    }
}

impl From<model::EntryContent> for EntryBody {
    fn from(c: model::EntryContent) -> Self {
        Self {
            category: c.category,
            question: c.question,
            phrasings: c.phrasings,
            answer: c.answer,
            images: c.images.into_iter().map(Into::into).collect(),
            cards: c.cards.into_iter().map(Into::into).collect(),
            audience: c.audience,
            answers: c.answers.into_iter().map(Into::into).collect(),
            sections: c.sections.into_iter().map(Into::into).collect(),
            tags: c.tags,
            follow_ups: c.follow_ups,
            valid_from: c.valid_from,
            valid_until: c.valid_until,
        }
    }
}

impl From<EntryBody> for model::EntryContent {
    fn from(c: EntryBody) -> Self {
        Self {
            category: c.category,
            question: c.question,
            phrasings: c.phrasings,
            answer: c.answer,
            images: c.images.into_iter().map(Into::into).collect(),
            cards: c.cards.into_iter().map(Into::into).collect(),
            audience: c.audience,
            answers: c.answers.into_iter().map(Into::into).collect(),
            sections: c.sections.into_iter().map(Into::into).collect(),
            tags: c.tags,
            follow_ups: c.follow_ups,
            valid_from: c.valid_from,
            valid_until: c.valid_until,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEntry {
    pub content: EntryBody,
    /// Who keeps it right; whoever writes it, when it is left out.
    #[serde(default)]
    pub owner_id: Option<AgentId>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveEntry {
    /// The version that was edited; a newer one refuses with `entry_changed`.
    pub version: i64,
    pub content: EntryBody,
    #[serde(default)]
    pub owner_id: Option<AgentId>,
}

/// Which version is meant; a newer one refuses with `entry_changed`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfVersion {
    pub version: i64,
    /// Publish or archive though the regression set gets worse.
    #[serde(default)]
    pub confirm: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rollback {
    /// The newest version.
    pub version: i64,
    /// The version whose content comes back, as a new version.
    pub to: i64,
}

/// An entry with its newest version; for those who may not edit, with the published one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EntryDetail {
    pub id: EntryId,
    pub status: EntryStatus,
    pub version: i64,
    /// The version that answers; older than `version` while a newer one is being written.
    pub published_version: Option<i64>,
    pub content: EntryBody,
    pub owner_id: Option<AgentId>,
    /// The web page that it was read from.
    pub source: Option<EntryOrigin>,
    /// How often agents put the answer into a conversation.
    pub used: i64,
    pub used_at: Option<Millis>,
    pub created_at: Millis,
    pub updated_at: Millis,
    pub updated_by: Option<AgentId>,
}

impl From<model::Entry> for EntryDetail {
    fn from(e: model::Entry) -> Self {
        Self {
            id: e.id,
            status: e.status,
            version: e.version,
            published_version: e.published_version,
            content: e.content.into(),
            owner_id: e.owner_id,
            source: e.source.map(|source| EntryOrigin { source_id: source.source_id, page: source.page }),
            used: e.used,
            used_at: e.used_at,
            created_at: e.created_at,
            updated_at: e.updated_at,
            updated_by: e.updated_by,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EntryOrigin {
    pub source_id: SourceId,
    /// The page's address.
    pub page: String,
}

/// A page of a list; ask for the next with `before` = `next`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EntryPage {
    pub entries: Vec<EntryDetail>,
    /// Opaque position of the next page; missing at the end.
    pub next: Option<String>,
}

/// How entries fared as the bot's answers in the last 90 days; those that answered nothing and were
/// not offered are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EntryRatesList {
    pub rates: Vec<EntryRatesView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EntryRatesView {
    pub id: EntryId,
    /// How often the bot answered with it.
    pub answered: i64,
    /// What visitors thought.
    pub helpful: i64,
    pub unhelpful: i64,
    /// What agents thought.
    pub right: i64,
    pub wrong: i64,
    /// Among the choices when the bot asked back, and then chosen.
    pub offered: i64,
    pub chosen: i64,
}

/// How much there is, for the tree and the filters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KnowledgeSummary {
    pub draft: i64,
    pub review: i64,
    pub published: i64,
    pub archived: i64,
    /// In use (not archived), by category.
    pub categories: Vec<NamedCount>,
    pub tags: Vec<NamedCount>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NamedCount {
    pub name: String,
    pub count: i64,
}

/// Newest first, 200 at most.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EntryVersions {
    pub versions: Vec<EntryVersionView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EntryVersionView {
    pub version: i64,
    pub content: EntryBody,
    pub saved_at: Millis,
    pub saved_by: Option<AgentId>,
    /// When it was last published.
    pub published_at: Option<Millis>,
    pub published_by: Option<AgentId>,
}

impl From<model::EntryVersion> for EntryVersionView {
    fn from(v: model::EntryVersion) -> Self {
        Self {
            version: v.version,
            content: v.content.into(),
            saved_at: v.saved_at,
            saved_by: v.saved_by,
            published_at: v.published_at,
            published_by: v.published_by,
        }
    }
}

/// Entries that ask nearly the same, nearest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SimilarEntries {
    pub entries: Vec<SimilarEntry>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SimilarEntry {
    pub id: EntryId,
    pub status: EntryStatus,
    pub question: String,
    /// Its question or phrasing that comes nearest.
    pub phrasing: String,
    /// 0.5 to 1; 1 is the same words.
    pub score: f32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BulkStep {
    Submit,
    Publish,
    Archive,
    Restore,
}

/// The same change for many entries.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BulkEdit {
    /// 200 at most.
    pub ids: Vec<EntryId>,
    pub category: Option<String>,
    /// Whom the answers, or the articles, are for. Other answers stay as they are; an entry is skipped where
    /// one of them is for the same.
    pub audience: Option<Audience>,
    pub add_tags: Vec<String>,
    pub remove_tags: Vec<String>,
    pub owner: Option<BulkOwner>,
    pub validity: Option<BulkValidity>,
    pub step: Option<BulkStep>,
    /// Publish or archive though the regression set gets worse.
    pub confirm: bool,
}

/// Who keeps them right from now on.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkOwner {
    /// An active agent; missing: nobody.
    #[serde(default)]
    pub id: Option<AgentId>,
}

/// When they answer from now on; both ends are set.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkValidity {
    /// Missing: they answer already.
    #[serde(default)]
    pub from: Option<Millis>,
    /// Missing: for good.
    #[serde(default)]
    pub until: Option<Millis>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BulkDone {
    pub changed: i64,
    /// Those whose state did not allow it, or that are gone.
    pub skipped: Vec<EntryId>,
}

/// What an import does, or did.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ImportReport {
    pub applied: bool,
    pub new: i64,
    pub changed: i64,
    pub unchanged: i64,
    /// Rows that ask the same as an earlier row of the file; left out.
    pub duplicate: i64,
    /// Rows that cannot be taken; left out.
    pub wrong: i64,
    /// The wrong and duplicate rows first, then the others in their order; 500 at most.
    pub rows: Vec<ImportRow>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportOutcome {
    New,
    Changed,
    Unchanged,
    Duplicate,
    Wrong,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportProblem {
    QuestionMissing,
    AnswerMissing,
    QuestionInvalid,
    PhrasingsInvalid,
    AnswerInvalid,
    CategoryInvalid,
    TagsInvalid,
    ValidityInvalid,
    SectionsInvalid,
    AudienceInvalid,
    CardsInvalid,
    /// The line is not the JSON that was expected.
    NotJson,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportRow {
    /// Line of the file, row of the sheet, paragraph of a DOCX or page of a PDF, from 1.
    pub line: i64,
    /// The address of the web page that it stands on.
    pub page: Option<String>,
    pub outcome: ImportOutcome,
    pub problem: Option<ImportProblem>,
    pub category: String,
    pub question: String,
    pub phrasings: i64,
    /// How many it has; an article has some.
    pub sections: i64,
    /// Its beginning.
    pub answer: String,
    /// Missing: the file does not say.
    pub audience: Option<Audience>,
    /// The entry that it changes or equals.
    pub entry_id: Option<EntryId>,
    /// The line that asks the same.
    pub same_as: Option<i64>,
}
