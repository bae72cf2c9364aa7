//! What OctIM knows about language: clean text, and texts as vectors whose closeness is likeness of meaning;
//! words, entities, the structure of sentences, and mood.
//!
//! Invariant: no network, no clock, no randomness. The same text gives the same
//! result on every machine; only the Chinese lexer uses the system's exponentials, so a tie could fall differently.

mod analysis;
pub mod emotion;
pub mod encoder;
pub mod entities;
pub mod lexical;
pub mod normalise;
pub mod perceptron;
pub mod products;
pub mod syntax;
#[cfg(feature = "training")]
pub mod training;

pub use analysis::{Analyser, Analysis, Dependency, Grammar, LoadError, SentenceInfo, analyse};
pub use encoder::{Encoder, Tuned};
pub use normalise::normalise;
