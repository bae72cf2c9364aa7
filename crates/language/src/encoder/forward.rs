//! The forward pass: texts as pieces in, unit vectors out.
//!
//! Invariant: each row goes through the same operations in the same order whichever rows are computed with it, so a
//! batch gives what its texts give alone.
#![expect(clippy::inline_always, reason = "it is compiled once for each kernel, for its instructions")]

use super::float;
use super::kernel::{Kernel, Packed, Product};
use super::model::{Layer, Model, Tail};

impl Model {
    /// The vectors of the texts, none of which is empty or longer than the model's positions: the model's own, or
    /// with a tail those that it and the tail give together.
    pub fn forward(&self, tail: Option<&Tail>, texts: &[&[u32]], kernel: Kernel) -> Vec<Vec<f32>> {
        kernel.forward(self, tail, texts)
    }

    // Inlined into a function for each kernel, and thereby compiled for its instructions.
    #[inline(always)]
    pub(super) fn forward_with<P: Product>(&self, tail: Option<&Tail>, texts: &[&[u32]]) -> Vec<Vec<f32>> {
        let mut rows = self.start(texts);
        let mut scratch = Scratch::default();
        let (trunk, own) = self.layers.split_at(tail.map_or(0, |tail| tail.begins));
        for layer in trunk {
            self.layer::<P>(layer, texts, &mut rows, &mut scratch);
        }
        let branch = tail.map(|tail| (tail, rows.clone()));
        for layer in own {
            self.layer::<P>(layer, texts, &mut rows, &mut scratch);
        }
        let mut vectors = self.pool_each(texts, &rows);
        if let Some((tail, mut rows)) = branch {
            for layer in &tail.layers {
                self.layer::<P>(layer, texts, &mut rows, &mut scratch);
            }
            for (vector, tuned) in vectors.iter_mut().zip(&self.pool_each(texts, &rows)) {
                join(vector, &tail.mean_of_own, tuned, &tail.mean);
            }
        }
        vectors
    }

    #[inline(always)]
    fn pool_each(&self, texts: &[&[u32]], rows: &[f32]) -> Vec<Vec<f32>> {
        let mut rest = rows;
        let vectors = texts.iter().map(|text| {
            let (rows, others) = rest.split_at(text.len() * self.header.width);
            rest = others;
            self.pool(rows)
        });
        vectors.collect()
    }

    /// What the pieces and their places mean before any layer.
    #[inline(always)]
    fn start(&self, texts: &[&[u32]]) -> Vec<f32> {
        let width = self.header.width;
        let count: usize = texts.iter().map(|text| text.len()).sum();
        let mut rows = vec![0.0; count * width];
        let places = texts.iter().flat_map(|text| text.iter().zip(self.positions.chunks_exact(width)));
        for (row, (piece, position)) in rows.chunks_exact_mut(width).zip(places) {
            self.embedding(*piece, row);
            float::add_share(row, position, 1.0);
            float::normalise(row, &self.norm.factor, &self.norm.addend);
        }
        rows
    }

    #[inline(always)]
    fn layer<P: Product>(&self, layer: &Layer, texts: &[&[u32]], rows: &mut [f32], scratch: &mut Scratch) {
        let width = self.header.width;
        let mut heads = std::mem::take(&mut scratch.heads);
        let mut mixed = std::mem::take(&mut scratch.mixed);
        let mut added = std::mem::take(&mut scratch.added);
        let mut inner = std::mem::take(&mut scratch.inner);

        scratch.product::<P>(&layer.heads, rows, &mut heads);
        mixed.clear();
        mixed.resize(rows.len(), 0.0);
        let mut at = 0;
        for text in texts {
            let (from, to) = (at * width, (at + text.len()) * width);
            self.attend(&heads[from * 3..to * 3], &mut mixed[from..to], &mut scratch.attention);
            at += text.len();
        }
        scratch.product::<P>(&layer.attention, &mixed, &mut added);
        add(rows, &added, width, &layer.attention_norm.factor, &layer.attention_norm.addend);
        scratch.product::<P>(&layer.inner, rows, &mut inner);
        float::gelu(&mut inner);
        scratch.product::<P>(&layer.outer, &inner, &mut added);
        add(rows, &added, width, &layer.norm.factor, &layer.norm.addend);

        (scratch.heads, scratch.mixed, scratch.added, scratch.inner) = (heads, mixed, added, inner);
    }

