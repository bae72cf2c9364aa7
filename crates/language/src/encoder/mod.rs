//! The sentence encoder: multilingual-e5-small with weights on a 4-bit grid, computed in 8-bit integers.
//!
//! Invariant: a text's vector depends on the text and the weights only. It is bit for bit the same with every
//! kernel, alone and in a batch, whatever the number of threads.

mod batch;
pub mod file;
mod float;
mod forward;
pub mod grid;
pub mod kernel;
mod model;
mod tail;
pub mod tokenizer;
mod tuned;
mod words;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

pub use file::Error;
pub use kernel::Kernel;
pub use tuned::Tuned;
pub use words::Words;

use model::Model;
use tokenizer::Tokenizer;

/// The model was trained with this before each question; without it vectors are worse.
const PREFIX: &str = "query: ";

/// Longer texts are cut to this many pieces (some 350 Chinese characters or 180 English words), the mark at
/// either end included. The model could take 512, but time grows faster than length, and texts come from visitors.
pub const MAX_PIECES: usize = 256;

/// A text's numbers: unit length, so that the dot product of two is their cosine.
pub const DIMENSIONS: usize = 384;

pub struct Encoder {
    tokenizer: Tokenizer,
    model: Model,
    kernel: Kernel,
}

impl Encoder {
    /// The encoder inside the executable. It is unpacked by the first call, and shared afterwards.
    pub fn embedded() -> Result<Arc<Self>, Error> {
        static EMBEDDED: OnceLock<Result<Arc<Encoder>, Error>> = OnceLock::new();
        EMBEDDED.get_or_init(|| Self::from_bytes(embedded_file()?).map(Arc::new)).clone()
    }

    /// An encoder from the bytes of a file in this crate's own format (`examples/convert.rs` writes it).
    pub fn from_bytes(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Self, Error> {
        let (pieces, weights) = file::read(&bytes.into())?;
        Ok(Self { tokenizer: Tokenizer::new(pieces)?, model: Model::new(weights)?, kernel: Kernel::best() })
    }

    /// The same encoder with another kernel, which must be one that this machine has.
    #[must_use]
    pub fn with_kernel(self, kernel: Kernel) -> Option<Self> {
        kernel.available().then_some(Self { kernel, ..self })
    }

    pub fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// The vector of one text: [`DIMENSIONS`] numbers of unit length. An empty text has one too.
    pub fn encode(&self, text: &str) -> Vec<f32> {
        self.encode_with(None, text)
    }

    fn encode_with(&self, tail: Option<&model::Tail>, text: &str) -> Vec<f32> {
        let pieces = self.pieces(text);
        self.model.forward(tail, &[&pieces], self.kernel).pop().unwrap_or_default()
    }

    /// The pieces that the model sees for a text, with the prefix and the marks at either end.
    pub fn pieces(&self, text: &str) -> Vec<u32> {
        self.tokenizer.pieces(&format!("{PREFIX}{text}"), MAX_PIECES)
    }
}

#[cfg(feature = "embedded-encoder")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature there is no file")]
fn embedded_file() -> Result<&'static [u8], Error> {
    Ok(include_bytes!("../../weights/encoder.bin"))
}

#[cfg(not(feature = "embedded-encoder"))]
fn embedded_file() -> Result<&'static [u8], Error> {
    Err(Error::NotIncluded)
}
