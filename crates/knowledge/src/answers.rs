//! The entries' answers and passages, as far as they help to find the entry: a question often has the words of
//! the answer and not those of a phrasing. Each is read together with the entry's first phrasing, and the
//! nearest of an entry counts.
//! Invariant: entries without an answer stand with that phrasing alone; a base in which most have none,
//! or many the same, has no answers at all.

use crate::{
    Passage, Source,
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
    /// Of each entry its rows below: of the answer, then of the passages.
    rows: Vec<Vec<u32>>,
    /// Of each row the entry, or `NONE` where it was replaced.
    owners: Vec<u32>,
    vectors: Option<Vectors>,
    postings: Arc<Postings>,
}

/// What is read of an entry.
pub fn texts(source: &Source) -> Vec<String> {
    let first = source.phrasings.first().map_or("", String::as_str);
    let passages = source.passages.iter().map(Passage::full_text);
    std::iter::once(source.answer.clone())
        .chain(passages)
        .map(|text| format!("{first} {text}").chars().take(LONGEST).collect())
        .collect()
}

/// Whether the answers of a base tell its entries apart.
pub fn tell<'a>(sources: impl Iterator<Item = &'a Source>) -> bool {
    let (mut entries, mut different) = (0, HashSet::new());
    for source in sources.filter(|source| !source.phrasings.is_empty()) {
        entries += 1;
        let passage = source.passages.first().map_or("", |passage| &passage.text);
        let answer = if source.answer.is_empty() { passage } else { source.answer.trim() };
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

    /// Takes in the texts of entries with their numbers, those of one entry together. `vectors` are
    /// theirs, in order.
    pub fn extend(&mut self, texts: &[(usize, String)], vectors: impl Iterator<Item = Vec<f32>>) {
        let mut added: Vec<Vec<Feature>> = Vec::with_capacity(texts.len());
        for group in texts.chunk_by(|(a, _), (b, _)| a == b) {
            self.remove(group[0].0);
        }
        for (entry, text) in texts {
            // Only sounds and words are compared.
            let mut features = features(&normalise(text));
            features.retain(|feature| feature.is_sound());
            features.sort_unstable();
            features.dedup();
            added.push(features);
            if self.rows.len() <= *entry {
                self.rows.resize(entry + 1, Vec::new());
            }
            self.rows[*entry].push(self.owners.len() as u32);
            self.owners.push(*entry as u32);
        }
        if let Some(own) = &mut self.vectors {
            vectors.for_each(|vector| own.push(&vector));
        }
        let owners = &self.owners;
        self.postings = Arc::new(self.postings.with(&|row| owners[row] == NONE, added.into_iter()));
    }

    pub fn remove(&mut self, entry: usize) {
        for row in self.rows.get_mut(entry).map(std::mem::take).unwrap_or_default() {
            self.owners[row as usize] = NONE;
        }
    }

    pub fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }

    /// The rows of an entry's texts.
    pub fn rows(&self, entry: usize) -> &[u32] {
        self.rows.get(entry).map_or(&[], Vec::as_slice)
    }

    pub fn vector(&self, row: usize) -> Option<Vec<f32>> {
        self.vectors.as_ref().map(|vectors| vectors.get(row))
    }

    /// How near a question's vector is to the text of a row.
    pub fn cosine(&self, row: u32, probe: &Probe) -> Option<f32> {
        self.vectors.as_ref().map(|vectors| vectors.cosine(row as usize, probe))
    }

    /// How near a question's vector is to each entry's nearest text.
    pub fn nearness(&self, probe: &Probe, nothing: f32, entries: usize) -> Vec<f32> {
        let mut near = vec![nothing; entries];
        if let Some(vectors) = &self.vectors {
            for (near, rows) in near.iter_mut().zip(&self.rows) {
                let cosines = rows.iter().map(|row| vectors.cosine(*row as usize, probe));
                *near = cosines.reduce(f32::max).unwrap_or(nothing);
            }
        }
        near
    }

    /// How much of a question the text of each entry has that has most of it.
    pub fn coverage(&self, question: &[Feature], entries: usize) -> Vec<f32> {
        let is_there = |row: usize| (self.owners[row] != NONE).then_some(row);
        let of_rows = self.postings.coverage(question, self.owners.len(), is_there);
        let mut covered = vec![0_f32; entries];
        for (covered, rows) in covered.iter_mut().zip(&self.rows) {
            *covered = rows.iter().map(|row| of_rows[*row as usize]).fold(0.0, f32::max);
        }
        covered
    }
}

/// Which row holds a text: its vector need not be computed again.
pub fn rows_by_text<'a>(
    answers: &Answers,
    sources: impl Iterator<Item = (usize, &'a Source)>,
) -> HashMap<String, usize> {
    sources
        .flat_map(|(entry, source)| {
            texts(source).into_iter().zip(answers.rows(entry).iter().map(|row| *row as usize))
        })
        .collect()
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
                passages: Vec::new(),
            };
            answers.iter().enumerate().map(source).collect()
        };
        assert!(tell(base(&["七天内可以退货", "下单后两天发货", ""]).iter()));
        assert!(!tell(base(&["请联系人工客服", "请联系人工客服", "请联系人工客服"]).iter()));
        assert!(!tell(base(&["", "…", "七天内可以退货"]).iter()));
        assert!(!tell(base(&[]).iter()));
    }
}