    /// Each place takes from the values of all places of its text, the more the better its query fits their keys.
    #[inline(always)]
    fn attend(&self, rows: &[f32], mixed: &mut [f32], scratch: &mut Attention) {
        let width = self.header.width;
        let size = width / self.header.heads;
        let factor = 1.0 / (size as f32).sqrt();
        let places = rows.len() / (3 * width);
        scratch.scores.clear();
        scratch.scores.resize(places, 0.0);
        scratch.keys.clear();
        scratch.keys.resize(size * places, 0.0);
        let part = |place: usize, kind: usize, head: usize| {
            let start = place * 3 * width + kind * width + head * size;
            &rows[start..start + size]
        };
        for head in 0..self.header.heads {
            // Keys on their side: all places together for each number of the query.
            for place in 0..places {
                for (index, number) in part(place, 1, head).iter().enumerate() {
                    scratch.keys[index * places + place] = *number;
                }
            }
            for place in 0..places {
                scratch.scores.fill(0.0);
                for (number, keys) in part(place, 0, head).iter().zip(scratch.keys.chunks_exact(places)) {
                    float::add_share(&mut scratch.scores, keys, *number);
                }
                float::shares(&mut scratch.scores, factor);
                let start = place * width + head * size;
                let to = &mut mixed[start..start + size];
                for (other, share) in scratch.scores.iter().enumerate() {
                    float::add_share(to, part(other, 2, head), *share);
                }
            }
        }
    }

    /// The mean of a text's rows, made to unit length.
    #[inline(always)]
    fn pool(&self, rows: &[f32]) -> Vec<f32> {
        let mut mean = vec![0.0; self.header.width];
        for row in rows.chunks_exact(self.header.width) {
            float::add_share(&mut mean, row, 1.0);
        }
        to_unit_length(&mut mean);
        mean
    }
}

#[inline(always)]
fn to_unit_length(vector: &mut [f32]) {
    let length = float::dot(vector, vector).sqrt();
    if length > 0.0 {
        for number in vector {
            *number /= length;
        }
    }
}

/// The direction between two vectors, each seen from the mean of its kind.
#[inline(always)]
fn join(own: &mut [f32], mean_of_own: &[f32], tuned: &[f32], mean: &[f32]) {
    let mut tuned = tuned.to_vec();
    float::add_share(&mut tuned, mean, -1.0);
    to_unit_length(&mut tuned);
    float::add_share(own, mean_of_own, -1.0);
    to_unit_length(own);
    float::add_share(own, &tuned, 1.0);
    to_unit_length(own);
}

#[inline(always)]
fn add(rows: &mut [f32], added: &[f32], width: usize, factor: &[f32], addend: &[f32]) {
    for (row, added) in rows.chunks_exact_mut(width).zip(added.chunks_exact(width)) {
        float::add_share(row, added, 1.0);
        float::normalise(row, factor, addend);
    }
}

/// Memory that the layers use one after another.
#[derive(Default)]
struct Scratch {
    numbers: Vec<i8>,
    scales: Vec<f32>,
    sums: Vec<i32>,
    heads: Vec<f32>,
    mixed: Vec<f32>,
    added: Vec<f32>,
    inner: Vec<f32>,
    attention: Attention,
}

#[derive(Default)]
struct Attention {
    keys: Vec<f32>,
    scores: Vec<f32>,
}

impl Scratch {
    /// `out` becomes rows × weights + bias: rows rounded to 8 bits with a scale each, summed in integers.
    #[inline(always)]
    fn product<P: Product>(&mut self, weights: &Packed, rows: &[f32], out: &mut Vec<f32>) {
        let count = rows.len() / weights.inputs;
        self.numbers.resize(rows.len(), 0);
        self.sums.resize(count * weights.outputs, 0);
        self.scales.clear();
        for (row, numbers) in
            rows.chunks_exact(weights.inputs).zip(self.numbers.chunks_exact_mut(weights.inputs))
        {
            self.scales.push(float::quantise(row, numbers));
        }
        P::multiply(weights, &self.numbers, &mut self.sums);
        out.resize(self.sums.len(), 0.0);
        let rows = self.sums.chunks_exact(weights.outputs).zip(out.chunks_exact_mut(weights.outputs));
        for ((sums, out), row_scale) in rows.zip(&self.scales) {
            let outputs = out.iter_mut().zip(sums).zip(&weights.scale).zip(&weights.bias);
            for (((out, sum), scale), bias) in outputs {
                *out = *sum as f32 * *row_scale * *scale + *bias;
            }
        }
    }
}
