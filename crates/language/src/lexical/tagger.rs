//! English parts of speech and lemmas, by linear models trained on the English Web Treebank.
//! Invariant: left to right, one pass; a tag depends on the words and the two tags before it.

use crate::perceptron::{Model, feature, hash};

/// Tags are called `VERB/VBZ`: the universal one and that of the Penn Treebank.
pub struct Tagger {
    tags: Model,
    lemmas: Model,
}

impl Tagger {
    pub fn new(tags: Model, lemmas: Model) -> Self {
        Self { tags, lemmas }
    }

    /// The tag and the lemma of each word.
    pub fn tag(&self, words: &[String]) -> Vec<(&str, String)> {
        let (mut features, mut scores) = (Vec::new(), Vec::new());
        let mut before = [0, 0];
        let mut tagged = Vec::with_capacity(words.len());
        for index in 0..words.len() {
            tag_features(words, index, before, &mut features);
            self.tags.score(&features, &mut scores);
            let tag = best(&self.tags, &scores);
            before = [hash(tag), before[0]];
            lemma_features(&words[index], tag, &mut features);
            self.lemmas.score(&features, &mut scores);
            tagged.push((tag, apply(best(&self.lemmas, &scores), &words[index].to_lowercase())));
        }
        tagged
    }
}

fn best<'a>(model: &'a Model, scores: &[i32]) -> &'a str {
    let best = (0..scores.len()).max_by_key(|class| (scores[*class], std::cmp::Reverse(*class)));
    best.map_or("X/FW", |class| model.classes()[class].as_str())
}

/// Carries out `2+e`: take two characters off the end, add "e".
pub fn apply(script: &str, word: &str) -> String {
    let (cut, add) = script.split_once('+').unwrap_or(("0", ""));
    let keep = word.chars().count().saturating_sub(cut.parse().unwrap_or(0));
    word.chars().take(keep).chain(add.chars()).collect()
}

fn shape(word: &str) -> u32 {
    let mut kinds = 0;
    for character in word.chars() {
        kinds |= match character {
            'A'..='Z' => 1,
            'a'..='z' => 2,
            '0'..='9' => 4,
            '-' => 8,
            '.' => 16,
            _ => 32,
        };
    }
    let first = u32::from(word.starts_with(|first: char| first.is_uppercase())) << 6;
    kinds | first
}

fn ending(word: &str, length: usize) -> u32 {
    let skip = word.chars().count().saturating_sub(length);
    word.chars().skip(skip).fold(7, |sum, character| feature(sum, &[character as u32]))
}

pub fn tag_features(words: &[String], index: usize, before: [u32; 2], out: &mut Vec<u32>) {
    out.clear();
    let lower =
        |index: Option<usize>| index.and_then(|index| words.get(index)).map(|word| word.to_lowercase());
    let near = |index: Option<usize>| lower(index).map_or(0, |word| hash(&word));
    let word = words[index].to_lowercase();
    let own = hash(&word);
    let (last, next) = (near(index.checked_sub(1)), near(Some(index + 1)));
    let next_ending = lower(Some(index + 1)).map_or(0, |word| ending(&word, 3));
    let last_ending = lower(index.checked_sub(1)).map_or(0, |word| ending(&word, 3));
    let first = word.chars().next().map_or(0, u32::from);
    let shape = shape(&words[index]);
    let mut template = 100;
    let mut add = |parts: &[u32]| {
        template += 1;
        out.push(feature(template, parts));
    };
    add(&[]);
    add(&[own]);
    add(&[hash(&words[index])]);
    for length in 1..=5 {
        add(&[ending(&word, length)]);
    }
    add(&[first]);
    add(&[word.chars().take(3).fold(3, |sum, character| feature(sum, &[character as u32]))]);
    add(&[shape]);
    add(&[shape, u32::from(index == 0)]);
    add(&[before[0]]);
    add(&[before[1]]);
    add(&[before[0], before[1]]);
    add(&[before[0], own]);
    add(&[before[0], ending(&word, 3)]);
    add(&[last]);
    add(&[last, own]);
    add(&[last_ending]);
    add(&[next]);
    add(&[next, own]);
    add(&[next_ending]);
    add(&[before[0], next]);
    add(&[near(index.checked_sub(2))]);
    add(&[near(Some(index + 2))]);
}

pub fn lemma_features(word: &str, tag: &str, out: &mut Vec<u32>) {
    out.clear();
    let word = word.to_lowercase();
    let tag = hash(tag);
    out.push(feature(200, &[tag]));
    out.push(feature(201, &[hash(&word)]));
    out.push(feature(202, &[hash(&word), tag]));
    for length in 1..=5 {
        out.push(feature(202 + length as u32, &[ending(&word, length), tag]));
    }
}
