//! The weights as the forward pass wants them: products in 8 bits, the table of pieces still on its grid.

use super::file::{self, Bytes, Error, Header, Norm, Weights};
use super::grid;
use super::kernel::Packed;

pub struct Layer {
    /// Query, key and value side by side.
    pub heads: Packed,
    pub attention: Packed,
    pub attention_norm: Norm,
    pub inner: Packed,
    pub outer: Packed,
    pub norm: Norm,
}

/// Layers that take a text from the rows before layer `begins`, beside the model's own.
pub struct Tail {
    pub begins: usize,
    pub layers: Vec<Layer>,
    /// Of everyday texts: the model's own vectors, and those of the tail.
    pub mean_of_own: Vec<f32>,
    pub mean: Vec<f32>,
}

pub struct Model {
    pub header: Header,
    /// In an embedded encoder these bytes are the executable's own: only the rows of pieces that occur are ever read.
    embeddings: Bytes,
    pub positions: Vec<f32>,
    pub norm: Norm,
    pub layers: Vec<Layer>,
}

impl Model {
    pub fn new(weights: Weights) -> Result<Self, Error> {
        let Weights { header, embeddings, positions, norm, layers } = weights;
        if header.width != super::DIMENSIONS || header.positions < super::MAX_PIECES {
            return Err(Error::Damaged("a model of another size"));
        }
        let layers = layers.into_iter().map(Layer::from).collect();
        Ok(Self { header, embeddings, positions, norm, layers })
    }

    /// The vector of one piece.
    pub fn embedding(&self, piece: u32, out: &mut [f32]) {
        let length = grid::row_bytes(out.len());
        let start = piece as usize * length;
        grid::read_row(&self.embeddings[start..start + length], out);
    }
}

impl From<file::Layer> for Layer {
    fn from(layer: file::Layer) -> Self {
        Self {
            heads: Packed::new(&[&layer.query, &layer.key, &layer.value]),
            attention: Packed::new(&[&layer.attention]),
            attention_norm: layer.attention_norm,
            inner: Packed::new(&[&layer.inner]),
            outer: Packed::new(&[&layer.outer]),
            norm: layer.norm,
        }
    }
}
