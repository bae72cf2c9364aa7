//! What OctIM knows about language: clean text, and texts as vectors whose closeness is likeness of meaning.
//!
//! Invariant: no network, no clock, no randomness. The same text gives the same result on every machine.

pub mod encoder;
pub mod normalise;

pub use encoder::Encoder;
pub use normalise::normalise;
