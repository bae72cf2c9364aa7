//! JSON Lines: one entry a line, as the export writes it.

use super::{MAX_ROWS, Problem, Row, table};
use crate::{Error, Result};
use serde::Deserialize;

#[derive(Deserialize)]
struct Line {
    /// Of an export; the id of another system is no id of ours.
    #[serde(default)]
    id: Option<serde_json::Value>,
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    question: Option<String>,
    #[serde(default)]
    phrasings: Option<Vec<String>>,
    #[serde(default)]
    answer: Option<String>,
    #[serde(default)]
    sections: Option<Vec<model::Section>>,
    #[serde(default)]
    cards: Option<Vec<Card>>,
    #[serde(default)]
    audience: Option<String>,
    #[serde(default)]
    tags: Option<Vec<String>>,
}

/// Without its image: no file holds images.
#[derive(Deserialize)]
struct Card {
    title: String,
    #[serde(default)]
    text: String,
    link: String,
    #[serde(default)]
    button: String,
}

impl From<Card> for model::LinkCard {
    fn from(card: Card) -> Self {
        Self { title: card.title, text: card.text, link: card.link, image: None, button: card.button }
    }
}

pub fn read(text: &str) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        if rows.len() == MAX_ROWS {
            return Err(Error::ImportTooLarge);
        }
        rows.push(row(index + 1, line));
    }
    Ok(rows)
}

fn row(line: usize, text: &str) -> Row {
    let Ok(read) = serde_json::from_str::<Line>(text) else {
        return Row { line, problem: Some(Problem::NotJson), ..Row::default() };
    };
    // Without a question of its own the first phrasing is it, as in the export.
    let mut phrasings = read.phrasings;
    let question = read.question.unwrap_or_else(|| match &mut phrasings {
        Some(phrasings) if !phrasings.is_empty() => phrasings.remove(0),
        _ => String::new(),
    });
    let audience = read.audience.as_deref().map(table::audience);
    Row {
        line,
        problem: (audience == Some(None)).then_some(Problem::AudienceInvalid),
        audience: audience.flatten(),
        id: read.id.and_then(|id| id.as_str()?.parse().ok()),
        category: read.category,
        question,
        phrasings,
        answer: read.answer,
        sections: read.sections,
        cards: read.cards.map(|cards| cards.into_iter().map(Into::into).collect()),
        tags: read.tags,
        ..Row::default()
    }
}
