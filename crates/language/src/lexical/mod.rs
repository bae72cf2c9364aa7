//! Words and what they are: segmentation, part of speech, entities.
//! Invariant: positions count characters of the original text, and every word lies in one sentence.

mod chinese;
mod latin;
mod network;
mod pos;
mod sentences;
pub mod tagger;
mod text;
mod weights;

pub use chinese::Piece;
pub use pos::Pos;
pub use sentences::Language;
use serde::Serialize;
use tagger::Tagger;
pub(crate) use text::is_han;
pub use text::{LONGEST, Text};
pub use weights::{Weights, WeightsError};

/// A word of the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Token {
    pub start: usize,
    pub end: usize,
    pub text: String,
    /// As the rules compare it: simplified, half width, lower case.
    #[serde(skip)]
    pub folded: String,
    pub pos: Pos,
    /// The finer tag: of LAC for Chinese, of the Penn Treebank for English.
    pub tag: String,
    /// The dictionary form; for Chinese the folded word.
    pub lemma: String,
}

/// Words of one sentence.
#[derive(Clone, Debug)]
pub struct Sentence {
    pub language: Language,
    pub start: usize,
    pub end: usize,
    pub tokens: Vec<Token>,
}

pub struct Lexer {
    weights: Weights,
    tagger: Tagger,
}

impl Lexer {
    pub fn new(weights: Weights, tagger: Tagger) -> Self {
        Self { weights, tagger }
    }

    /// The sentences of a text; spans in `fixed` (sorted) become one word each.
    pub fn sentences(&self, text: &Text, fixed: &[(usize, usize)]) -> Vec<Sentence> {
        let whole = |(start, end, language): (usize, usize, Language)| {
            let tokens = match language {
                Language::Chinese => chinese_tokens(&self.weights, text, start, end, fixed),
                Language::English => self.english_tokens(text, start, end, fixed),
                Language::Other => other_tokens(text, start, end, fixed),
            };
            Sentence { language, start, end, tokens }
        };
        sentences::split(text, fixed).into_iter().map(whole).collect()
    }

    fn english_tokens(&self, text: &Text, start: usize, end: usize, fixed: &[(usize, usize)]) -> Vec<Token> {
        let spans = latin_spans(text, start, end, fixed);
        let words: Vec<_> = spans.iter().map(|span| text.original(span.0, span.1)).collect();
        let tagged = self.tagger.tag(&words);
        let token = |(place, (tag, lemma)): (usize, (&str, String))| {
            let (pos, fine) = tag.split_once('/').unwrap_or(("X", tag));
            let span = spans[place];
            Token {
                start: span.0,
                end: span.1,
                folded: text.folded(span.0, span.1),
                text: words[place].clone(),
                pos: Pos::named(pos),
                tag: fine.to_owned(),
                lemma,
            }
        };
        tagged.into_iter().enumerate().map(token).collect()
    }
}

pub(crate) fn chinese_tokens(
    weights: &Weights,
    text: &Text,
    start: usize,
    end: usize,
    fixed: &[(usize, usize)],
) -> Vec<Token> {
    let token = |piece: Piece| {
        let folded = text.folded(piece.start, piece.end);
        let marks = folded.chars().all(|character| !character.is_alphanumeric());
        let tag = if marks { "w".to_owned() } else { piece.tag };
        Token {
            start: piece.start,
            end: piece.end,
            text: text.original(piece.start, piece.end),
            pos: pos::of_lac(&tag, &folded),
            lemma: folded.clone(),
            folded,
            tag,
        }
    };
    chinese::pieces(weights, text, start, end, fixed).into_iter().map(token).collect()
}

fn latin_spans(text: &Text, start: usize, end: usize, fixed: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    let mut at = start;
    for span in fixed.iter().filter(|span| span.0 >= start && span.1 <= end) {
        spans.extend(latin::words(&text.chars[at..span.0], at));
        spans.push(*span);
        at = span.1;
    }
    spans.extend(latin::words(&text.chars[at..end], at));
    spans
}

fn other_tokens(text: &Text, start: usize, end: usize, fixed: &[(usize, usize)]) -> Vec<Token> {
    let token = |(start, end): (usize, usize)| {
        let folded = text.folded(start, end);
        let pos = if !folded.chars().any(char::is_alphanumeric) {
            Pos::Punct
        } else if folded.chars().all(|character| character.is_numeric() || ".,:%".contains(character)) {
            Pos::Num
        } else {
            Pos::X
        };
        Token {
            start,
            end,
            text: text.original(start, end),
            lemma: folded.clone(),
            folded,
            pos,
            tag: pos.name().to_owned(),
        }
    };
    latin_spans(text, start, end, fixed).into_iter().map(token).collect()
}
