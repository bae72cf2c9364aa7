//! The encoder with its tail: the last layers once more, tuned on questions that ask the same. Its vectors rank
//! better than the encoder's own, whose cosines say how alike two texts of any kind are.

use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};

use super::file::Bytes;
use super::model::Tail;
use super::{Encoder, Error, tail};

pub struct Tuned {
    encoder: Arc<Encoder>,
    tail: Tail,
}

impl Tuned {
    /// The one inside the executable. It is unpacked by the first call, and shared afterwards.
    pub fn embedded() -> Result<Arc<Self>, Error> {
        static EMBEDDED: OnceLock<Result<Arc<Tuned>, Error>> = OnceLock::new();
        let make = || Self::new(Encoder::embedded()?, embedded_file()?).map(Arc::new);
        EMBEDDED.get_or_init(make).clone()
    }

    /// An encoder with the tail in the bytes of a file (`tools/tail.py` writes it).
    pub fn new(encoder: Arc<Encoder>, tail: impl Into<Bytes>) -> Result<Self, Error> {
        let header = encoder.model.header;
        let tail = tail::read(&tail.into(), header.layers, header.width)?;
        Ok(Self { encoder, tail })
    }

    /// The vector of one text: [`super::DIMENSIONS`] numbers of unit length, halfway between what the encoder's own
    /// layers and the tail say, each seen from the mean of everyday texts.
    pub fn encode(&self, text: &str) -> Vec<f32> {
        self.encoder.encode_with(Some(&self.tail), text)
    }

    /// The vectors of all texts, in their order; the same as [`Self::encode`] gives for each, sooner.
    pub fn encode_all(&self, texts: &[&str], threads: NonZeroUsize) -> Vec<Vec<f32>> {
        self.encoder.encode_all_with(Some(&self.tail), texts, threads)
    }
}

#[cfg(feature = "embedded-encoder")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature there is no file")]
fn embedded_file() -> Result<&'static [u8], Error> {
    Ok(include_bytes!("../../weights/tail.bin"))
}

#[cfg(not(feature = "embedded-encoder"))]
fn embedded_file() -> Result<&'static [u8], Error> {
    Err(Error::NotIncluded)
}
