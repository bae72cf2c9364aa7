//! Entries that ask the same, and whether their answers go together. Strict on purpose: who is shown
//! three pairs that are none does not look at the fourth.

mod asks;
mod claims;
mod sides;

use crate::Source;
use asks::{Asked, asked};
pub use claims::Kind;
use std::collections::{BTreeMap, HashMap};

/// Entries that ask the very same are counted in pairs; a base with so many of one is not looked at further.
const OF_ONE_QUESTION: usize = 12;

/// Two entries, by their places in the list, with the wordings that ask the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub left: usize,
    pub right: usize,
    pub left_phrasing: String,
    pub right_phrasing: String,
}

/// What two answers say differently, in their own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    pub kind: Kind,
    pub left: String,
    pub right: String,
}

/// Pairs of entries of which some phrasing of the one asks what some phrasing of the other asks.
/// In the order of the list, each pair once.
pub fn same_questions(entries: &[Source]) -> Vec<Pair> {
    let mut asking: HashMap<Vec<String>, Vec<(usize, &String, Asked)>> = HashMap::new();
    for (place, entry) in entries.iter().enumerate() {
        for phrasing in &entry.phrasings {
            let Some(asked) = asked(phrasing) else { continue };
            let same = asking.entry(asked.key()).or_default();
            if same.len() < OF_ONE_QUESTION && same.last().is_none_or(|(last, ..)| *last != place) {
                same.push((place, phrasing, asked));
            }
        }
    }
    let mut pairs = BTreeMap::new();
    for same in asking.values() {
        for (index, (left, left_phrasing, one)) in same.iter().enumerate() {
            for (right, right_phrasing, other) in &same[index + 1..] {
                if one.is(other) {
                    let words = (*left_phrasing, *right_phrasing);
                    let known = pairs.entry((*left, *right)).or_insert(words);
                    // Several wordings may be the same; which is shown must not depend on a hash.
                    *known = (*known).min(words);
                }
            }
        }
    }
    let pair = |((left, right), (left_phrasing, right_phrasing)): (_, (&String, &String))| Pair {
        left,
        right,
        left_phrasing: left_phrasing.clone(),
        right_phrasing: right_phrasing.clone(),
    };
    pairs.into_iter().map(pair).collect()
}

/// Questions that others are compared with.
pub struct Questions(Vec<(Vec<String>, Asked)>);

impl Questions {
    pub fn new(questions: &[String]) -> Self {
        let asked = questions.iter().filter_map(|question| asked(question));
        Self(asked.map(|asked| (asked.key(), asked)).collect())
    }

    /// Whether one of them asks the same as this.
    pub fn ask(&self, other: &str) -> bool {
        let Some(other) = asked(other) else { return false };
        let key = other.key();
        self.0.iter().any(|(own, one)| *own == key && one.is(&other))
    }
}

/// What the answers of one question say differently; empty when they go together.
pub fn disagreements(left: &str, right: &str) -> Vec<Disagreement> {
    let mut found = claims::disagreements(left, right);
    found.extend(sides::disagreement(left, right));
    found
}

#[cfg(test)]
mod tests;
