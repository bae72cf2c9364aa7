//! A whole document as one article: its first heading is the title if nothing else stands that
//! high, and every other heading begins a section.

use super::{
    Format, Row, decode, markdown,
    outline::{self, Section},
};
use crate::{Error, Result};

/// `name` is the title of a document that has none of its own.
pub fn read(bytes: &[u8], format: Format, name: &str) -> Result<Vec<Row>> {
    let (sections, name) = match format {
        Format::Markdown => (markdown::sections(&decode(bytes)?), name.to_owned()),
        Format::Html => {
            let page = documents::html(bytes, None)?;
            let title = if page.title.is_empty() { name.to_owned() } else { page.title };
            (outline::plain(page.blocks), title)
        }
        Format::Docx => (outline::plain(documents::docx(bytes)?), name.to_owned()),
        Format::Pdf => (outline::plain(documents::pdf(bytes)?), name.to_owned()),
        // A sheet has no sections.
        Format::Csv | Format::Xlsx | Format::Jsonl => return Err(Error::Field("articles")),
    };
    Ok(of(sections, name))
}

/// Nothing when there is no text.
pub fn of(sections: Vec<Section>, name: String) -> Vec<Row> {
    let headings = || sections.iter().filter(|section| section.level > 0);
    let first = headings().next();
    let title = first.filter(|first| headings().skip(1).all(|other| other.level > first.level)).cloned();
    let kept = sections.iter().filter(|section| section.level > 0 || !section.body.is_empty());
    let kept: Vec<model::Section> = kept
        .map(|section| {
            let is_title = title.as_ref() == Some(section);
            let heading = if is_title { String::new() } else { section.title.clone() };
            model::Section { heading, text: section.body.clone(), ..model::Section::default() }
        })
        .filter(|section| !section.heading.is_empty() || !section.text.is_empty())
        .collect();
    let question = title.map_or(name, |title| title.title);
    if kept.is_empty() {
        return Vec::new();
    }
    vec![Row { line: 1, question, sections: Some(kept), ..Row::default() }]
}
