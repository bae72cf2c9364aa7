//! Sources of knowledge: web pages that are read, and read again when asked or when it is time.
//! Reading changes nothing; what differs is shown, and taken by an editor.

use crate::{Millis, SourceId, WorkspaceId};
use serde::{Deserialize, Serialize};

/// How far a source reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceScope {
    /// That page alone; of a sitemap, the pages that it lists.
    Page,
    /// All pages of its folder that links lead to.
    Site,
}

impl SourceScope {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Site => "site",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Page, Self::Site].into_iter().find(|one| one.code() == code)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceState {
    /// Being read, or about to be.
    Reading,
    Read,
    /// The last reading found nothing; what was read before is kept.
    Failed,
}

impl SourceState {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Read => "read",
            Self::Failed => "failed",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Reading, Self::Read, Self::Failed].into_iter().find(|one| one.code() == code)
    }
}

/// Why a source or a page of it could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PageProblem {
    /// The address is not one that may be asked.
    Refused,
    Unreachable,
    Timeout,
    TooLarge,
    /// The site's robots.txt does not allow it.
    Robots,
    /// The page says that it is not to be kept.
    NoIndex,
    /// The server answered with an error.
    Status,
    Gone,
    /// Not a page, or one that cannot be read.
    Unreadable,
    /// It leads on to another site.
    Elsewhere,
}

impl PageProblem {
    pub const ALL: [Self; 10] = [
        Self::Refused,
        Self::Unreachable,
        Self::Timeout,
        Self::TooLarge,
        Self::Robots,
        Self::NoIndex,
        Self::Status,
        Self::Gone,
        Self::Unreadable,
        Self::Elsewhere,
    ];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::TooLarge => "too_large",
            Self::Robots => "robots",
            Self::NoIndex => "no_index",
            Self::Status => "status",
            Self::Gone => "gone",
            Self::Unreadable => "unreadable",
            Self::Elsewhere => "elsewhere",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// What taking a source would change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Differences {
    pub new: i64,
    pub changed: i64,
    /// Entries of the source that it no longer has.
    pub gone: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub id: SourceId,
    pub workspace_id: WorkspaceId,
    pub url: String,
    pub scope: SourceScope,
    pub category: String,
    /// A page becomes one article, instead of the questions that it answers.
    pub articles: bool,
    pub every_days: Option<i64>,
    pub state: SourceState,
    pub problem: Option<PageProblem>,
    pub round: i64,
    pub started_at: Millis,
    pub finished_at: Option<Millis>,
    pub differences: Differences,
    /// Pages that were found in this reading, and those of them that are done.
    pub pages: i64,
    pub pages_done: i64,
    /// Pages that could not be read.
    pub pages_failed: i64,
}

/// Where an entry came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntrySource {
    pub source_id: SourceId,
    /// The address of its page.
    pub page: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_they_are_written() {
        for problem in PageProblem::ALL {
            assert_eq!(PageProblem::from_code(problem.code()), Some(problem));
        }
        for state in [SourceState::Reading, SourceState::Read, SourceState::Failed] {
            assert_eq!(SourceState::from_code(state.code()), Some(state));
        }
        for scope in [SourceScope::Page, SourceScope::Site] {
            assert_eq!(SourceScope::from_code(scope.code()), Some(scope));
        }
    }
}
