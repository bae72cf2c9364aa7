//! Turns the tags and texts of a page into blocks.

use super::{Link, Page};
use crate::{Blocks, Content, DEEPEST, Result, collapsed};
use html5gum::emitters::callback::CallbackEvent;

/// What is no text of the page, with all in it.
const LEFT_OUT: [&[u8]; 20] = [
    b"script",
    b"style",
    b"noscript",
    b"template",
    b"svg",
    b"math",
    b"iframe",
    b"object",
    b"nav",
    b"aside",
    b"footer",
    b"form",
    b"button",
    b"select",
    b"textarea",
    b"dialog",
    b"canvas",
    b"audio",
    b"video",
    b"head",
];
/// Begins and ends a paragraph.
const PARAGRAPHS: [&[u8]; 22] = [
    b"p",
    b"div",
    b"section",
    b"article",
    b"main",
    b"header",
    b"body",
    b"ul",
    b"ol",
    b"dl",
    b"dd",
    b"table",
    b"thead",
    b"tbody",
    b"tfoot",
    b"caption",
    b"blockquote",
    b"details",
    b"figure",
    b"figcaption",
    b"hr",
    b"pre",
];
const LINKS: usize = 5_000;
/// Bytes of an attribute that are looked at.
const VALUE: usize = 4_096;

#[derive(Debug)]
pub struct Reader {
    /// Where each line begins.
    lines: Vec<usize>,
    blocks: Blocks,
    /// For each block, whether it stands in the main part.
    in_main: Vec<bool>,
    main: usize,
    /// The text that is being collected, and where it began.
    text: String,
    began: Option<usize>,
    heading: Option<usize>,
    row: Option<Vec<String>>,
    in_cell: bool,
    is_item: bool,
    pre: usize,
    title: Option<String>,
    /// What is left out, and how often it was opened.
    skipped: Option<(Vec<u8>, usize)>,
    tag: Tag,
    page: Page,
}

/// A start tag while it is read.
#[derive(Debug, Default)]
struct Tag {
    name: Vec<u8>,
    attribute: Vec<u8>,
    href: Option<String>,
    rel: String,
    meta: String,
    content: String,
    is_hidden: bool,
}

impl Reader {
    pub fn new(text: &str) -> Self {
        let lines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self {
            lines: std::iter::once(0).chain(lines).collect(),
            blocks: Blocks::default(),
            in_main: Vec::new(),
            main: 0,
            text: String::new(),
            began: None,
            heading: None,
            row: None,
            in_cell: false,
            is_item: false,
            pre: 0,
            title: None,
            skipped: None,
            tag: Tag::default(),
            page: Page::default(),
        }
    }

