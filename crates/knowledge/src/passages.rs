//! Articles: their sections as passages of a few sentences, by which they are found, and the sentence
//! that answers a question, word for word.

use crate::{
    Source,
    text::{Feature, features, normalise},
};
use model::Section;
use std::{collections::HashMap, ops::Range};

/// A passage grows up to so many characters: what the index reads of a text, with room for a heading.
const PASSAGE: usize = 110;
/// Where a sentence without an end is cut.
const SENTENCE: usize = 300;
/// A shorter sentence says too little alone.
const SHORT: usize = 12;
/// What a sentence's own words weigh against how near its passage is: of 42 questions 36 had the right
/// sentence; with more, with the heading's words, or with the sentence's own meaning 33 to 35.
const WORDS: f32 = 0.5;

/// A few sentences of a section, as they stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// Its number in the article, from 0.
    pub section: usize,
    pub heading: String,
    pub text: String,
    /// Of each sentence the bytes in `text`.
    sentences: Vec<Range<usize>>,
}

/// The words of an article that answer a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Quote {
    /// None is the summary.
    pub section: Option<usize>,
    /// As it stands there.
    pub text: String,
}

pub fn passages(sections: &[Section]) -> Vec<Passage> {
    let mut all = Vec::new();
    for (section, Section { heading, text, .. }) in sections.iter().enumerate() {
        let mut open: Vec<Range<usize>> = Vec::new();
        let mut close = |open: &mut Vec<Range<usize>>| {
            let (Some(first), Some(last)) = (open.first(), open.last()) else { return };
            let (start, end) = (first.start, last.end);
            let sentences = open.drain(..).map(|one| one.start - start..one.end - start).collect();
            let (heading, text) = (heading.clone(), text[start..end].to_owned());
            all.push(Passage { section, heading, text, sentences });
        };
        for sentence in sentences(text) {
            let start = open.first().map_or(sentence.start, |first| first.start);
            if text[start..sentence.end].chars().count() > PASSAGE {
                close(&mut open);
            }
            open.push(sentence);
        }
        close(&mut open);
    }
    all
}

/// The bytes of each sentence, without the space around it.
fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut start, mut length) = (0, 0);
    let mut finish = |start: &mut usize, end: usize| {
        let raw = &text[*start..end];
        let from = *start + (raw.len() - raw.trim_start().len());
        if raw.chars().any(char::is_alphanumeric) {
            found.push(from..from + raw.trim().len());
        }
        *start = end;
    };
    let mut letters = text.char_indices().peekable();
    while let Some((at, c)) = letters.next() {
        length += 1;
        let next = letters.peek().map(|(_, next)| *next);
        let ends = match c {
            '\n' => true,
            // What closes behind it belongs to it.
            _ if next.is_some_and(|next| "”’」』）)\"'。！？!?…".contains(next)) => false,
            '。' | '！' | '？' => true,
            // Not in 3.5 or shop.example.
            '.' | '!' | '?' => next.is_none_or(char::is_whitespace),
            _ => closes(&text[start..at]) && "”’」』）)\"'".contains(c),
        };
        if ends || length >= SENTENCE {
            finish(&mut start, at + c.len_utf8());
            length = 0;
        }
    }
    finish(&mut start, text.len());
    found
}

/// Whether a text ends with a stop, apart from what closes behind it.
fn closes(text: &str) -> bool {
    text.trim_end_matches(['”', '’', '」', '』', '）', ')', '"', '\''])
        .ends_with(['。', '！', '？', '!', '?'])
}

impl Passage {
    /// As the index compares it.
    pub(crate) fn full_text(&self) -> String {
        format!("{} {}", self.heading, self.text)
    }

    pub(crate) fn sentences(&self) -> impl Iterator<Item = &str> {
        self.sentences.iter().map(|range| &self.text[range.clone()])
    }

    /// The sentence, and those behind it while it says too little alone.
    fn quote(&self, sentence: usize) -> Quote {
        let start = self.sentences[sentence].start;
        let says_enough = |end: &Range<usize>| {
            let said = &self.text[start..end.end];
            said.chars().count() >= SHORT && !said.ends_with([':', '：'])
        };
        let rest = &self.sentences[sentence..];
        let last = rest.iter().find(|end| says_enough(end)).or(rest.last());
        let end = last.map_or(self.text.len(), |last| last.end);
        Quote { section: Some(self.section), text: self.text[start..end].to_owned() }
    }
}

/// What answers `question` in an article: the sentence that has most of its words, in the passage that
/// is nearest. `near` says how near the question is to a passage, by its number, or to the summary; by
/// words where it does not know.
pub(crate) fn quote(
    question: &str,
    source: &Source,
    near: impl Fn(Option<usize>) -> Option<f32>,
) -> Option<Quote> {
    let title = source.phrasings.first().map_or("", String::as_str);
    let mut places: Vec<Option<(usize, usize)>> = Vec::new();
    let mut words: Vec<String> = Vec::new();
    if !source.answer.is_empty() {
        places.push(None);
        words.push(source.answer.clone());
    }
    for (number, passage) in source.passages.iter().enumerate() {
        for (sentence, text) in passage.sentences().enumerate() {
            places.push(Some((number, sentence)));
            words.push(text.to_owned());
        }
    }
    let around: Vec<String> = std::iter::once(format!("{title} {}", source.answer))
        .chain(source.passages.iter().map(Passage::full_text))
        .collect();
    let (by_words, by_words_around) = (coverage(question, &words), coverage(question, &around));
    let score = |at: usize| {
        let passage = places[at].map(|(number, _)| number);
        let by_meaning = near(passage);
        let around = by_meaning.unwrap_or(by_words_around[passage.map_or(0, |number| number + 1)]);
        around + WORDS * by_words[at]
    };
    // Of equals the first that stands there.
    let best = (0..places.len()).map(|at| (at, score(at))).reduce(
        |best, next| {
            if next.1 > best.1 { next } else { best }
        },
    );
    Some(match places[best?.0] {
        None => Quote { section: None, text: source.answer.clone() },
        Some((number, sentence)) => source.passages[number].quote(sentence),
    })
}

/// The same by words alone, without an index.
pub fn quote_by_words(question: &str, source: &Source) -> Option<Quote> {
    quote(question, source, |_| None)
}

/// How much of the question each text has; what stands in most of them counts little.
fn coverage(question: &str, texts: &[String]) -> Vec<f32> {
    let wanted = distinct(question);
    let texts: Vec<Vec<Feature>> = texts.iter().map(|text| distinct(text)).collect();
    let mut counts: HashMap<Feature, f32> = wanted.iter().map(|feature| (*feature, 0.0)).collect();
    for feature in texts.iter().flatten() {
        counts.entry(*feature).and_modify(|count| *count += 1.0);
    }
    let weight = |feature: &Feature| {
        let count = counts.get(feature).copied().unwrap_or_default();
        (1.0 + texts.len() as f32 / (1.0 + count)).ln()
    };
    let all: f32 = wanted.iter().map(weight).sum();
    let share = |text: &Vec<Feature>| {
        let common = wanted.iter().filter(|feature| text.binary_search(feature).is_ok());
        common.map(weight).sum::<f32>() / all.max(1e-6)
    };
    texts.iter().map(share).collect()
}

/// The sounds and words of a text, each once, in order.
fn distinct(text: &str) -> Vec<Feature> {
    let mut found: Vec<Feature> =
        features(&normalise(text)).into_iter().filter(|feature| feature.is_sound()).collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests;
