//! Import of a file: every row is read and compared with what is there, and either shown or
//! applied. What a row does not mention stays as it is.
//!
//! Invariant: a file of any content costs bounded memory and time, and never panics.

pub(super) mod article;
mod jsonl;
pub(super) mod markdown;
pub(super) mod outline;
mod plan;
mod sheet;
mod table;

pub use plan::{Outcome, Plan, Planned, make as plan_of};

use super::{Knowledge, cards::Sites};
use crate::{Error, Result, Staff};
use bytes::Bytes;
use documents::{Block, Content, Page};
use model::{EntryId, Millis, Permission};

/// Bytes of a file.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
/// Rows of a file.
pub const MAX_ROWS: usize = 20_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    Xlsx,
    Markdown,
    Jsonl,
    Html,
    Docx,
    Pdf,
}

impl Format {
    pub fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "csv" => Self::Csv,
            "xlsx" => Self::Xlsx,
            "md" | "markdown" => Self::Markdown,
            "jsonl" => Self::Jsonl,
            "html" | "htm" => Self::Html,
            "docx" => Self::Docx,
            "pdf" => Self::Pdf,
            _ => return None,
        })
    }
}

/// Why a row cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
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
    NotJson,
}

/// An end of the validity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    Open,
    At(Millis),
}

impl Bound {
    pub const fn moment(self) -> Option<Millis> {
        match self {
            Self::Open => None,
            Self::At(at) => Some(at),
        }
    }
}

/// A row as the file has it; none is what the file does not speak of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Line of the file, row of the sheet, paragraph of a DOCX or page of a PDF, from 1.
    pub line: usize,
    /// The address of the web page that it stands on.
    pub page: Option<String>,
    pub id: Option<EntryId>,
    pub category: Option<String>,
    pub question: String,
    pub phrasings: Option<Vec<String>>,
    /// Of an article its summary.
    pub answer: Option<String>,
    pub sections: Option<Vec<model::Section>>,
    pub cards: Option<Vec<model::LinkCard>>,
    pub audience: Option<model::Audience>,
    pub tags: Option<Vec<String>>,
    pub valid_from: Option<Bound>,
    pub valid_until: Option<Bound>,
    pub problem: Option<Problem>,
}

/// How the file is to be read.
#[derive(Clone, Debug)]
pub struct Reading {
    pub format: Format,
    /// Minutes east of UTC, for dates without a zone.
    pub zone: i32,
    /// A document is one article instead of questions, with this title if it has none of its own.
    pub article: Option<String>,
}

/// Reads all rows.
pub fn read(bytes: &[u8], reading: &Reading) -> Result<Vec<Row>> {
    if bytes.len() > MAX_BYTES {
        return Err(Error::ImportTooLarge);
    }
    if let Some(name) = &reading.article {
        return article::read(bytes, reading.format, name);
    }
    match reading.format {
        Format::Csv => sheet::csv(&decode(bytes)?, reading.zone),
        Format::Xlsx => sheet::xlsx(bytes, reading.zone),
        Format::Markdown => markdown::read(&decode(bytes)?),
        Format::Jsonl => jsonl::read(&decode(bytes)?),
        Format::Html => page(documents::html(bytes, None)?, reading.zone),
        Format::Docx => outline::of_document(documents::docx(bytes)?, reading.zone),
        Format::Pdf => outline::of_document(documents::pdf(bytes)?, reading.zone),
    }
}

/// A page without any heading answers what its title asks.
pub(super) fn page(page: Page, zone: i32) -> Result<Vec<Row>> {
    let mut blocks = page.blocks;
    let is_heading = |block: &Block| matches!(block.content, Content::Heading { .. });
    if !page.title.is_empty() && !blocks.is_empty() && !blocks.iter().any(is_heading) {
        let content = Content::Heading { level: 1, text: page.title };
        blocks.insert(0, Block { place: 1, content });
    }
    outline::of_document(blocks, zone)
}

/// UTF-8, UTF-16 with its mark, or what Chinese spreadsheets write: GB 18030.
fn decode(bytes: &[u8]) -> Result<String> {
    if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(bytes) {
        let (text, _, broken) = encoding.decode(bytes);
        return if broken { Err(Error::ImportUnreadable) } else { Ok(text.into_owned()) };
    }
    let text = if let Ok(text) = std::str::from_utf8(bytes) {
        text.to_owned()
    } else {
        let (text, _, broken) = encoding_rs::GB18030.decode(bytes);
        if broken {
            return Err(Error::ImportUnreadable);
        }
        text.into_owned()
    };
    // Something else than text, whatever its name says.
    if text.contains('\0') { Err(Error::ImportUnreadable) } else { Ok(text) }
}

impl Knowledge {
    /// What the file would do; nothing is changed.
    pub async fn preview(&self, staff: &Staff, file: Bytes, reading: Reading) -> Result<Plan> {
        staff.require(Permission::EditKnowledge)?;
        let rows = self.read_file(file, reading).await?;
        let existing = self.store.all_entries(staff.workspace()).await?;
        let sites = Sites::of(&self.store, staff.workspace()).await?;
        // Thousands of rows are compared: not on a task that answers others.
        let planned = tokio::task::spawn_blocking(move || plan::make(rows, existing).within(&sites));
        planned.await.map_err(Error::internal)
    }

    /// Takes every row that can be taken, as drafts or published.
    pub async fn import(&self, staff: &Staff, file: Bytes, reading: Reading, publish: bool) -> Result<Plan> {
        staff.require(Permission::EditKnowledge)?;
        if publish {
            staff.require(Permission::PublishKnowledge)?;
        }
        let plan = self.preview(staff, file, reading).await?;
        let (workspace, now) = (staff.workspace(), self.clock.now());
        let done = self.store.import_entries(workspace, plan.changes(), publish, staff.id(), now).await;
        if publish {
            // Some steps may stand even when a later one failed.
            self.announce(workspace);
        }
        done?;
        Ok(plan)
    }

    /// One file at a time, away from the tasks that answer others.
    async fn read_file(&self, file: Bytes, reading: Reading) -> Result<Vec<Row>> {
        let _turn = self.importing.acquire().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(move || read(&file, &reading))
            .await
            .unwrap_or(Err(Error::ImportUnreadable))
    }
}

#[cfg(test)]
mod tests;
