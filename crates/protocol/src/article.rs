//! Articles as visitors and agents read them.

use crate::knowledge::SectionBody;
use model::EntryId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Words of an article, and where they stand in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ArticleLinkView {
    pub entry_id: EntryId,
    pub title: String,
    /// The section's number, from 0; missing: the summary.
    pub section: Option<usize>,
    pub heading: String,
    /// Word for word; the article may have changed since.
    pub quote: String,
}

impl From<model::ArticleLink> for ArticleLinkView {
    fn from(link: model::ArticleLink) -> Self {
        Self {
            entry_id: link.entry_id,
            title: link.title,
            section: link.section,
            heading: link.heading,
            quote: link.quote,
        }
    }
}

/// A published article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ArticleView {
    pub id: EntryId,
    pub title: String,
    /// May be empty.
    pub summary: String,
    pub sections: Vec<SectionBody>,
    /// What asks for something near.
    pub related: Vec<RelatedEntry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RelatedEntry {
    pub id: EntryId,
    pub question: String,
    /// It can be opened; others are asked.
    pub is_article: bool,
}

/// The nearest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RelatedEntries {
    pub entries: Vec<RelatedEntry>,
}
