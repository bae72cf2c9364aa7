//! Markdown: its headings, and the text between them as it is written.

use super::{
    Row,
    outline::{self, Section},
};
use crate::Result;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};

struct Heading {
    level: usize,
    title: String,
    start: usize,
    /// Where its text begins.
    end: usize,
}

pub fn read(text: &str) -> Result<Vec<Row>> {
    outline::rows(sections(text))
}

pub fn sections(text: &str) -> Vec<Section> {
    let headings = headings(text);
    let mut lines = Lines { text, at: 0, line: 1 };
    let end = |index: usize| headings.get(index).map_or(text.len(), |next| next.start);
    let lead = Section { place: 1, body: text[..end(0)].trim().to_owned(), ..Section::default() };
    let sections = headings.iter().enumerate().map(|(index, heading)| Section {
        place: lines.of(heading.start),
        level: heading.level,
        title: heading.title.clone(),
        body: text[heading.end..end(index + 1)].trim().to_owned(),
        ..Section::default()
    });
    std::iter::once(lead).chain(sections).collect()
}

/// Headings of the document itself, not of quotes or lists in it.
fn headings(text: &str) -> Vec<Heading> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut open: Option<Heading> = None;
    for (event, range) in Parser::new(text).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, .. }) if depth == 0 => {
                let (start, end) = (range.start, range.end);
                open = Some(Heading { level: level as usize, title: String::new(), start, end });
            }
            Event::End(TagEnd::Heading(_)) if open.is_some() => {
                found.extend(open.take().map(|heading| Heading {
                    title: heading.title.split_whitespace().collect::<Vec<_>>().join(" "),
                    ..heading
                }));
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut open {
                    heading.title.push_str(&text);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some(heading) = &mut open {
                    heading.title.push(' ');
                }
            }
            Event::Start(Tag::BlockQuote(_) | Tag::List(_)) => depth += 1,
            Event::End(TagEnd::BlockQuote(_) | TagEnd::List(_)) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    found
}

/// Line numbers of growing offsets.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl Lines<'_> {
    fn of(&mut self, offset: usize) -> usize {
        self.line += self.text[self.at..offset].matches('\n').count();
        self.at = offset;
        self.line
    }
}
