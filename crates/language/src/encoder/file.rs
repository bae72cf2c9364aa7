//! The encoder's file: a header with version and checksum, the vocabulary, the weights.
//!
//! Invariant: whatever the bytes are, reading them gives an encoder or an error that says what is wrong.
//!
//! All numbers are little endian. Header: the magic, the version, the CRC-32 of all that follows, then ten
//! numbers in the order of [`Header`]. Vocabulary, sorted by the pieces' bytes: where each piece ends, its id,
//! its score, then the pieces. Weights: matrices in rows on the grid of [`super::grid`], all else in half precision.

use std::borrow::Cow;

use super::grid;

pub const MAGIC: [u8; 8] = *b"OCTIMENC";
pub const VERSION: u32 = 1;
/// Where the bytes begin that the checksum covers.
pub const CHECKED_FROM: usize = 16;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("this build of OctIM has no sentence encoder inside (cargo feature `embedded-encoder`)")]
    NotIncluded,
    #[error("not an encoder file of OctIM")]
    NotAnEncoder,
    #[error("the encoder file has version {0}, this program reads version {VERSION}")]
    Version(u32),
    #[error("the encoder file is damaged: its checksum does not fit")]
    Checksum,
    #[error("the encoder file is damaged: {0}")]
    Damaged(&'static str),
}

/// The sizes of a model.
#[derive(Clone, Copy, Debug)]
pub struct Header {
    pub vocabulary: usize,
    /// Pieces that a text can be split into: the vocabulary without the marks.
    pub pieces: usize,
    pub width: usize,
    pub layers: usize,
    pub heads: usize,
    pub inner: usize,
    pub positions: usize,
    pub start: u32,
    pub end: u32,
    pub unknown: u32,
}

impl Header {
    fn check(&self) -> Result<(), Error> {
        let ids = [self.start, self.end, self.unknown];
        let fits = (1..=1 << 20).contains(&self.vocabulary)
            && (1..=self.vocabulary).contains(&self.pieces)
            && (1..=1 << 10).contains(&self.layers)
            && (1..=1 << 13).contains(&self.width)
            && (1..=1 << 15).contains(&self.inner)
            && (1..=1 << 13).contains(&self.positions)
            && [self.width, self.inner].iter().all(|size| size.is_multiple_of(grid::GROUP))
            && (1..=self.width / 16).contains(&self.heads)
            && self.width.is_multiple_of(self.heads * 16)
            && ids.iter().all(|id| (*id as usize) < self.vocabulary);
        if fits { Ok(()) } else { Err(Error::Damaged("sizes that do not fit each other")) }
    }
}

pub type Bytes = Cow<'static, [u8]>;

/// The pieces of texts in the order of their bytes.
pub struct Pieces {
    pub ends: Vec<u32>,
    pub ids: Vec<u32>,
    pub scores: Vec<f32>,
    pub text: Bytes,
    pub header: Header,
}

/// A matrix on the grid, row after row, one row for each output, and what is added to the outputs.
pub struct Dense {
    pub rows: Bytes,
    pub inputs: usize,
    pub outputs: usize,
    pub bias: Vec<f32>,
}

/// Factor and addend of a layer normalisation.
pub struct Norm {
    pub factor: Vec<f32>,
    pub addend: Vec<f32>,
}

pub struct Layer {
    pub query: Dense,
    pub key: Dense,
    pub value: Dense,
    pub attention: Dense,
    pub attention_norm: Norm,
    pub inner: Dense,
    pub outer: Dense,
    pub norm: Norm,
}

pub struct Weights {
    pub header: Header,
    pub embeddings: Bytes,
    /// What is added to each place of a text, the type of the text included.
    pub positions: Vec<f32>,
    pub norm: Norm,
    pub layers: Vec<Layer>,
}

/// Reads a whole file. Embedded bytes are borrowed, others copied.
pub fn read(bytes: &Bytes) -> Result<(Pieces, Weights), Error> {
    let mut reader = Reader::open(bytes, MAGIC)?;
    let header = reader.header()?;
    let pieces = reader.pieces(header)?;
    let weights = reader.weights(header)?;
    reader.close()?;
    Ok((pieces, weights))
}

pub struct Reader<'a> {
    bytes: &'a Bytes,
    at: usize,
}

