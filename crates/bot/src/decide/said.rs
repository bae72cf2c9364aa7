//! What is said of an entry: its answer, or the words of an article that answer.

use crate::{Entry, Knowledge};
use model::{ArticleLink, EntryId};

pub(super) fn said(
    knowledge: &dyn Knowledge,
    id: EntryId,
    entry: Entry,
    question: &str,
) -> (String, Option<Box<ArticleLink>>) {
    match knowledge.quote(id, question) {
        Some(article) => (article.quote.clone(), Some(Box::new(article))),
        None => (entry.answer, None),
    }
}
