//! Texts to pieces: the Unigram tokenizer of the model, with the normaliser its file names.
//!
//! Invariant: the pieces are those of Hugging Face's `tokenizers`, save that a text cannot spell the model's own
//! marks (`<s>`, `</s>`, `<pad>`, `<mask>`): there they would be taken for the marks themselves.

use unicode_normalization::UnicodeNormalization;

use super::Error;
use super::file::{Bytes, Header, Pieces};

/// Stands for a space, and before the first word.
const SPACE: char = '▁';
/// How much worse than the worst piece a character is that no piece has.
const UNKNOWN_PENALTY: f64 = 10.0;

pub struct Tokenizer {
    /// Where each piece ends in `text`, which holds them one after another, sorted by their bytes.
    ends: Vec<u32>,
    ids: Vec<u32>,
    scores: Vec<f32>,
    text: Bytes,
    /// For each first byte the pieces that begin with it.
    first: Box<[(u32, u32); 256]>,
    unknown_score: f64,
    header: Header,
}

/// The best way to reach one place of a text.
#[derive(Clone, Copy)]
struct Step {
    score: f64,
    from: usize,
    id: u32,
}

impl Tokenizer {
    pub fn new(pieces: Pieces) -> Result<Self, Error> {
        let Pieces { ends, ids, scores, text, header } = pieces;
        let worst = scores.iter().copied().fold(f32::INFINITY, f32::min);
        let mut this = Self {
            ends,
            ids,
            scores,
            text,
            first: Box::new([(0, 0); 256]),
            unknown_score: f64::from(worst) - UNKNOWN_PENALTY,
            header,
        };
        this.index()?;
        Ok(this)
    }

    /// Checks the order of the pieces and fills `first`.
    fn index(&mut self) -> Result<(), Error> {
        let falling = self.ends.windows(2).any(|pair| pair[0] >= pair[1]);
        if falling || self.ends.first().is_none_or(|end| *end == 0) {
            return Err(Error::Damaged("an empty piece"));
        }
        if (1..self.ends.len()).any(|index| self.piece(index - 1) >= self.piece(index)) {
            return Err(Error::Damaged("pieces out of order"));
        }
        let known = |id: &u32| (*id as usize) < self.header.vocabulary;
        if !self.ids.iter().all(known) || !self.scores.iter().all(|score| score.is_finite()) {
            return Err(Error::Damaged("a piece without a place in the vocabulary"));
        }
        for index in 0..self.ends.len() {
            let byte = usize::from(self.piece(index)[0]);
            let (start, end) = &mut self.first[byte];
            if start == end {
                *start = index as u32;
            }
            *end = index as u32 + 1;
        }
        Ok(())
    }

    /// The ids of the pieces, between the marks for start and end; at most `limit` in all.
    pub fn pieces(&self, text: &str, limit: usize) -> Vec<u32> {
        let text = clean(text, limit);
        let mut ids = vec![self.header.start];
        ids.extend(self.split(&text));
        ids.truncate(limit.saturating_sub(1).max(1));
        ids.push(self.header.end);
        ids
    }

    /// The likeliest split (Viterbi). Neighbouring characters that no piece has become one unknown piece.
    fn split(&self, text: &str) -> Vec<u32> {
        let bytes = text.as_bytes();
        let unreached = Step { score: f64::NEG_INFINITY, from: usize::MAX, id: self.header.unknown };
        let mut steps = vec![unreached; bytes.len() + 1];
        steps[0].score = 0.0;
        for (start, character) in text.char_indices() {
            let end = start + character.len_utf8();
            let base = steps[start].score;
            let mut alone = false;
            let mut reach = |end: usize, score: f64, id: u32| {
                let step = &mut steps[end];
                if step.from == usize::MAX || score > step.score {
                    *step = Step { score, from: start, id };
                }
            };
            self.prefixes(&bytes[start..], |length, index| {
                alone |= start + length == end;
                reach(start + length, base + f64::from(self.scores[index]), self.ids[index]);
            });
            if !alone {
                reach(end, base + self.unknown_score, self.header.unknown);
            }
        }
        let mut ids = Vec::new();
        let mut at = bytes.len();
        while at > 0 {
            let step = steps[at];
            if step.id != self.header.unknown || ids.last() != Some(&step.id) {
                ids.push(step.id);
            }
            at = step.from;
        }
        ids.reverse();
        ids
    }

    /// All pieces that `bytes` begin with, shortest first: their length and their place in the order.
    fn prefixes(&self, bytes: &[u8], mut found: impl FnMut(usize, usize)) {
        let Some(&byte) = bytes.first() else { return };
        let (start, end) = self.first[usize::from(byte)];
        let mut range = start as usize..end as usize;
        let mut length = 1;
        while !range.is_empty() {
            // A piece that ends here sorts before all that go on.
            if self.piece(range.start).len() == length {
                found(length, range.start);
                range.start += 1;
            }
            let Some(&next) = bytes.get(length) else { return };
            let start = self.boundary(range.clone(), |piece| piece[length] < next);
            range = start..self.boundary(start..range.end, |piece| piece[length] <= next);
            length += 1;
        }
    }

    /// The first place in `range` whose piece is not `before`.
    fn boundary(&self, range: std::ops::Range<usize>, before: impl Fn(&[u8]) -> bool) -> usize {
        let (mut low, mut high) = (range.start, range.end);
        while low < high {
            let middle = low.midpoint(high);
            if before(self.piece(middle)) { low = middle + 1 } else { high = middle }
        }
        low
    }

    fn piece(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[start as usize..self.ends[index] as usize]
    }
}

/// NFKC, single spaces, spaces as [`SPACE`] and one of them at the start. A piece has at most 16 characters, so
/// what lies beyond `limit` times that cannot be within the limit, and hostile lengths cost nothing.
fn clean(text: &str, limit: usize) -> String {
    let mut clean = String::with_capacity(text.len() + SPACE.len_utf8());
    let mut last = None;
    for character in text.nfkc().take(limit * 16) {
        if character != ' ' || last != Some(' ') {
            clean.push(if character == ' ' { SPACE } else { character });
        }
        last = Some(character);
    }
    if !clean.starts_with(SPACE) {
        clean.insert(0, SPACE);
    }
    clean
}
