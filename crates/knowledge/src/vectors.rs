//! Meaning vectors of phrasings, one byte a dimension. All are taken relative to the mean of
//! everyday texts of the same encoder, because an encoder's vectors share a large common part.

use language::products;

#[derive(Clone, Debug, Default)]
pub struct Vectors {
    width: usize,
    bytes: Vec<i8>,
    scales: Vec<f32>,
}

/// A vector whose length is 1, or 0 when there is nothing in it.
pub fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 1e-9 && length.is_finite() {
        for x in &mut vector {
            *x /= length;
        }
    } else {
        vector.fill(0.0);
    }
    vector
}

/// `vector` seen from `mean`. A vector of another width says nothing.
pub fn centred(vector: Vec<f32>, mean: &[f32]) -> Vec<f32> {
    if vector.len() != mean.len() {
        return vec![0.0; mean.len()];
    }
    unit(vector.iter().zip(mean).map(|(x, m)| x - m).collect())
}

/// The sum of the products of two vectors.
pub fn product(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0_f32; 16];
    let (wide_a, wide_b) = (a.chunks_exact(16), b.chunks_exact(16));
    let rest: f32 = wide_a.remainder().iter().zip(wide_b.remainder()).map(|(x, y)| x * y).sum();
    for (a, b) in wide_a.zip(wide_b) {
        for lane in 0..16 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// How alike two vectors are, whatever their length; 0 where one is empty.
pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    product(&unit(a.to_vec()), &unit(b.to_vec()))
}

/// A question's vector in bytes.
pub struct Probe {
    bytes: Vec<i8>,
    scale: f32,
}

fn quantise(vector: &[f32], bytes: &mut Vec<i8>) -> f32 {
    let most = vector.iter().fold(0_f32, |most, x| most.max(x.abs())).max(1e-9);
    bytes.extend(vector.iter().map(|x| (x * 127.0 / most).round() as i8));
    most / 127.0
}

impl Probe {
    pub fn new(vector: &[f32]) -> Self {
        let mut bytes = Vec::with_capacity(vector.len());
        let scale = quantise(vector, &mut bytes);
        Self { bytes, scale }
    }
}

impl Vectors {
    pub fn new(width: usize) -> Self {
        Self { width, ..Self::default() }
    }

    pub const fn width(&self) -> usize {
        self.width
    }

    pub fn push(&mut self, vector: &[f32]) {
        let scale = quantise(vector, &mut self.bytes);
        self.scales.push(scale);
    }

    pub fn push_from(&mut self, other: &Self, row: usize) {
        self.bytes.extend_from_slice(other.row(row));
        self.scales.push(other.scales[row]);
    }

    /// Makes room for so many rows; new ones are empty.
    pub fn resize(&mut self, rows: usize) {
        self.bytes.resize(rows * self.width, 0);
        self.scales.resize(rows, 0.0);
    }

    /// Replaces a row.
    pub fn set(&mut self, row: usize, vector: &[f32]) {
        let mut bytes = Vec::with_capacity(self.width);
        self.scales[row] = quantise(vector, &mut bytes);
        bytes.resize(self.width, 0);
        self.bytes[row * self.width..(row + 1) * self.width].copy_from_slice(&bytes);
    }

    /// The sum of the products of two rows.
    pub fn between(&self, a: usize, b: usize) -> f32 {
        products::of_bytes(self.row(a), self.row(b)) as f32 * self.scales[a] * self.scales[b]
    }

    pub const fn len(&self) -> usize {
        self.scales.len()
    }

    fn row(&self, row: usize) -> &[i8] {
        &self.bytes[row * self.width..(row + 1) * self.width]
    }

    pub fn get(&self, row: usize) -> Vec<f32> {
        self.row(row).iter().map(|byte| f32::from(*byte) * self.scales[row]).collect()
    }

    /// The sum of the products with a question's vector: their cosine where both have unit length.
    pub fn cosine(&self, row: usize, probe: &Probe) -> f32 {
        products::of_bytes(self.row(row), &probe.bytes) as f32 * self.scales[row] * probe.scale
    }

    pub fn dot(&self, row: usize, weights: &[f32]) -> f32 {
        products::with_bytes(self.row(row), &weights[..self.width]) * self.scales[row]
    }

    pub fn add(&self, row: usize, scale: f32, to: &mut [f32]) {
        products::add_bytes(self.row(row), scale * self.scales[row], to);
    }
}

#[cfg(test)]
mod tests {
    use super::{Probe, Vectors, centred, unit};

    #[test]
    fn bytes_keep_the_cosine() {
        let wave = |step: f32| unit((0..384).map(|at| (at as f32 * step).sin()).collect());
        let (a, b) = (wave(0.1), wave(0.11));
        let mut vectors = Vectors::new(384);
        vectors.push(&a);
        let exact: f32 = a.iter().zip(&b).map(|(x, y)| x * y).sum();
        assert!((vectors.cosine(0, &Probe::new(&b)) - exact).abs() < 0.01);
        assert!((vectors.dot(0, &b) - exact).abs() < 0.01);
    }

    #[test]
    fn broken_vectors_count_as_empty() {
        assert_eq!(unit(vec![f32::NAN, 1.0]), [0.0, 0.0]);
        assert_eq!(centred(vec![1.0], &[0.5, 0.5]), [0.0, 0.0]);
    }
}
