//! What customers ask everywhere: where an order is, how to return something. A base of a few entries
//! has too little to be told from, and would answer everything with the nearest of them; there these
//! stand beside it as rivals that win questions and never answer. What the base itself is about is no rival.

use crate::{EntryId, Source, base::Base, passages, postings::Postings};
use model::Section;

/// A topic a line: two phrasings in Chinese, two in English, an answer in each.
const TABLE: &str = include_str!("usual.txt");
/// A base of so many entries or phrasings has rivals of its own.
const ENTRIES: usize = 20;
const PHRASINGS: usize = 300;
/// A topic with a phrasing so near to one of the base is what the base is about: by meaning (cosine of
/// vectors), by words (cosine of TF-IDF).
const SAME_MEANING: f32 = 0.66;
const SAME_WORDS: f32 = 0.5;

/// The rivals of a base with these entries.
pub fn rivals(own: &[Source]) -> Vec<Source> {
    let filled = own.iter().filter(|source| !source.phrasings.is_empty());
    let phrasings: usize = filled.clone().map(|source| source.phrasings.len()).sum();
    if phrasings == 0 || phrasings >= PHRASINGS || filled.count() >= ENTRIES {
        return Vec::new();
    }
    TABLE.lines().enumerate().filter_map(|(at, line)| rival(EntryId(at as i64), line)).collect()
}

fn rival(id: EntryId, line: &str) -> Option<Source> {
    let texts: Vec<String> = line.split('|').map(str::to_owned).collect();
    let [phrasings @ .., answer, in_english] = texts.as_slice() else { return None };
    let section = Section { text: in_english.clone(), ..Section::default() };
    Some(Source { id, phrasings: phrasings.to_vec(), answer: answer.clone(), passages: passages(&[section]) })
}

/// Which rivals of a base ask what its own entries are asked.
pub fn superfluous(base: &Base) -> Vec<usize> {
    let rows = base.rows();
    let (own, rivals): (Vec<u32>, Vec<u32>) = rows.iter().partition(|row| base.is_own(base.owner(**row)));
    let postings = Postings::of(rows.iter().map(|row| base.features(*row)));
    let is_same = |rival: &u32| {
        let means = base.vectors().is_some_and(|vectors| {
            own.iter().any(|row| vectors.between(*row as usize, *rival as usize) >= SAME_MEANING)
        });
        let words = || {
            let features = base.features(*rival);
            let near = postings
                .nearness(&features, &postings.row(&features), base.entries(), |at| base.owner(rows[at]));
            rows.iter()
                .zip(near.lexical)
                .any(|(row, near)| base.is_own(base.owner(*row)) && near >= SAME_WORDS)
        };
        means || words()
    };
    let mut same: Vec<usize> = rivals.iter().filter(|row| is_same(row)).map(|row| base.owner(*row)).collect();
    same.dedup();
    same
}
