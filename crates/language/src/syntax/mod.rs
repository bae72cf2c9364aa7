//! The structure of sentences: which word depends on which, what is negated or wished, what is asked.

pub mod frames;
pub mod parser;
pub mod question;
pub mod scope;
pub mod state;
pub mod tags;
#[cfg(feature = "training")]
pub mod training;
pub mod tree;
#[cfg(feature = "training")]
pub mod treebank;

use crate::{
    lexical::{Language, Pos, Token},
    perceptron::{feature, hash},
};
use state::Word;

/// What the parser sees of a token; `tag` is the treebank's.
pub fn word(token: &Token, tag: &str, language: Language) -> Word {
    let end = |character: Option<char>| character.map_or(0, |character| feature(9, &[character as u32]));
    let chinese = language == Language::Chinese;
    Word {
        form: hash(&token.folded),
        tag: hash(tag),
        coarse: hash(if chinese { token.tag.as_str() } else { token.pos.name() }),
        first: if chinese { end(token.folded.chars().next()) } else { 0 },
        last: if chinese { end(token.folded.chars().next_back()) } else { hash(&token.lemma) },
        mark: token.pos == Pos::Punct,
    }
}
