//! The entries' answers, as far as they help to find the entry: a question often has the words of
//! the answer and not those of a phrasing. An answer is read together with the entry's first phrasing.
//! Invariant: entries without an answer stand with that phrasing alone; a base in which most have none,
//! or many the same, has no answers at all.

use crate::{
    Source,
    postings::Postings,
    text::{Feature, features, normalise},
    vectors::{Probe, Vectors},
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// What is read of phrasing and answer. An answer begins with what it is about.
const LONGEST: usize = 160;
const NONE: u32 = u32::MAX;

#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// Of each entry its row below, or `NONE`.
    rows: Vec<u32>,
    /// Of each row the entry, or `NONE` where it was replaced.
    owners: Vec<u32>,
    vectors: Option<Vectors>,
    postings: Arc<Postings>,
}

/// What is read of an entry.
pub fn text(source: &Source) -> String {
    let first = source.phrasings.first().map_or("", String::as_str);
    format!("{first} {}", source.answer).chars().take(LONGEST).collect()
}

/// Whether the answers of a base tell its entries apart.
pub fn tell<'a>(sources: impl Iterator<Item = &'a Source>) -> bool {
    let (mut entries, mut different) = (0, HashSet::new());
    for source in sources.filter(|source| !source.phrasings.is_empty()) {
        entries += 1;
        let answer = source.answer.trim();
        if answer.chars().count() >= 4 {
            different.insert(answer);
        }
    }
    entries > 0 && different.len() * 3 >= entries * 2
}

impl Answers {
    pub fn new(width: Option<usize>) -> Self {
        Self { vectors: width.map(Vectors::new), postings: Arc::new(Postings::empty()), ..Self::default() }
    }

    /// Takes in the answers of entries with their numbers. `vectors` are those of their texts, in order.
    pub fn extend(&mut self, texts: &[(usize, String)], vectors: impl Iterator<Item = Vec<f32>>) {
        let mut added: Vec<Vec<Feature>> = Vec::with_capacity(texts.len());
        for (entry, text) in texts {
            let mut features = features(&normalise(text));
            features.sort_unstable();
            features.dedup();
            added.push(features);
            self.remove(*entry);
            if self.rows.len() <= *entry {
                self.rows.resize(entry + 1, NONE);
            }
            self.rows[*entry] = self.owners.len() as u32;
            self.owners.push(*entry as u32);
        }
        if let Some(own) = &mut self.vectors {
            vectors.for_each(|vector| own.push(&vector));
        }
        let owners = &self.owners;
        self.postings =
            Arc::new(self.postings.with(&|row| owners[row] == NONE, added.iter().map(Vec::as_slice)));
    }

    pub fn remove(&mut self, entry: usize) {
        if let Some(row) = self.rows.get_mut(entry)
            && *row != NONE
        {
            self.owners[*row as usize] = NONE;
            *row = NONE;
        }
    }

    pub fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }

    /// The row of an entry's text.
    pub fn row(&self, entry: usize) -> Option<usize> {
        self.rows.get(entry).filter(|row| **row != NONE).map(|row| *row as usize)
    }

    pub fn vector(&self, row: usize) -> Option<Vec<f32>> {
        self.vectors.as_ref().map(|vectors| vectors.get(row))
    }

    /// How near a question's vector is to each entry's text.
    pub fn nearness(&self, probe: &Probe, nothing: f32, entries: usize) -> Vec<f32> {
        let mut near = vec![nothing; entries];
        if let Some(vectors) = &self.vectors {
            for (entry, row) in self.rows.iter().enumerate().filter(|(_, row)| **row != NONE) {
                near[entry] = vectors.cosine(*row as usize, probe);
            }
        }
        near
    }

    /// How much of a question each entry's text has.
    pub fn coverage(&self, question: &[Feature], entries: usize) -> Vec<f32> {
        self.postings.coverage(question, entries, |row| match self.owners[row] {
            NONE => None,
            entry => Some(entry as usize),
        })
    }
}

/// Which row holds a text: its vector need not be computed again.
pub fn rows_by_text<'a>(
    answers: &Answers,
    sources: impl Iterator<Item = (usize, &'a Source)>,
) -> HashMap<String, usize> {
    sources.filter_map(|(entry, source)| Some((text(source), answers.row(entry)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::tell;
    use crate::{EntryId, Source};

    #[test]
    fn answers_that_are_missing_or_all_the_same_tell_nothing() {
        let base = |answers: &[&str]| -> Vec<Source> {
            let source = |(id, answer): (usize, &&str)| Source {
                id: EntryId(id as i64),
                phrasings: vec!["怎么退货".into()],
                answer: (*answer).to_owned(),
            };
            answers.iter().enumerate().map(source).collect()
        };
        assert!(tell(base(&["七天内可以退货", "下单后两天发货", ""]).iter()));
        assert!(!tell(base(&["请联系人工客服", "请联系人工客服", "请联系人工客服"]).iter()));
        assert!(!tell(base(&["", "…", "七天内可以退货"]).iter()));
        assert!(!tell(base(&[]).iter()));
    }
}
