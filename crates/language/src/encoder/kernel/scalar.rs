//! The product in plain Rust: for machines without any of the instructions, and as the measure of the others.
#![expect(clippy::inline_always, reason = "it takes on the instructions of its caller")]

use super::Product;
use super::packed::{PANEL, Packed, RUN};

pub struct Scalar;

impl Product for Scalar {
    #[inline(always)]
    fn multiply(weights: &Packed, numbers: &[i8], sums: &mut [i32]) {
        let places = numbers.chunks_exact(weights.inputs).zip(sums.chunks_exact_mut(weights.outputs));
        for (numbers, sums) in places {
            let panels = weights.weights.chunks_exact(PANEL * weights.inputs);
            for (panel, sums) in panels.zip(sums.as_chunks_mut::<PANEL>().0) {
                *sums = product(panel, numbers);
            }
        }
    }
}

fn product(panel: &[i8], numbers: &[i8]) -> [i32; PANEL] {
    let mut sums = [0; PANEL];
    let runs = panel.as_chunks::<{ PANEL * RUN }>().0.iter().zip(numbers.as_chunks::<RUN>().0);
    for (weights, numbers) in runs {
        for (sum, weights) in sums.iter_mut().zip(weights.as_chunks::<RUN>().0) {
            // Two products fit 16 bits, which is what compilers vectorise well.
            let pair = |a: usize, b: usize| {
                i16::from(weights[a]) * i16::from(numbers[a]) + i16::from(weights[b]) * i16::from(numbers[b])
            };
            *sum += i32::from(pair(0, 1)) + i32::from(pair(2, 3));
        }
    }
    sums
}
