//! The parts that are not integers: each in a fixed order of operations, so that every machine rounds alike.
//!
//! Invariant: only `+ − × ÷ √` and bit patterns, which are exact to the last bit everywhere; no function of the
//! system's mathematics library. Sums run in 16 lanes, which compilers turn into vector instructions.
#![expect(
    clippy::inline_always,
    reason = "they take on the instructions of the kernel that they are inlined into"
)]

const LANES: usize = 16;

/// Added to and taken from a number, it leaves the nearest whole one (ties to even).
pub const ROUND: f32 = 12_582_912.0;

#[inline(always)]
fn fold(lanes: [f32; LANES]) -> f32 {
    let mut lanes = lanes;
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] += lanes[lane + width];
        }
        width /= 2;
    }
    lanes[0]
}

/// The sum of what `term` makes of each number.
#[inline(always)]
fn sum(numbers: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let (groups, rest) = numbers.as_chunks::<LANES>();
    for group in groups {
        for (lane, number) in lanes.iter_mut().zip(group) {
            *lane += term(*number);
        }
    }
    for (lane, number) in lanes.iter_mut().zip(rest) {
        *lane += term(*number);
    }
    fold(lanes)
}

/// The largest of what `term` makes of each number.
#[inline(always)]
fn largest(numbers: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let larger = |lane: f32, number: f32| if number > lane { number } else { lane };
    let mut lanes = [f32::MIN; LANES];
    let (groups, rest) = numbers.as_chunks::<LANES>();
    for group in groups {
        for (lane, number) in lanes.iter_mut().zip(group) {
            *lane = larger(*lane, term(*number));
        }
    }
    for (lane, number) in lanes.iter_mut().zip(rest) {
        *lane = larger(*lane, term(*number));
    }
    lanes.into_iter().fold(f32::MIN, larger)
}

/// The dot product; lengths are multiples of [`LANES`].
#[inline(always)]
pub fn dot(left: &[f32], right: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    for (left, right) in left.as_chunks::<LANES>().0.iter().zip(right.as_chunks::<LANES>().0) {
        for lane in 0..LANES {
            lanes[lane] += left[lane] * right[lane];
        }
    }
    fold(lanes)
}

/// Makes the numbers' mean 0 and their variance 1, then scales and moves them.
#[inline(always)]
pub fn normalise(numbers: &mut [f32], factor: &[f32], addend: &[f32]) {
    let count = numbers.len() as f32;
    let mean = sum(numbers, |number| number) / count;
    let variance = sum(numbers, |number| (number - mean) * (number - mean)) / count;
    let inverse = 1.0 / (variance + 1e-12).sqrt();
    for ((number, factor), addend) in numbers.iter_mut().zip(factor).zip(addend) {
        *number = (*number - mean) * inverse * factor + addend;
    }
}

/// Rounds the numbers to −127…127 times the scale that is returned.
#[inline(always)]
pub fn quantise(numbers: &[f32], out: &mut [i8]) -> f32 {
    let most = largest(numbers, f32::abs);
    let scale = if most > 0.0 { most / 127.0 } else { 1.0 };
    let inverse = 1.0 / scale;
    for (out, number) in out.iter_mut().zip(numbers) {
        // The low bits of the sum are the whole number itself.
        *out = (number * inverse + ROUND).to_bits() as i8;
    }
    scale
}

/// e to the power of `x`, within 2 units in the last place; `x` from −87 to 88, what is beyond counts as that.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    let x = if x < -87.0 { -87.0 } else { x };
    let x = if x > 88.0 { 88.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    // ln 2 in two parts, so that the rest is exact.
    let rest = x - whole * 0.693_359_4 - whole * -2.121_944_4e-4;
    let series = ((((1.987_569_1e-4 * rest + 1.398_199_9e-3) * rest + 8.333_452e-3) * rest + 4.166_579_6e-2)
        * rest
        + 1.666_666_5e-1)
        * rest
        + 0.5;
    let value = series * (rest * rest) + rest + 1.0;
    // 2 to the power of `whole`: the low bits of the shifted number, moved to where the exponent is.
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    value * power
}