impl<'a> Reader<'a> {
    /// Past magic, version and checksum, if they are right.
    pub fn open(bytes: &'a Bytes, magic: [u8; 8]) -> Result<Self, Error> {
        let mut reader = Self { bytes, at: 0 };
        if reader.take(magic.len()).is_ok_and(|found| found != magic) || bytes.len() < CHECKED_FROM {
            return Err(Error::NotAnEncoder);
        }
        let version = reader.number()?;
        if version != VERSION {
            return Err(Error::Version(version));
        }
        if reader.number()? != crc32fast::hash(&bytes[CHECKED_FROM..]) {
            return Err(Error::Checksum);
        }
        Ok(reader)
    }

    /// Nothing may be left.
    pub fn close(self) -> Result<(), Error> {
        if self.at == self.bytes.len() {
            Ok(())
        } else {
            Err(Error::Damaged("more bytes than its sizes say"))
        }
    }
}

impl Reader<'_> {
    pub fn take(&mut self, length: usize) -> Result<&[u8], Error> {
        let end = self.at.checked_add(length).ok_or(Error::Damaged("it ends too early"))?;
        let taken = self.bytes.get(self.at..end).ok_or(Error::Damaged("it ends too early"))?;
        self.at = end;
        Ok(taken)
    }

    fn section(&mut self, length: usize) -> Result<Bytes, Error> {
        let start = self.at;
        self.take(length)?;
        Ok(match self.bytes {
            Cow::Borrowed(bytes) => Cow::Borrowed(&bytes[start..start + length]),
            Cow::Owned(bytes) => Cow::Owned(bytes[start..start + length].to_vec()),
        })
    }

    pub fn numbers(&mut self, count: usize) -> Result<Vec<u32>, Error> {
        let (words, _) = self.take(count * 4)?.as_chunks();
        Ok(words.iter().map(|word| u32::from_le_bytes(*word)).collect())
    }

    fn number(&mut self) -> Result<u32, Error> {
        Ok(self.numbers(1)?[0])
    }

    pub fn halves(&mut self, count: usize) -> Result<Vec<f32>, Error> {
        let (halves, _) = self.take(count * 2)?.as_chunks();
        Ok(halves.iter().map(|bits| grid::half(u16::from_le_bytes(*bits))).collect())
    }

    fn header(&mut self) -> Result<Header, Error> {
        let numbers = self.numbers(10)?;
        let size = |index: usize| numbers[index] as usize;
        let header = Header {
            vocabulary: size(0),
            pieces: size(1),
            width: size(2),
            layers: size(3),
            heads: size(4),
            inner: size(5),
            positions: size(6),
            start: numbers[7],
            end: numbers[8],
            unknown: numbers[9],
        };
        header.check().map(|()| header)
    }

    fn pieces(&mut self, header: Header) -> Result<Pieces, Error> {
        let ends = self.numbers(header.pieces)?;
        let ids = self.numbers(header.pieces)?;
        let scores = self.numbers(header.pieces)?.into_iter().map(f32::from_bits).collect();
        let text = self.section(ends.last().map_or(0, |end| *end as usize))?;
        Ok(Pieces { ends, ids, scores, text, header })
    }

    fn weights(&mut self, header: Header) -> Result<Weights, Error> {
        let width = header.width;
        let embeddings = self.section(header.vocabulary * grid::row_bytes(width))?;
        let mut positions = self.halves(header.positions * width)?;
        let kind = self.halves(width)?;
        for place in positions.chunks_exact_mut(width) {
            place.iter_mut().zip(&kind).for_each(|(number, kind)| *number += kind);
        }
        let norm = self.norm(width)?;
        let layers = (0..header.layers).map(|_| self.layer(header)).collect::<Result<_, _>>()?;
        Ok(Weights { header, embeddings, positions, norm, layers })
    }

    fn layer(&mut self, header: Header) -> Result<Layer, Error> {
        let (width, inner) = (header.width, header.inner);
        Ok(Layer {
            query: self.dense(width, width)?,
            key: self.dense(width, width)?,
            value: self.dense(width, width)?,
            attention: self.dense(width, width)?,
            attention_norm: self.norm(width)?,
            inner: self.dense(width, inner)?,
            outer: self.dense(inner, width)?,
            norm: self.norm(width)?,
        })
    }

    fn dense(&mut self, inputs: usize, outputs: usize) -> Result<Dense, Error> {
        let rows = self.section(outputs * grid::row_bytes(inputs))?;
        Ok(Dense { rows, inputs, outputs, bias: self.halves(outputs)? })
    }

    pub fn norm(&mut self, width: usize) -> Result<Norm, Error> {
        Ok(Norm { factor: self.halves(width)?, addend: self.halves(width)? })
    }
}
