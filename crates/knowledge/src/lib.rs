//! From knowledge entries to ranked, calibrated answers. Everything that is learnt comes from the
//! entries alone, never from the questions that are answered. Invariant: pure and deterministic: no
//! I/O, no clock, no randomness; equal entries and settings give equal answers.

mod answers;
mod base;
mod calibration;
mod choice;
mod classifier;
pub mod clusters;
mod columns;
pub mod evaluation;
mod index;
pub mod learning;
mod mask;
mod opposites;
pub mod pairs;
mod parallel;
mod passages;
mod postings;
mod prior;
mod shape;
mod stacker;
mod svm;
mod systems;
mod text;
mod usual;
mod vectors;
mod words;

pub use index::Index;
pub use mask::{Veiled, mask, veil};
pub use model::EntryId;
pub use opposites::contrary;
pub use passages::{Passage, Quote, passages, quote_by_words};
pub use text::says_something;
pub use vectors::cosine;

use std::sync::Arc;

/// What turns a text into a vector that says what it means, of unit length. Equal texts must give
/// equal vectors.
pub trait Encode: Send + Sync {
    fn encode(&self, text: &str) -> Vec<f32>;

    /// The vectors of many texts, in their order.
    fn encode_all(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        parallel::map(texts, |text| self.encode(text))
    }

    /// Another whose vectors rank better, if it has one: then an [`Index`] is built with that one.
    fn tuned(&self) -> Option<Arc<dyn Encode>> {
        None
    }
}

impl Encode for language::Encoder {
    fn encode(&self, text: &str) -> Vec<f32> {
        Self::encode(self, text)
    }

    fn encode_all(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        Self::encode_all(self, texts, parallel::threads())
    }

    fn tuned(&self) -> Option<Arc<dyn Encode>> {
        language::Tuned::embedded().ok().map(|tuned| tuned as Arc<dyn Encode>)
    }
}

impl Encode for language::Tuned {
    fn encode(&self, text: &str) -> Vec<f32> {
        Self::encode(self, text)
    }

    fn encode_all(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        Self::encode_all(self, texts, parallel::threads())
    }
}

/// One entry as the index sees it: all ways to ask it, the question itself first, and its answer
/// (empty where it is unknown) and the passages of an article, which help to find it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub id: EntryId,
    pub phrasings: Vec<String>,
    pub answer: String,
    pub passages: Vec<Passage>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The share of automatic answers that shall be right, between 0.5 and 0.999.
    pub target_precision: f32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { target_precision: 0.95 }
    }
}

/// What the bot may do with a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Band {
    /// The first candidate is right with the precision asked for: say its answer.
    Answer,
    /// One of the candidates is probably right: ask which.
    Clarify,
    /// The base does not know: leave it to a person.
    HandOff,
}

/// From which probability on a band begins. `clarify <= answer`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    pub answer: f32,
    pub clarify: f32,
}

/// The result for one question. `probability` is the first candidate's (0 without candidates).
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    pub band: Band,
    pub probability: f32,
    /// The best first, at most [`CANDIDATES`].
    pub candidates: Vec<Candidate>,
    pub thresholds: Thresholds,
}

/// How many candidates a [`Ranking`] holds at most.
pub const CANDIDATES: usize = 5;

#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub id: EntryId,
    /// That this entry is what the question wants. The candidates' sum is at most 1: the rest is
    /// for other entries and for none.
    pub probability: f32,
    /// Why.
    pub scores: Scores,
}

/// What each system says of a candidate: higher is better; only comparable within a system.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scores {
    /// Common characters and words with the nearest phrasing: 0 to 1.
    pub lexical: f32,
    /// Common sounds with the nearest phrasing, against typing errors: 0 to 1.
    pub pinyin: f32,
    /// Common meaning with the nearest phrasing: -1 to 1. None without an encoder.
    pub encoder: Option<f32>,
    /// Common meaning with the entry's answer: -1 to 1. None without an encoder or answers.
    pub answer: Option<f32>,
    /// The linear classifier's decision, learnt from all phrasings: about -1 (no) to 1 (yes).
    pub classifier: f32,
    /// How many opposites stand against each other (can and cannot, raise and lower): 0 is none.
    pub opposition: f32,
}