/// Softmax: from scores times a factor to shares of one.
#[inline(always)]
pub fn shares(scores: &mut [f32], factor: f32) {
    let most = largest(scores, |score| score);
    for score in scores.iter_mut() {
        *score = exp((*score - most) * factor);
    }
    let inverse = 1.0 / sum(scores, |share| share);
    for score in scores.iter_mut() {
        *score *= inverse;
    }
}

/// x · Φ(x), with the error function of Abramowitz and Stegun 7.1.26 (error below 1.5e-7).
#[inline(always)]
pub fn gelu(numbers: &mut [f32]) {
    for number in numbers {
        let x = *number;
        let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
        let t = 1.0 / (1.0 + 0.327_591_1 * z);
        let series =
            ((((1.061_405_4 * t - 1.453_152_1) * t + 1.421_413_8) * t - 0.284_496_74) * t + 0.254_829_6) * t;
        let error = (1.0 - series * exp(-z * z)).copysign(x);
        *number = 0.5 * x * (1.0 + error);
    }
}

/// Adds `numbers` times `share` to `to`.
#[inline(always)]
pub fn add_share(to: &mut [f32], numbers: &[f32], share: f32) {
    for (to, number) in to.iter_mut().zip(numbers) {
        *to += share * number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_is_right_over_its_range() {
        let mut x = -87.0_f32;
        while x < 88.0 {
            let right = f64::from(x).exp();
            let error = (f64::from(exp(x)) - right).abs() / right;
            assert!(error < 3e-7, "{x}: {error}");
            x += 0.013;
        }
        assert!(exp(-1e9) < 2e-38 && exp(f32::NEG_INFINITY) < 2e-38);
        assert_eq!(exp(0.0).to_bits(), 1.0_f32.to_bits());
    }

    #[test]
    fn gelu_is_x_times_its_share_of_the_normal_distribution() {
        // Values of the definition, computed with 64 bits.
        let known = [
            (-6.0, -5.919_526e-9),
            (-3.0, -0.004_049_694),
            (-1.0, -0.158_655_25),
            (0.0, 0.0),
            (0.5, 0.345_731_23),
            (1.0, 0.841_344_8),
            (3.0, 2.995_950_3),
            (6.0, 6.0),
        ];
        for (x, right) in known {
            let mut numbers = [x];
            gelu(&mut numbers);
            assert!((numbers[0] - right).abs() < 1e-6, "{x}: {}", numbers[0]);
        }
    }

    #[test]
    fn shares_sum_to_one_and_grow_with_the_score() {
        for count in [1, 2, 15, 16, 17, 40] {
            let mut scores: Vec<f32> = (0..count).map(|index| index as f32 * 3.0 - 50.0).collect();
            shares(&mut scores, 0.5);
            assert!((scores.iter().sum::<f32>() - 1.0).abs() < 1e-6, "{count}");
            assert!(scores.is_sorted());
        }
    }

    #[test]
    fn quantised_numbers_are_nearest_and_within_127() {
        let numbers: Vec<f32> = (0..37).map(|index| (index as f32 - 20.0) * 0.37).collect();
        let mut out = vec![0; numbers.len()];
        let scale = quantise(&numbers, &mut out);
        for (number, out) in numbers.iter().zip(&out) {
            assert!((f32::from(*out) * scale - number).abs() <= scale * 0.501);
            assert!(*out >= -127);
        }
        assert_eq!(quantise(&[0.0; 3], &mut [1, 1, 1]).to_bits(), 1.0_f32.to_bits());
    }

    #[test]
    fn normalised_numbers_have_mean_zero_and_variance_one() {
        let mut numbers: Vec<f32> = (0..32).map(|index| index as f32).collect();
        normalise(&mut numbers, &[1.0; 32], &[0.0; 32]);
        assert!(numbers.iter().sum::<f32>().abs() < 1e-4);
        assert!((dot(&numbers, &numbers) / 32.0 - 1.0).abs() < 1e-5);
    }
}
