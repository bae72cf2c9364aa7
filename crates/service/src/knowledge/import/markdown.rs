//! Markdown: a heading with text below it is a question with its answer; a heading with only
//! headings below it is a category. Lists under a line such as "相似问法：" stay part of the answer.

use super::{MAX_ROWS, Row};
use crate::{Error, Result};
use pulldown_cmark::{Event, Parser, Tag, TagEnd};

struct Heading {
    level: usize,
    title: String,
    start: usize,
    /// Where its text begins.
    end: usize,
}

pub fn read(text: &str) -> Result<Vec<Row>> {
    let headings = headings(text);
    let mut rows = Vec::new();
    let mut lines = Lines { text, at: 0, line: 1 };
    // Text before the first heading has no question.
    let before = headings.first().map_or(text.len(), |first| first.start);
    let lead = text[..before].trim();
    if !lead.is_empty() {
        rows.push(Row { line: lines.of(0), answer: lead.to_owned(), ..Row::default() });
    }
    let mut above: Vec<(usize, &str)> = Vec::new();
    for (index, heading) in headings.iter().enumerate() {
        let next = headings.get(index + 1);
        above.retain(|(level, _)| *level < heading.level);
        let body = text[heading.end..next.map_or(text.len(), |next| next.start)].trim();
        if body.is_empty() && next.is_some_and(|next| next.level > heading.level) {
            above.push((heading.level, &heading.title));
            continue;
        }
        if rows.len() == MAX_ROWS {
            return Err(Error::ImportTooLarge);
        }
        let titles = above.iter().map(|(_, title)| title.replace('/', "／"));
        let category = titles.collect::<Vec<_>>().join("/");
        rows.push(Row {
            line: lines.of(heading.start),
            category: (!category.is_empty()).then_some(category),
            question: heading.title.clone(),
            answer: body.to_owned(),
            ..Row::default()
        });
    }
    Ok(rows)
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
