//! Documents that others wrote (HTML, DOCX, PDF), read as a sequence of headings, paragraphs and
//! table rows, each with the place where it stands.
//!
//! Invariant: a document of any content costs bounded memory and time. Readers go through it once
//! and keep no tree, so nesting costs nothing; what an archive or a stream unpacks to is counted
//! while it is unpacked.

mod docx;
mod html;
mod pdf;
mod sitemap;

pub use docx::read as docx;
pub use html::{Link, Page, read as html};
pub use pdf::read as pdf;
pub use sitemap::{Sitemap, read as sitemap};

use thiserror::Error;

/// Blocks of a document.
const BLOCKS: usize = 200_000;
/// Bytes of text of a document.
const TEXT: usize = 20 * 1024 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Error {
    #[error("the document is damaged, or is something else")]
    Unreadable,
    #[error("the document holds too much")]
    TooLarge,
    #[error("the document is protected by a password")]
    Encrypted,
    #[error("the document holds no text, only pictures")]
    NoText,
}

pub type Result<T> = std::result::Result<T, Error>;

/// A part of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Where it stands, from 1: the line of an HTML file, the paragraph of a DOCX, the page of a PDF.
    pub place: usize,
    pub content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Level 1 is the highest; questions that are marked as such without a level stand at [`DEEPEST`].
    Heading {
        level: usize,
        text: String,
    },
    Paragraph(String),
    /// The cells of one row; rows that follow each other are a table.
    Row(Vec<String>),
}

/// Below all headings with a number.
pub const DEEPEST: usize = 10;

/// Blocks in their order, with a bound.
#[derive(Debug, Default)]
struct Blocks {
    list: Vec<Block>,
    bytes: usize,
}

impl Blocks {
    fn push(&mut self, place: usize, content: Content) -> Result<()> {
        self.bytes += match &content {
            Content::Heading { text, .. } | Content::Paragraph(text) => text.len(),
            Content::Row(cells) => cells.iter().map(String::len).sum(),
        };
        if self.list.len() == BLOCKS || self.bytes > TEXT {
            return Err(Error::TooLarge);
        }
        self.list.push(Block { place, content });
        Ok(())
    }
}

/// One space where white space was, none at the ends.
fn collapsed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}
