//! Which styles of a document are headings, and of which level.

use super::attribute;
use crate::{Error, Result};
use quick_xml::{Reader, events::Event};
use std::collections::HashMap;

/// How far a style is followed to the one that it is based on.
const BASES: usize = 10;
const STYLES: usize = 10_000;

#[derive(Debug, Default)]
pub struct Styles(HashMap<String, Style>);

#[derive(Debug, Default)]
struct Style {
    level: Option<usize>,
    base: Option<String>,
}

impl Styles {
    /// The level of a heading, from 1.
    pub fn level(&self, id: &str) -> Option<usize> {
        let mut id = id;
        for _ in 0..BASES {
            let style = self.0.get(id)?;
            if style.level.is_some() {
                return style.level;
            }
            id = style.base.as_deref()?;
        }
        None
    }
}

/// `0` is the highest; `9` is ordinary text.
pub fn outline_level(value: &str) -> Option<usize> {
    value.parse::<usize>().ok().filter(|level| *level < 9).map(|level| level + 1)
}

pub fn read(text: &str) -> Result<Styles> {
    let mut reader = Reader::from_str(text);
    let mut styles = Styles::default();
    let mut id = String::new();
    loop {
        let (Event::Start(tag) | Event::Empty(tag)) =
            (match reader.read_event().map_err(|_| Error::Unreadable)? {
                Event::Eof => return Ok(styles),
                event => event,
            })
        else {
            continue;
        };
        let name = tag.local_name().into_inner().to_owned();
        let value = || attribute(&tag, "val").unwrap_or_default();
        match &name[..] {
            "style" if styles.0.len() == STYLES => return Err(Error::TooLarge),
            "style" => {
                id = attribute(&tag, "styleId").unwrap_or_default();
                styles.0.insert(id.clone(), Style::default());
            }
            "name" | "basedOn" | "outlineLvl" => {
                let Some(style) = styles.0.get_mut(&id) else { continue };
                match &name[..] {
                    "basedOn" => style.base = Some(value()),
                    "outlineLvl" => style.level = outline_level(&value()),
                    _ => style.level = style.level.or_else(|| level_by_name(&value())),
                }
            }
            _ => {}
        }
    }
}

/// The names of Word's own styles are English in every language.
fn level_by_name(name: &str) -> Option<usize> {
    let name = name.to_lowercase();
    if name == "title" { Some(1) } else { name.strip_prefix("heading ")?.parse().ok() }
}
