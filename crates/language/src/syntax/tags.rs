//! Finer tags for Chinese words, as the treebank has them (which 的, which 在, a measure word or a noun):
//! the parser needs them. Invariant: one pass, left to right.

use crate::{
    lexical::Token,
    perceptron::{Model, feature, hash},
};

pub struct Tagger {
    model: Model,
}

impl Tagger {
    pub fn new(model: Model) -> Self {
        Self { model }
    }

    /// The number of a tag for each token.
    pub fn tag(&self, tokens: &[Token]) -> Vec<&str> {
        let (mut found, mut scores) = (Vec::new(), Vec::new());
        let mut before = [0, 0];
        (0..tokens.len())
            .map(|index| {
                features(tokens, index, before, &mut found);
                self.model.score(&found, &mut scores);
                let best = (0..scores.len()).max_by_key(|class| (scores[*class], std::cmp::Reverse(*class)));
                let tag = best.map_or("NN", |class| self.model.classes()[class].as_str());
                before = [hash(tag), before[0]];
                tag
            })
            .collect()
    }
}

pub fn features(tokens: &[Token], index: usize, before: [u32; 2], out: &mut Vec<u32>) {
    out.clear();
    let near = |distance: isize| index.checked_add_signed(distance).and_then(|index| tokens.get(index));
    let form = |distance: isize| near(distance).map_or(0, |token| hash(&token.folded));
    let tag = |distance: isize| near(distance).map_or(0, |token| hash(&token.tag));
    let own = &tokens[index].folded;
    let characters: Vec<u32> = own.chars().map(u32::from).collect();
    let (first, last) = (characters.first().copied().unwrap_or(0), characters.last().copied().unwrap_or(0));
    let length = characters.len().min(5) as u32;
    let kind = if own.chars().all(|character| character.is_ascii_digit() || character == '.') {
        1
    } else if own.is_ascii() {
        2
    } else {
        3
    };
    let ending = |distance: isize| {
        near(distance).and_then(|token| token.folded.chars().next_back()).map_or(0, u32::from)
    };
    let mut template = 300;
    let mut add = |parts: &[u32]| {
        template += 1;
        out.push(feature(template, parts));
    };
    add(&[]);
    add(&[form(0)]);
    add(&[form(0), tag(0)]);
    add(&[tag(0)]);
    add(&[tag(0), length]);
    add(&[tag(0), kind, length]);
    add(&[last]);
    add(&[last, tag(0)]);
    add(&[last, length]);
    add(&[first]);
    add(&[first, tag(0)]);
    add(&[first, last]);
    let second = characters.len().checked_sub(2).map_or(0, |place| characters[place]);
    add(&[second, last]);
    add(&[tag(-1), tag(0)]);
    add(&[tag(0), tag(1)]);
    add(&[tag(-1), tag(0), tag(1)]);
    add(&[tag(-2), tag(-1), tag(0)]);
    add(&[tag(0), tag(1), tag(2)]);
    add(&[form(-1)]);
    add(&[form(1)]);
    add(&[form(-1), form(0)]);
    add(&[form(0), form(1)]);
    add(&[form(0), tag(1)]);
    add(&[form(0), tag(-1)]);
    add(&[form(-1), tag(0)]);
    add(&[form(1), tag(0)]);
    add(&[form(-2)]);
    add(&[form(2)]);
    add(&[before[0]]);
    add(&[before[0], before[1]]);
    add(&[before[0], form(0)]);
    add(&[before[0], tag(0)]);
    add(&[before[0], last]);
    add(&[ending(-1), tag(0)]);
    add(&[ending(1), tag(0)]);
    add(&[before[0], form(1)]);
}
