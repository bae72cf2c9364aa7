//! What somebody searches for. White space parts it into pieces, all of which must occur in
//! a text, letter for letter (case and width aside). A piece that begins with letters
//! matches from the start of a word; inside words with digits any part matches.
//!
//! Invariant: a text that [`Query::matches`] has all the terms that [`Query`] asks the index
//! for, so checking the index's candidates again gives the exact result on both databases.

use crate::terms::{self, Class, LONGEST};
use std::collections::{BTreeSet, HashSet};

/// Characters of a query that count.
const LONGEST_QUERY: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Folded.
    pieces: Vec<Vec<char>>,
    terms: BTreeSet<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Term {
    text: String,
    /// Stands for every term that begins so.
    is_prefix: bool,
}

impl Term {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) const fn is_prefix(&self) -> bool {
        self.is_prefix
    }

    pub(crate) fn is_in(&self, terms: &HashSet<String>) -> bool {
        terms.contains(&self.text) || self.is_prefix && terms.iter().any(|term| term.starts_with(&self.text))
    }
}

impl Query {
    pub fn parse(text: &str) -> Self {
        let mut pieces = vec![Vec::new()];
        let mut length = 0;
        terms::fold(text, |c, _, _| {
            length += 1;
            match pieces.last_mut() {
                _ if c.is_whitespace() => pieces.push(Vec::new()),
                Some(piece) if length <= LONGEST_QUERY => piece.push(c),
                _ => {}
            }
        });
        pieces.retain(|piece| !piece.is_empty());
        let terms = pieces.iter().flat_map(|piece| terms_of(piece)).collect();
        Self { pieces, terms }
    }

    /// Nothing in it can be searched for: only punctuation, or nothing at all.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    pub(crate) const fn terms(&self) -> &BTreeSet<Term> {
        &self.terms
    }

    pub fn matches(&self, text: &str) -> bool {
        let text = Folded::new(text);
        self.pieces.iter().all(|piece| text.find(piece, 0).is_some())
    }

    /// Where the pieces stand in a text, as `[start, end)` counted in characters; in order
    /// and without overlaps.
    pub fn highlights(&self, text: &str) -> Vec<(usize, usize)> {
        let text = Folded::new(text);
        let mut found = Vec::new();
        for piece in &self.pieces {
            let mut from = 0;
            while let Some(at) = text.find(piece, from) {
                from = at + piece.len();
                found.push((text.ranges[at].0, text.ranges[from - 1].1));
            }
        }
        found.sort_unstable();
        let mut merged: Vec<(usize, usize)> = Vec::with_capacity(found.len());
        for (start, end) in found {
            match merged.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
        }
        merged
    }
}

/// The terms that every text with this piece in it has.
fn terms_of(piece: &[char]) -> Vec<Term> {
    let mut found = Vec::new();
    let runs = piece.chunk_by(|a, b| kind(*a) == kind(*b));
    let mut end = 0;
    for run in runs {
        end += run.len();
        // Text may go on where the piece ends.
        let is_open = end == piece.len();
        match kind(run[0]) {
            Kind::Between => {}
            Kind::Word => found.push(Term {
                text: run.iter().take(LONGEST).collect(),
                is_prefix: is_open && run.len() < LONGEST,
            }),
            Kind::Unspaced if run.len() == 1 => {
                found.push(Term { text: run.iter().collect(), is_prefix: is_open });
            }
            Kind::Unspaced => found
                .extend(run.windows(2).map(|pair| Term { text: pair.iter().collect(), is_prefix: false })),
        }
    }
    found
}

#[derive(PartialEq)]
enum Kind {
    Between,
    Word,
    Unspaced,
}

fn kind(c: char) -> Kind {
    match terms::class(c) {
        Class::Separator => Kind::Between,
        Class::Letter | Class::Digit => Kind::Word,
        Class::Unspaced => Kind::Unspaced,
    }
}

/// A folded text that still knows its original characters.
struct Folded {
    chars: Vec<char>,
    ranges: Vec<(usize, usize)>,
}

impl Folded {
    fn new(text: &str) -> Self {
        let mut chars = Vec::with_capacity(text.len());
        let mut ranges = Vec::with_capacity(text.len());
        terms::fold(text, |c, start, end| {
            chars.push(c);
            ranges.push((start, end));
        });
        Self { chars, ranges }
    }

    fn find(&self, piece: &[char], from: usize) -> Option<usize> {
        let last = self.chars.len().checked_sub(piece.len())?;
        (from..=last).find(|at| self.chars[*at..*at + piece.len()] == *piece && self.may_begin(piece[0], *at))
    }

    /// A piece that begins with a word must begin where the index has a term.
    fn may_begin(&self, first: char, at: usize) -> bool {
        let in_word = |c: &char| terms::class(*c).is_word();
        if !in_word(&first) {
            return true;
        }
        let offset = self.chars[..at].iter().rev().take_while(|c| in_word(c)).count();
        let mut word = self.chars[at - offset..].iter().take_while(|c| in_word(c));
        let has_digit = offset > 0 && word.any(|c| terms::class(*c) == Class::Digit);
        terms::is_indexed_at(offset, has_digit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(query: &str, text: &str) -> bool {
        Query::parse(query).matches(text)
    }

    #[test]
    fn every_piece_must_occur() {
        assert!(matches("退款 订单", "我的订单要退款"));
        assert!(!matches("退款 发货", "我的订单要退款"));
    }

    #[test]
    fn case_and_width_do_not_matter() {
        assert!(matches("IPHONE", "我要买ｉｐｈｏｎｅ"));
        assert!(matches("ｖｉｐ", "VIP会员"));
    }

    #[test]
    fn letters_match_from_the_start_of_a_word() {
        assert!(matches("ref", "a refund"));
        assert!(!matches("fund", "a refund"));
    }

    #[test]
    fn any_part_of_a_number_matches() {
        assert!(matches("3456", "order no. AB1234567"));
        assert!(matches("123-45", "tel 9123-4567"));
        assert!(!matches("124", "order no. AB1234567"));
    }

    #[test]
    fn highlights_count_characters_and_join_overlaps() {
        let query = Query::parse("退款 款吧");
        assert_eq!(query.highlights("😀退款吧，退款"), [(1, 4), (5, 7)]);
        let query = Query::parse("fi");
        assert_eq!(query.highlights("ﬁne"), [(0, 1)]);
    }

    #[test]
    fn query_without_words_cannot_be_searched() {
        assert!(Query::parse("").is_empty());
        assert!(Query::parse(" ?! …").is_empty());
        assert!(!Query::parse("好").is_empty());
    }

    #[test]
    fn what_matches_has_all_terms_of_the_query() {
        let texts = ["我的订单A1234要退款，thanks a lot", "好", "AB1234567", "x退y", "a.b 1.5kg 退款a"];
        for text in texts {
            let chars: Vec<char> = text.chars().collect();
            let terms = terms::distinct(text);
            for start in 0..chars.len() {
                for end in start + 1..=chars.len() {
                    let part: String = chars[start..end].iter().collect();
                    let query = Query::parse(&part);
                    if query.is_empty() {
                        continue;
                    }
                    let is_indexed = query.terms.iter().all(|term| term.is_in(&terms));
                    assert!(is_indexed || !query.matches(text), "{part:?} in {text:?}");
                    let inside_letters = start > 0
                        && terms::class(chars[start]) == Class::Letter
                        && terms::class(chars[start - 1]).is_word();
                    assert!(query.matches(text) || inside_letters, "{part:?} in {text:?}");
                }
            }
        }
    }
}
