//! The text of a document, paragraph by paragraph.

use super::{
    attribute,
    styles::{Styles, outline_level},
};
use crate::{Block, Blocks, Content, Error, Result, collapsed};
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

/// Boxes of text in boxes of text.
const NESTED: usize = 50;

#[derive(Debug, Default)]
struct Paragraph {
    place: usize,
    text: String,
    level: Option<usize>,
    is_item: bool,
}

struct Document<'a> {
    styles: &'a Styles,
    blocks: Blocks,
    paragraphs: usize,
    /// Open ones; a box of text stands in the paragraph that it is tied to.
    open: Vec<Paragraph>,
    /// Tables in each other; only the outermost is one.
    tables: usize,
    row: Option<(usize, Vec<String>)>,
    cell: String,
    /// In a `<w:t>`.
    is_text: bool,
    /// In what programs read that do not know the newer form, which is there too.
    fallback: usize,
}

pub fn read(text: &str, styles: &Styles) -> Result<Vec<Block>> {
    let mut reader = Reader::from_str(text);
    let mut document = Document {
        styles,
        blocks: Blocks::default(),
        paragraphs: 0,
        open: Vec::new(),
        tables: 0,
        row: None,
        cell: String::new(),
        is_text: false,
        fallback: 0,
    };
    loop {
        match reader.read_event().map_err(|_| Error::Unreadable)? {
            Event::Start(tag) => document.start(&tag, false)?,
            Event::Empty(tag) => document.start(&tag, true)?,
            Event::End(tag) => document.end(tag.local_name().into_inner())?,
            Event::Text(text) if document.is_text => document.write(&text.xml10_content()),
            Event::CData(text) if document.is_text => document.write(&text.xml10_content()),
            Event::GeneralRef(entity) if document.is_text => {
                let known = match entity.resolve_char_ref() {
                    Ok(Some(c)) => Some(c),
                    _ => named(&entity.xml10_content()),
                };
                if let Some(c) = known {
                    document.write(c.encode_utf8(&mut [0; 4]));
                }
            }
            Event::Eof => return Ok(document.blocks.list),
            _ => {}
        }
    }
}

/// The entities of XML; no others are looked up, so none can grow.
fn named(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

impl Document<'_> {
    fn start(&mut self, tag: &BytesStart<'_>, is_empty: bool) -> Result<()> {
        let local = tag.local_name();
        let name = local.into_inner();
        if name == "Fallback" {
            self.fallback += usize::from(!is_empty);
        }
        if self.fallback > 0 {
            return Ok(());
        }
        match name {
            "p" => {
                self.paragraphs += 1;
                if self.open.len() == NESTED {
                    return Err(Error::TooLarge);
                }
                if !is_empty {
                    self.open.push(Paragraph { place: self.paragraphs, ..Paragraph::default() });
                }
            }
            "tbl" if !is_empty => self.tables += 1,
            "tr" if !is_empty && self.tables == 1 => self.row = Some((self.paragraphs + 1, Vec::new())),
            "t" => self.is_text = !is_empty,
            // The tabs of a paragraph's properties stand before its text.
            "tab" if self.open.last().is_some_and(|paragraph| !paragraph.text.is_empty()) => self.write("\t"),
            "br" | "cr" => self.write("\n"),
            "pStyle" | "outlineLvl" | "numPr" => {
                let value = attribute(tag, "val").unwrap_or_default();
                let Some(paragraph) = self.open.last_mut() else { return Ok(()) };
                match name {
                    "numPr" => paragraph.is_item = true,
                    "outlineLvl" => paragraph.level = outline_level(&value),
                    _ => paragraph.level = paragraph.level.or_else(|| self.styles.level(&value)),
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &str) -> Result<()> {
        if name == "Fallback" {
            self.fallback = self.fallback.saturating_sub(1);
            return Ok(());
        }
        if self.fallback > 0 {
            return Ok(());
        }
        match name {
            "t" => self.is_text = false,
            "p" => self.end_paragraph()?,
            "tc" if self.tables == 1 => {
                let text = std::mem::take(&mut self.cell);
                if let Some((_, cells)) = &mut self.row {
                    cells.push(text.trim().to_owned());
                }
            }
            "tr" if self.tables == 1 => {
                if let Some((place, cells)) = self.row.take()
                    && cells.iter().any(|cell| !cell.is_empty())
                {
                    self.blocks.push(place, Content::Row(cells))?;
                }
            }
            "tbl" => self.tables = self.tables.saturating_sub(1),
            _ => {}
        }
        Ok(())
    }

    fn end_paragraph(&mut self) -> Result<()> {
        let Some(paragraph) = self.open.pop() else { return Ok(()) };
        let text = paragraph.text.trim();
        if self.tables > 0 {
            self.cell.push_str(text);
            self.cell.push('\n');
            return Ok(());
        }
        if text.is_empty() {
            return Ok(());
        }
        let content = match paragraph.level {
            Some(level) => Content::Heading { level, text: collapsed(text) },
            None if paragraph.is_item => Content::Paragraph(format!("- {text}")),
            None => Content::Paragraph(text.to_owned()),
        };
        self.blocks.push(paragraph.place, content)
    }

    fn write(&mut self, text: &str) {
        if let Some(paragraph) = self.open.last_mut() {
            paragraph.text.push_str(text);
        }
    }
}
