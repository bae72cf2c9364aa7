//! How the vectors of a base lie: the spread that phrasings of one entry have in common. Seen against it,
//! the middle of an entry's phrasings decides better than alone (linear discriminant analysis,
//! drawn to equal spread in all directions because phrasings are few).

use crate::{
    base::Base,
    vectors::{Vectors, product},
};

/// How much of the spread counts as equal in all directions.
const EQUAL: f64 = 0.7;
/// So many phrasings tell the spread well enough.
const ENOUGH: usize = 5_000;
/// Of so many phrasings an entry's own closeness is taken.
const COMPARED: usize = 12;

/// The inverse of the common spread, scaled so that a spread equal in all directions changes nothing.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    width: usize,
    inverse: Vec<f32>,
}

/// An entry's phrasings: their middle, and how close they are.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    /// How long the mean of the phrasings' vectors is: 1 when all are the same.
    pub length: f32,
    /// What the discriminant subtracts.
    pub bias: f32,
    /// The mean nearness of each phrasing to the nearest other one; 0 for a single one.
    pub closeness: f32,
}

impl Shape {
    pub fn of(vectors: &Vectors, of_entry: &[Vec<u32>]) -> Self {
        let width = vectors.width();
        let all: usize = of_entry.iter().filter(|rows| rows.len() > 1).map(Vec::len).sum();
        let step = all.div_ceil(ENOUGH).max(1);
        let mut sum = vec![0_f32; width * width];
        let mut degrees = 0_f64;
        for rows in of_entry.iter().filter(|rows| rows.len() > 1).step_by(step) {
            let mut middle = vec![0_f32; width];
            for row in rows {
                vectors.add(*row as usize, 1.0 / rows.len() as f32, &mut middle);
            }
            for row in rows {
                let mut apart = vectors.get(*row as usize);
                apart.iter_mut().zip(&middle).for_each(|(x, m)| *x -= m);
                for (at, x) in apart.iter().enumerate() {
                    let line = &mut sum[at * width..=at * width + at];
                    line.iter_mut().zip(&apart).for_each(|(sum, y)| *sum += x * y);
                }
            }
            degrees += (rows.len() - 1) as f64;
        }
        let trace: f64 = (0..width).map(|at| f64::from(sum[at * width + at])).sum();
        let mean = trace / width.max(1) as f64;
        if degrees < 1.0 || mean <= 1e-9 {
            return Self { width, inverse: Vec::new() };
        }
        let mut spread: Vec<f64> = sum.iter().map(|x| (1.0 - EQUAL) * f64::from(*x) / mean).collect();
        for at in 0..width {
            spread[at * width + at] += EQUAL;
        }
        Self { width, inverse: inverse(spread, width) }
    }

    /// A vector as the discriminant sees it.
    pub fn seen(&self, vector: &[f32]) -> Vec<f32> {
        if self.inverse.is_empty() {
            return vector.to_vec();
        }
        self.inverse.chunks_exact(self.width).map(|line| product(line, vector)).collect()
    }

    /// `centre` is the phrasings' middle, of unit length.
    pub fn cluster(&self, base: &Base, rows: &[u32], centre: &[f32]) -> Cluster {
        let Some(vectors) = base.vectors().filter(|_| !rows.is_empty()) else { return Cluster::default() };
        let length =
            rows.iter().map(|row| vectors.dot(*row as usize, centre)).sum::<f32>() / rows.len() as f32;
        let bias = 0.5 * length * length * product(centre, &self.seen(centre));
        let step = rows.len().div_ceil(COMPARED);
        let few: Vec<Vec<f32>> = rows.iter().step_by(step).map(|row| vectors.get(*row as usize)).collect();
        let nearest = |at: usize| {
            let others = few.iter().enumerate().filter(|(other, _)| *other != at);
            others.map(|(_, other)| product(&few[at], other)).fold(-1.0, f32::max)
        };
        let closeness = match few.len() {
            0 | 1 => 0.0,
            count => (0..count).map(nearest).sum::<f32>() / count as f32,
        };
        Cluster { length, bias, closeness }
    }
}

/// The inverse of a symmetric positive matrix whose lower half is given, by Cholesky's decomposition.
fn inverse(mut a: Vec<f64>, width: usize) -> Vec<f32> {
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    for i in 0..width {
        for j in 0..=i {
            let sum = dot(&a[i * width..i * width + j], &a[j * width..j * width + j]);
            let value = a[i * width + j] - sum;
            a[i * width + j] = if i == j { value.max(1e-9).sqrt() } else { value / a[j * width + j] };
        }
    }
    // The inverse of the triangle, by columns (stored as lines), then its product with itself.
    let mut columns = vec![0_f64; width * width];
    for column in 0..width {
        for i in column..width {
            let below = dot(
                &a[i * width + column..i * width + i],
                &columns[column * width + column..column * width + i],
            );
            let unit = if i == column { 1.0 } else { 0.0 };
            columns[column * width + i] = (unit - below) / a[i * width + i];
        }
    }
    let mut inverse = vec![0_f32; width * width];
    for i in 0..width {
        for j in 0..=i {
            let value =
                dot(&columns[i * width + i..(i + 1) * width], &columns[j * width + i..(j + 1) * width]);
            inverse[i * width + j] = value as f32;
            inverse[j * width + i] = value as f32;
        }
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::inverse;

    #[test]
    fn a_matrix_times_its_inverse_is_one() {
        let a = [4.0, 0.0, 0.0, 1.0, 3.0, 0.0, 0.5, -1.0, 2.0];
        let full = |i: usize, j: usize| if i >= j { a[i * 3 + j] } else { a[j * 3 + i] };
        let inverse = inverse(a.to_vec(), 3);
        for i in 0..3 {
            for j in 0..3 {
                let sum: f64 = (0..3).map(|k| full(i, k) * f64::from(inverse[k * 3 + j])).sum();
                assert!((sum - if i == j { 1.0 } else { 0.0 }).abs() < 1e-5, "{i} {j} {sum}");
            }
        }
    }
}