    pub fn take(&mut self, event: &CallbackEvent<'_>, at: usize) -> Result<()> {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.tag = Tag { name: name.to_vec(), ..Tag::default() };
            }
            CallbackEvent::AttributeName { name } => {
                self.tag.attribute = name[..name.len().min(VALUE)].to_vec();
                self.tag.is_hidden |= *name == b"hidden";
            }
            CallbackEvent::AttributeValue { value } => self.attribute(value),
            CallbackEvent::CloseStartTag { self_closing } => {
                let tag = std::mem::take(&mut self.tag);
                self.start(tag, *self_closing, at)?;
            }
            CallbackEvent::EndTag { name } => self.end(name, at)?,
            CallbackEvent::String { value } => self.string(value, at),
            _ => {}
        }
        Ok(())
    }

    pub fn finish(mut self) -> Result<Page> {
        self.end_row(0)?;
        self.close(0)?;
        let mut blocks = self.blocks.list;
        // A main part without text is one that a script would fill.
        if self.in_main.contains(&true) {
            let mut in_main = self.in_main.iter();
            blocks.retain(|_| in_main.next().copied().unwrap_or_default());
        }
        self.page.title = collapsed(&self.page.title);
        self.page.blocks = blocks;
        Ok(self.page)
    }

    fn attribute(&mut self, value: &[u8]) {
        if value.len() > VALUE {
            return;
        }
        let text = String::from_utf8_lossy(value).into_owned();
        match &self.tag.attribute[..] {
            b"href" => self.tag.href = Some(text),
            b"rel" => self.tag.rel = text.to_ascii_lowercase(),
            b"name" => self.tag.meta = text.to_ascii_lowercase(),
            b"content" => self.tag.content = text.to_ascii_lowercase(),
            b"aria-hidden" => self.tag.is_hidden |= text == "true",
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag, self_closing: bool, at: usize) -> Result<()> {
        let name = &tag.name[..];
        if let (b"a", Some(href)) = (name, &tag.href)
            && self.page.links.len() < LINKS
        {
            let no_follow = tag.rel.split_ascii_whitespace().any(|word| word == "nofollow");
            self.page.links.push(Link { href: href.clone(), no_follow });
        }
        if name == b"meta" && tag.meta == "robots" {
            let says = |word| tag.content.split(',').any(|part| part.trim() == word);
            self.page.no_index |= says("noindex") || says("none");
            self.page.no_follow |= says("nofollow") || says("none");
        }
        if let Some((skipped, depth)) = &mut self.skipped {
            *depth += usize::from(name == &skipped[..] && !self_closing);
            if name == b"title" && skipped == b"head" && self.page.title.is_empty() {
                self.title = Some(String::new());
            }
            // Nobody closes a head before the body.
            if name == b"body" && skipped == b"head" {
                self.skipped = None;
            }
            return Ok(());
        }
        let hidden = tag.is_hidden && !is_void(name);
        if hidden || LEFT_OUT.contains(&name) {
            self.close(at)?;
            if !(self_closing && is_foreign(name)) {
                self.skipped = Some((tag.name, 1));
            }
            return Ok(());
        }
        match name {
            b"title" if self.page.title.is_empty() => self.title = Some(String::new()),
            b"br" => self.text.push('\n'),
            b"li" => {
                self.close(at)?;
                self.is_item = true;
            }
            b"summary" | b"dt" => {
                self.close(at)?;
                self.heading = Some(DEEPEST);
            }
            b"tr" => {
                self.close(at)?;
                self.end_row(at)?;
                self.row = Some(Vec::new());
            }
            b"td" | b"th" => {
                self.end_cell();
                self.in_cell = true;
            }
            _ => {
                if let Some(level) = heading(name) {
                    self.close(at)?;
                    self.heading = Some(level);
                } else if PARAGRAPHS.contains(&name) {
                    self.close(at)?;
                    self.main += usize::from(name == b"main" || name == b"article");
                    self.pre += usize::from(name == b"pre");
                }
            }
        }
        Ok(())
    }

    fn end(&mut self, name: &[u8], at: usize) -> Result<()> {
        if name == b"title"
            && let Some(title) = self.title.take()
        {
            self.page.title = title;
        }
        if let Some((skipped, depth)) = &mut self.skipped {
            if name == &skipped[..] {
                *depth -= 1;
                if *depth == 0 {
                    self.skipped = None;
                }
            }
            return Ok(());
        }
        match name {
            b"td" | b"th" => self.end_cell(),
            b"tr" | b"table" => self.end_row(at)?,
            b"li" | b"summary" | b"dt" => self.close(at)?,
            _ if heading(name).is_some() => self.close(at)?,
            _ if PARAGRAPHS.contains(&name) => {
                self.close(at)?;
                if name == b"main" || name == b"article" {
                    self.main = self.main.saturating_sub(1);
                }
                if name == b"pre" {
                    self.pre = self.pre.saturating_sub(1);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn string(&mut self, value: &[u8], at: usize) {
        let text = String::from_utf8_lossy(value);
        if let Some(title) = &mut self.title {
            title.push_str(&text);
            return;
        }
        if self.skipped.is_some() {
            return;
        }
        if self.began.is_none() && !text.trim().is_empty() {
            let lead = text.len() - text.trim_start().len();
            self.began = Some(self.line(at + lead));
        }
        if self.pre > 0 {
            self.text.push_str(&text);
        } else {
            // Line breaks of the source are spaces; those of the page are put in by `br`.
            self.text.extend(text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }));
        }
    }

    fn end_cell(&mut self) {
        if let Some(row) = &mut self.row
            && std::mem::take(&mut self.in_cell)
        {
            row.push(lines(&std::mem::take(&mut self.text)));
        }
    }

    fn end_row(&mut self, at: usize) -> Result<()> {
        self.end_cell();
        let Some(cells) = self.row.take() else { return Ok(()) };
        let place = self.began.take().unwrap_or_else(|| self.line(at));
        let is_empty = cells.iter().all(String::is_empty);
        if is_empty { Ok(()) } else { self.push(place, Content::Row(cells)) }
    }

    /// The text so far is a block; in a row, paragraphs only part the text of a cell.
    fn close(&mut self, at: usize) -> Result<()> {
        if self.row.is_some() {
            self.text.push('\n');
            return Ok(());
        }
        let text = std::mem::take(&mut self.text);
        let place = self.began.take().unwrap_or_else(|| self.line(at));
        let heading = self.heading.take();
        let text = if heading.is_some() { collapsed(&text) } else { lines(&text) };
        if text.is_empty() {
            return Ok(());
        }
        let is_item = std::mem::take(&mut self.is_item);
        let content = match heading {
            Some(level) => Content::Heading { level, text },
            None if is_item => Content::Paragraph(format!("- {text}")),
            None => Content::Paragraph(text),
        };
        self.push(place, content)
    }

    fn push(&mut self, place: usize, content: Content) -> Result<()> {
        self.blocks.push(place, content)?;
        self.in_main.push(self.main > 0);
        Ok(())
    }

    fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at)
    }
}

fn heading(name: &[u8]) -> Option<usize> {
    match name {
        [b'h', level @ b'1'..=b'6'] => Some(usize::from(level - b'0')),
        _ => None,
    }
}

/// Elements without an end.
fn is_void(name: &[u8]) -> bool {
    matches!(
        name,
        b"br" | b"hr" | b"img" | b"input" | b"link" | b"meta" | b"source" | b"wbr" | b"col" | b"area"
    )
}

/// Only there does `/>` end an element.
fn is_foreign(name: &[u8]) -> bool {
    matches!(name, b"svg" | b"math")
}

/// Each line without superfluous spaces, and no empty ones.
fn lines(text: &str) -> String {
    let lines = text.lines().map(collapsed).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}
