//! What is said of an entry: its answer, or the words of an article that answer.

use crate::{Entry, Knowledge};
use model::{ArticleLink, EntryId, UsedVariant};

/// The words, and where they come from.
pub struct Words {
    pub text: String,
    pub article: Option<Box<ArticleLink>>,
    pub variant: Option<Box<UsedVariant>>,
}

pub(super) fn said(knowledge: &dyn Knowledge, id: EntryId, entry: Entry, question: &str) -> Words {
    let variant = entry.variant.map(Box::new);
    match knowledge.quote(id, question) {
        Some(article) => Words { text: article.quote.clone(), article: Some(Box::new(article)), variant },
        None => Words { text: entry.answer, article: None, variant },
    }
}
