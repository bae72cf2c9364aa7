//! PDF: a page holds letters at places, so lines, paragraphs and headings are found by where the
//! letters stand and how large they are.

mod layout;
mod page;
mod table;
#[cfg(test)]
mod tests;

use crate::{Block, Error, Result};
use lopdf::{DecompressError, Document, LoadOptions};
use page::Reading;

/// Bytes that one stream may unpack to, and those of all pages together.
const STREAM: usize = 16 * 1024 * 1024;
const CONTENT: usize = 64 * 1024 * 1024;
const PAGES: usize = 2_000;

/// One line of a page.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    page: usize,
    /// Height on the page, growing upwards.
    y: f32,
    size: f32,
    is_bold: bool,
    text: String,
}

pub fn read(bytes: &[u8]) -> Result<Vec<Block>> {
    if !bytes.iter().take(1_024).collect::<Vec<_>>().windows(5).any(|part| part.iter().copied().eq(b"%PDF-"))
    {
        return Err(Error::Unreadable);
    }
    let options = LoadOptions { max_decompressed_size: Some(STREAM), ..LoadOptions::default() };
    let document = Document::load_mem_with_options(bytes, options).map_err(failed)?;
    if document.is_encrypted() {
        return Err(Error::Encrypted);
    }
    let pages: Vec<_> = document.page_iter().take(PAGES + 1).collect();
    if pages.len() > PAGES {
        return Err(Error::TooLarge);
    }
    if pages.is_empty() {
        return Err(Error::Unreadable);
    }
    let mut reading = Reading::new(&document);
    for (index, page) in pages.into_iter().enumerate() {
        reading.page(index + 1, page)?;
    }
    let blocks = layout::blocks(reading.lines())?;
    if blocks.is_empty() { Err(Error::NoText) } else { Ok(blocks) }
}

fn failed(error: lopdf::Error) -> Error {
    match error {
        lopdf::Error::InvalidPassword | lopdf::Error::Decryption(_) => Error::Encrypted,
        lopdf::Error::Decompress(DecompressError::MemoryLimitExceeded { .. }) => Error::TooLarge,
        _ => Error::Unreadable,
    }
}
