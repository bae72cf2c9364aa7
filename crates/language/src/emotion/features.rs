//! What a mood is recognised by: words alone and in pairs (marked when negated), two and three
//! characters, words of the lexicon with their degree, and how it is written.
//! Invariant: a feature is counted once for each text.

use std::collections::HashSet;

use super::{Part, lexicon};
use crate::{
    lexical::{Text, is_han},
    perceptron::{feature, hash},
    syntax::scope::ScopeKind,
};

/// A feature and the characters that it comes from; none for one of the whole text.
#[derive(Clone, Copy, Debug)]
pub struct Feature {
    pub hash: u32,
    pub start: usize,
    pub end: usize,
}

const NEGATED: u32 = 0x006e_6f74;

pub fn of(text: &Text, parts: &[Part<'_>]) -> Vec<Feature> {
    let mut known = HashSet::new();
    let mut found = Vec::new();
    let mut add = |template: u32, parts: &[u32], start: usize, end: usize| {
        let hash = feature(template, parts);
        if known.insert(hash) {
            found.push(Feature { hash, start, end });
        }
    };
    for part in parts {
        let negated = |index: usize| {
            let token = &part.tokens[index];
            part.scopes.iter().any(|scope| {
                scope.kind == ScopeKind::Negation && scope.start <= token.start && token.end <= scope.end
            })
        };
        let mut last: Option<(u32, usize)> = None;
        for (index, token) in part.tokens.iter().enumerate() {
            let no = negated(index);
            // Numbers are alike.
            let digits = token.folded.chars().all(|character| character.is_ascii_digit());
            let form = if digits { 1 } else { hash(&token.folded) } ^ if no { NEGATED } else { 0 };
            add(1, &[form], token.start, token.end);
            if let Some((before, start)) = last {
                add(2, &[before, form], start, token.end);
            }
            last = Some((form, token.start));
        }
    }
    characters(text, &mut add);
    for hit in lexicon::find(text) {
        let no = parts.iter().flat_map(|part| part.scopes).any(|scope| {
            scope.kind == ScopeKind::Negation && scope.start <= hit.start && hit.end <= scope.end
        });
        let kind = hit.mood as u32;
        add(5, &[kind, u32::from(no)], hit.start, hit.end);
        add(6, &[kind, u32::from(no), hit.degree], hit.start, hit.end);
    }
    writing(text, &mut add);
    found
}

fn characters(text: &Text, add: &mut impl FnMut(u32, &[u32], usize, usize)) {
    // Places of the characters that count: runs of white space as one.
    let mut places: Vec<usize> = Vec::with_capacity(text.folded.len());
    for (at, character) in text.folded.iter().enumerate() {
        let space = character.is_whitespace();
        if !(space && places.last().is_none_or(|last| text.folded[*last].is_whitespace())) {
            places.push(at);
        }
    }
    let code = |at: usize| match text.folded[at] {
        character if character.is_ascii_digit() => u32::from('0'),
        character if character.is_whitespace() => u32::from(' '),
        character => u32::from(character),
    };
    for pair in places.windows(2) {
        add(3, &[code(pair[0]), code(pair[1])], pair[0], pair[1] + 1);
    }
    for three in places.windows(3) {
        add(4, &[code(three[0]), code(three[1]), code(three[2])], three[0], three[2] + 1);
    }
    // Longer runs tell words of languages with letters better.
    for four in places.windows(4).filter(|four| four.iter().all(|at| !is_han(text.folded[*at]))) {
        add(7, &[code(four[0]), code(four[1]), code(four[2]), code(four[3])], four[0], four[3] + 1);
    }
}

fn writing(text: &Text, add: &mut impl FnMut(u32, &[u32], usize, usize)) {
    let count =
        |wanted: char| text.folded.iter().filter(|character| **character == wanted).count().min(3) as u32;
    add(8, &[1, count('!')], 0, 0);
    add(8, &[2, count('?')], 0, 0);
    add(8, &[3, u32::from(count('!') > 0), u32::from(count('?') > 0)], 0, 0);
    let letters = text.chars.iter().filter(|character| character.is_ascii_alphabetic()).count();
    let capitals = text.chars.iter().filter(|character| character.is_ascii_uppercase()).count();
    add(8, &[4, u32::from(letters > 6 && capitals * 10 > letters * 6)], 0, 0);
    let repeated = text
        .folded
        .windows(3)
        .any(|three| three[0] == three[1] && three[1] == three[2] && !three[0].is_ascii_digit());
    add(8, &[5, u32::from(repeated)], 0, 0);
    add(8, &[6, text.chars.len().checked_ilog2().unwrap_or(0)], 0, 0);
}
