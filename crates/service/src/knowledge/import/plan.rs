//! What becomes of each row: new, a change of an entry, nothing new, or left out.

use super::{Bound, Problem, Row};
use crate::{
    Error,
    knowledge::{
        cards::Sites,
        draft::{clean, key},
    },
};
use model::{Entry, EntryContent, EntryId, EntrySource, LinkCard, Section};
use std::collections::HashMap;
use store::entries::Import;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    New(EntryContent),
    Changed {
        id: EntryId,
        version: i64,
        content: EntryContent,
    },
    Unchanged(EntryId),
    /// An earlier line of the file asks the same.
    Duplicate(usize),
    Wrong(Problem),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    pub row: Row,
    pub outcome: Outcome,
}

/// All rows in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    pub rows: Vec<Planned>,
}

impl Plan {
    /// The same, but that cards lead nowhere without https but to the workspace's own sites.
    #[must_use]
    pub fn within(mut self, sites: &Sites) -> Self {
        for planned in &mut self.rows {
            if let Outcome::New(content) | Outcome::Changed { content, .. } = &planned.outcome
                && !sites.allow(content.all_cards())
            {
                planned.outcome = Outcome::Wrong(Problem::CardsInvalid);
            }
        }
        self
    }

    pub fn changes(&self) -> Vec<Import> {
        self.changes_from(|_| None)
    }

    /// The same, each with the page that its row was read from.
    pub fn changes_from(&self, source: impl Fn(&Row) -> Option<EntrySource>) -> Vec<Import> {
        let changes = self.rows.iter().filter_map(|planned| {
            let (known, content) = match &planned.outcome {
                Outcome::New(content) => (None, content),
                Outcome::Changed { id, version, content } => (Some((*id, *version)), content),
                _ => return None,
            };
            Some(Import { known, content: content.clone(), source: source(&planned.row) })
        });
        changes.collect()
    }
}

pub fn make(rows: Vec<Row>, existing: Vec<Entry>) -> Plan {
    let by_id: HashMap<EntryId, usize> =
        existing.iter().enumerate().map(|(index, entry)| (entry.id, index)).collect();
    // Of several with one question the oldest.
    let mut by_question: HashMap<String, usize> = HashMap::new();
    for (index, entry) in existing.iter().enumerate() {
        by_question.entry(key(&entry.content.question)).or_insert(index);
    }
    let mut seen_questions: HashMap<String, usize> = HashMap::new();
    let mut seen_entries: HashMap<EntryId, usize> = HashMap::new();
    let planned = rows.into_iter().map(|row| {
        let asked = key(row.question.trim());
        let index = row.id.and_then(|id| by_id.get(&id)).or_else(|| by_question.get(&asked));
        let known = index.map(|index| &existing[*index]);
        let earlier = known
            .and_then(|entry| seen_entries.get(&entry.id))
            .or_else(|| seen_questions.get(&asked))
            .copied();
        let outcome = outcome(&row, known, earlier);
        if !matches!(outcome, Outcome::Wrong(_) | Outcome::Duplicate(_)) {
            seen_questions.insert(asked, row.line);
            if let Some(entry) = known {
                seen_entries.insert(entry.id, row.line);
            }
        }
        Planned { row, outcome }
    });
    Plan { rows: planned.collect() }
}

fn outcome(row: &Row, known: Option<&Entry>, earlier: Option<usize>) -> Outcome {
    if let Some(problem) = row.problem {
        return Outcome::Wrong(problem);
    }
    if row.question.trim().is_empty() {
        return Outcome::Wrong(Problem::QuestionMissing);
    }
    let before = known.map(|entry| entry.content.clone()).unwrap_or_default();
    let summary = if before.is_article() { before.answer } else { String::new() };
    let answer = row.answer.clone().unwrap_or(summary);
    let sections = match &row.sections {
        Some(sections) => illustrated(sections, before.sections),
        None => before.sections,
    };
    if answer.trim().is_empty() && sections.iter().all(|section| section.text.trim().is_empty()) {
        return Outcome::Wrong(Problem::AnswerMissing);
    }
    let raw = EntryContent {
        category: row.category.clone().unwrap_or(before.category),
        question: row.question.clone(),
        phrasings: row.phrasings.clone().unwrap_or(before.phrasings),
        answer,
        // No file has them; an article has its own in its sections.
        images: if sections.is_empty() { before.images } else { Vec::new() },
        cards: match &row.cards {
            Some(cards) => with_images(cards, &before.cards),
            None if sections.is_empty() => before.cards,
            None => Vec::new(),
        },
        audience: row.audience.unwrap_or(before.audience),
        answers: if sections.is_empty() { before.answers } else { Vec::new() },
        sections,
        tags: row.tags.clone().unwrap_or(before.tags),
        follow_ups: before.follow_ups,
        valid_from: row.valid_from.map_or(before.valid_from, Bound::moment),
        valid_until: row.valid_until.map_or(before.valid_until, Bound::moment),
    };
    let content = match clean(raw) {
        Ok(content) => content,
        Err(error) => return Outcome::Wrong(problem(&error)),
    };
    match (earlier, known) {
        (Some(line), _) => Outcome::Duplicate(line),
        (None, Some(entry)) if entry.content == content => Outcome::Unchanged(entry.id),
        (None, Some(entry)) => Outcome::Changed { id: entry.id, version: entry.version, content },
        (None, None) => Outcome::New(content),
    }
}

/// The sections of a file, each with the images that the one with the same heading has.
fn illustrated(sections: &[Section], mut before: Vec<Section>) -> Vec<Section> {
    let mut images = |heading: &str| {
        let place = before.iter().position(|section| section.heading == heading)?;
        Some(before.remove(place).images)
    };
    let with = |section: &Section| {
        let images = images(&section.heading).unwrap_or_default();
        Section { images, ..section.clone() }
    };
    sections.iter().map(with).collect()
}

/// The cards of a file, each with the image that the card to the same page has.
fn with_images(cards: &[LinkCard], before: &[LinkCard]) -> Vec<LinkCard> {
    let image = |link: &str| before.iter().find(|card| card.link == link)?.image.clone();
    cards.iter().map(|card| LinkCard { image: image(&card.link), ..card.clone() }).collect()
}

const fn problem(error: &Error) -> Problem {
    match error {
        Error::Field(field) => match field.as_bytes() {
            b"phrasings" => Problem::PhrasingsInvalid,
            b"answer" | b"answers" => Problem::AnswerInvalid,
            b"cards" => Problem::CardsInvalid,
            b"sections" => Problem::SectionsInvalid,
            b"category" => Problem::CategoryInvalid,
            b"tags" => Problem::TagsInvalid,
            b"valid_from" | b"valid_until" => Problem::ValidityInvalid,
            _ => Problem::QuestionInvalid,
        },
        _ => Problem::QuestionInvalid,
    }
}
