//! Web pages that knowledge comes from.

use crate::knowledge::ImportReport;
use model::{EntryId, Millis, PageProblem, SourceId, SourceScope, SourceState};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSource {
    /// A page, the start of a site, or a sitemap; `https://` may be left out.
    pub url: String,
    pub scope: SourceScope,
    /// Its entries are put below it.
    #[serde(default)]
    pub category: String,
    /// Each page becomes one article, instead of the questions that it answers.
    #[serde(default)]
    pub articles: bool,
    /// Days between readings, 1 to 90; none: when somebody asks for it.
    #[serde(default)]
    pub every_days: Option<i64>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetSource {
    #[serde(default)]
    pub category: String,
    #[serde(default)]
    pub every_days: Option<i64>,
    /// Missing: as it is. Another form has the pages read again; refused while they are being read.
    #[serde(default)]
    pub articles: Option<bool>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TakeSource {
    /// What is new and changed answers at once; otherwise it becomes drafts.
    pub publish: bool,
    /// Entries that the source no longer has are taken out of use.
    pub archive_gone: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SourceList {
    pub sources: Vec<SourceView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SourceView {
    pub id: SourceId,
    pub url: String,
    pub scope: SourceScope,
    pub category: String,
    pub articles: bool,
    pub every_days: Option<i64>,
    pub state: SourceState,
    /// Why the last reading failed.
    pub problem: Option<PageProblem>,
    pub started_at: Millis,
    /// When the last reading ended.
    pub finished_at: Option<Millis>,
    /// Pages that were found, those of them that are done, and those that could not be read.
    pub pages: i64,
    pub pages_done: i64,
    pub pages_failed: i64,
    /// What taking it would change.
    pub new: i64,
    pub changed: i64,
    pub gone: i64,
}

impl From<model::Source> for SourceView {
    fn from(source: model::Source) -> Self {
        Self {
            id: source.id,
            url: source.url,
            scope: source.scope,
            category: source.category,
            articles: source.articles,
            every_days: source.every_days,
            state: source.state,
            problem: source.problem,
            started_at: source.started_at,
            finished_at: source.finished_at,
            pages: source.pages,
            pages_done: source.pages_done,
            pages_failed: source.pages_failed,
            new: source.differences.new,
            changed: source.differences.changed,
            gone: source.differences.gone,
        }
    }
}

/// A source beside the base. While it is being read there is nothing to compare.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SourceReport {
    pub source: SourceView,
    pub report: ImportReport,
    /// Entries of the source that it no longer has; 200 at most.
    pub gone: Vec<GoneEntry>,
    /// Pages that could not be read; 200 at most.
    pub failed: Vec<FailedPage>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GoneEntry {
    pub id: EntryId,
    pub question: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FailedPage {
    pub url: String,
    pub problem: PageProblem,
}
