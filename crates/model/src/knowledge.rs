//! Knowledge entries (知识条目): a question, other ways to ask it, and its answer; or an article,
//! whose title is the question and whose text stands in sections. An entry keeps every version that was ever saved; one of them at most is published, and that one
//! answers while newer ones are written and reviewed.

use crate::{
    AgentId, AnswerImage, Audience, EntryId, EntrySource, FileRef, LinkCard, Millis, Variant, WorkspaceId,
    content::shown_files,
};
use serde::{Deserialize, Serialize};

/// Where the newest version of an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryStatus {
    /// Being written. An older version may still be published.
    Draft,
    /// Waits for somebody who may publish.
    Review,
    Published,
    /// Out of use; answers nothing.
    Archived,
}

impl EntryStatus {
    pub const ALL: [Self; 4] = [Self::Draft, Self::Review, Self::Published, Self::Archived];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Review => "review",
            Self::Published => "published",
            Self::Archived => "archived",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }
}

/// What a version says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryContent {
    /// Place in the tree: segments with `/` between them; empty is the top.
    pub category: String,
    pub question: String,
    /// Other ways to ask it, the likeliest first.
    pub phrasings: Vec<String>,
    pub answer: String,
    /// Shown below `answer`.
    pub images: Vec<AnswerImage>,
    /// Ways to pages, shown below `images`.
    pub cards: Vec<LinkCard>,
    /// Whom `answer`, or the article, is for.
    pub audience: Audience,
    /// Answers of single channels and audiences, instead of `answer`.
    pub answers: Vec<Variant>,
    /// The text of an article; its summary is `answer`. A question with an answer has none.
    pub sections: Vec<Section>,
    pub tags: Vec<String>,
    /// Offered after the answer, in this order.
    pub follow_ups: Vec<FollowUp>,
    /// Answers from then on.
    pub valid_from: Option<Millis>,
    /// Answers before then.
    pub valid_until: Option<Millis>,
}

/// A part of an article.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Section {
    /// May be empty, as of a lead.
    pub heading: String,
    pub text: String,
    /// Between the lines of the text, in their order. No file holds them.
    #[serde(skip)]
    pub images: Vec<SectionImage>,
}

/// An image in an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionImage {
    /// How many lines of the section's text stand above it.
    pub after: usize,
    pub image: AnswerImage,
}

/// A question that may come next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FollowUp {
    /// The entry that answers it; without one it is asked like any question.
    #[serde(default)]
    pub entry_id: Option<EntryId>,
    /// What is shown, and what the visitor sends by choosing it.
    pub question: String,
}

impl EntryContent {
    pub const fn is_article(&self) -> bool {
        !self.sections.is_empty()
    }

    /// Whether there is anything to answer with.
    pub fn answers_something(&self) -> bool {
        !self.answer.is_empty() || self.sections.iter().any(|section| !section.text.is_empty())
    }

    /// The files that its answers and sections show.
    pub fn shown_files(&self) -> impl Iterator<Item = &FileRef> {
        let others = self.answers.iter().flat_map(|one| shown_files(&one.images, &one.cards));
        let sections = self.sections.iter().flat_map(|section| &section.images);
        shown_files(&self.images, &self.cards).chain(others).chain(sections.map(|one| &one.image.file))
    }

    /// The cards of all its answers.
    pub fn all_cards(&self) -> impl Iterator<Item = &LinkCard> {
        self.cards.iter().chain(self.answers.iter().flat_map(|one| &one.cards))
    }

    pub fn is_valid_at(&self, now: Millis) -> bool {
        self.valid_from.is_none_or(|from| from <= now) && self.valid_until.is_none_or(|until| now < until)
    }
}

/// An entry with its newest version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: EntryId,
    pub workspace_id: WorkspaceId,
    pub status: EntryStatus,
    /// Number of the newest version, from 1.
    pub version: i64,
    /// Number of the version that answers, if one does.
    pub published_version: Option<i64>,
    pub content: EntryContent,
    /// Who keeps it right.
    pub owner_id: Option<AgentId>,
    /// The web page that it was read from.
    pub source: Option<EntrySource>,
    /// How often agents put its answer into a conversation.
    pub used: i64,
    pub used_at: Option<Millis>,
    pub created_at: Millis,
    pub updated_at: Millis,
    /// None is the operator, who imported it at set-up.
    pub updated_by: Option<AgentId>,
}

/// A saved state of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryVersion {
    pub version: i64,
    pub content: EntryContent,
    pub saved_at: Millis,
    pub saved_by: Option<AgentId>,
    /// When it was last published, and by whom.
    pub published_at: Option<Millis>,
    pub published_by: Option<AgentId>,
}

/// An entry as it answers: its published version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedEntry {
    pub id: EntryId,
    pub version: i64,
    pub content: EntryContent,
}

impl PublishedEntry {
    /// The question, then its phrasings: what a visitor's question is compared with.
    pub fn phrasings(&self) -> Vec<String> {
        std::iter::once(&self.content.question).chain(&self.content.phrasings).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_reads_what_it_writes() {
        for status in EntryStatus::ALL {
            assert_eq!(EntryStatus::from_code(status.code()), Some(status));
        }
        assert_eq!(EntryStatus::from_code("gone"), None);
    }

    #[test]
    fn validity_includes_its_start_and_not_its_end() {
        let content = EntryContent { valid_from: Some(10), valid_until: Some(20), ..EntryContent::default() };
        assert_eq!([9, 10, 19, 20].map(|now| content.is_valid_at(now)), [false, true, true, false]);
        assert!(EntryContent::default().is_valid_at(0));
    }
}
