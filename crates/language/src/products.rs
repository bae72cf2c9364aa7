//! Products of vectors, compiled a second time for wide instructions, which run where the machine has
//! them. Invariant: it is the same code in the same order, so results are equal everywhere, bit for bit.
#![expect(unsafe_code, reason = "functions compiled for instructions that not every machine has")]

macro_rules! wide {
    ($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)? $body:block) => {
        $(#[$doc])*
        pub fn $name($($argument: $type),*) $(-> $result)? {
            #[inline(always)]
            fn plain($($argument: $type),*) $(-> $result)? $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn wide($($argument: $type),*) $(-> $result)? {
                    plain($($argument),*)
                }
                if is_x86_feature_detected!("avx2") {
                    // SAFETY: the machine has the instructions.
                    return unsafe { wide($($argument),*) };
                }
            }
            plain($($argument),*)
        }
    };
}

wide! {
    /// The sum of the products of two vectors of bytes, exactly.
    of_bytes(a: &[i8], b: &[i8]) -> i32 {
        a.iter().zip(b).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum()
    }
}

wide! {
    /// The sum of the products of a vector of bytes and one of numbers.
    with_bytes(bytes: &[i8], numbers: &[f32]) -> f32 {
        let mut sums = [0_f32; 16];
        let (wide_bytes, wide_numbers) = (bytes.chunks_exact(16), numbers.chunks_exact(16));
        let rest = wide_bytes.remainder().iter().zip(wide_numbers.remainder());
        let rest: f32 = rest.map(|(byte, number)| f32::from(*byte) * number).sum();
        for (bytes, numbers) in wide_bytes.zip(wide_numbers) {
            for lane in 0..16 {
                sums[lane] += f32::from(bytes[lane]) * numbers[lane];
            }
        }
        sums.iter().sum::<f32>() + rest
    }
}

wide! {
    /// Adds a vector of bytes, scaled, to one of numbers.
    add_bytes(bytes: &[i8], scale: f32, numbers: &mut [f32]) {
        for (number, byte) in numbers.iter_mut().zip(bytes) {
            *number += scale * f32::from(*byte);
        }
    }
}

wide! {
    /// Adds vectors that stand one after another, each scaled, to one of numbers.
    add_scaled(vectors: &[f32], scales: &[f32], numbers: &mut [f32]) {
        let width = numbers.len().max(1);
        let (fours, scales_of_fours) = (vectors.chunks_exact(4 * width), scales.chunks_exact(4));
        let rest = fours.remainder().chunks_exact(width).zip(scales_of_fours.remainder());
        for (four, scale) in fours.zip(scales_of_fours) {
            let (first, others) = four.split_at(width);
            let (second, others) = others.split_at(width);
            let (third, fourth) = others.split_at(width);
            let parts = first.iter().zip(second).zip(third.iter().zip(fourth));
            for (number, ((a, b), (c, d))) in numbers.iter_mut().zip(parts) {
                *number += (a * scale[0] + b * scale[1]) + (c * scale[2] + d * scale[3]);
            }
        }
        for (vector, scale) in rest {
            for (number, x) in numbers.iter_mut().zip(vector) {
                *number += x * scale;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{add_bytes, add_scaled, of_bytes, with_bytes};

    #[test]
    fn vectors_are_added_by_their_scales() {
        for (count, width) in [(0, 3), (1, 3), (4, 17), (7, 9), (9, 1)] {
            let vectors: Vec<f32> = (0..count * width).map(|at| (at % 13) as f32 - 6.0).collect();
            let scales: Vec<f32> = (0..count).map(|at| at as f32 - 2.0).collect();
            let mut sum = vec![1.0; width];
            add_scaled(&vectors, &scales, &mut sum);
            for at in 0..width {
                let exact: f32 = (0..count).map(|row| vectors[row * width + at] * scales[row]).sum();
                assert_eq!(sum[at].to_bits(), (1.0 + exact).to_bits(), "{count} {width}");
            }
        }
    }

    #[test]
    fn products_of_every_length_are_those_of_one_by_one() {
        let bytes = |step: usize| (0..400).map(|at| (at * step % 255) as u8 as i8).collect::<Vec<i8>>();
        let (a, b) = (bytes(37), bytes(91));
        for length in [0, 1, 15, 16, 17, 384, 400] {
            let (a, b) = (&a[..length], &b[..length]);
            let exact: i32 = (0..length).map(|at| i32::from(a[at]) * i32::from(b[at])).sum();
            let numbers: Vec<f32> = b.iter().map(|byte| f32::from(*byte)).collect();
            assert_eq!(of_bytes(a, b), exact);
            assert_eq!(with_bytes(a, &numbers).to_bits(), (exact as f32).to_bits());
            let mut sum = numbers.clone();
            add_bytes(a, 0.5, &mut sum);
            for at in 0..length {
                assert_eq!(sum[at].to_bits(), (numbers[at] + 0.5 * f32::from(a[at])).to_bits());
            }
        }
    }
}
