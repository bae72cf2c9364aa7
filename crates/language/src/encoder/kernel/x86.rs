//! The product with AVX2, and with AVX-512's 8-bit products (VNNI).
//!
//! Invariant: each function checks that the machine has the instructions it is compiled for.
#![expect(
    unsafe_code,
    reason = "instructions that not every machine has, and loads from slices without a check each"
)]

use std::arch::x86_64::{
    __m256i, __m512i, _mm256_abs_epi8, _mm256_add_epi32, _mm256_loadu_si256, _mm256_madd_epi16,
    _mm256_maddubs_epi16, _mm256_set1_epi16, _mm256_set1_epi32, _mm256_setzero_si256, _mm256_sign_epi8,
    _mm256_storeu_si256, _mm512_dpbusd_epi32, _mm512_loadu_si512, _mm512_set1_epi8, _mm512_set1_epi32,
    _mm512_storeu_si512, _mm512_xor_si512,
};

use super::Product;
use super::packed::{PANEL, Packed, RUN, in_blocks};
use crate::encoder::model::Model;

pub fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2")
}

pub fn has_avx512_vnni() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vnni")
        && has_avx2()
}

pub fn forward_avx2(model: &Model, texts: &[&[u32]]) -> Vec<Vec<f32>> {
    #[target_feature(enable = "avx2")]
    fn forward(model: &Model, texts: &[&[u32]]) -> Vec<Vec<f32>> {
        model.forward_with::<Avx2>(texts)
    }
    assert!(has_avx2());
    // SAFETY: the machine has AVX2.
    unsafe { forward(model, texts) }
}

pub fn forward_avx512_vnni(model: &Model, texts: &[&[u32]]) -> Vec<Vec<f32>> {
    #[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
    fn forward(model: &Model, texts: &[&[u32]]) -> Vec<Vec<f32>> {
        model.forward_with::<Avx512Vnni>(texts)
    }
    assert!(has_avx512_vnni());
    // SAFETY: the machine has them.
    unsafe { forward(model, texts) }
}

pub struct Avx2;

impl Product for Avx2 {
    fn multiply(weights: &Packed, numbers: &[i8], sums: &mut [i32]) {
        assert!(has_avx2());
        in_blocks::<4>(weights, numbers, sums, |panel, numbers, sums, places| {
            // SAFETY: the machine has AVX2; `in_blocks` gives whole panels and places.
            unsafe {
                match places {
                    4 => avx2::<4>(panel, numbers, sums, weights.outputs),
                    3 => avx2::<3>(panel, numbers, sums, weights.outputs),
                    2 => avx2::<2>(panel, numbers, sums, weights.outputs),
                    _ => avx2::<1>(panel, numbers, sums, weights.outputs),
                }
            }
        });
    }
}

pub struct Avx512Vnni;

impl Product for Avx512Vnni {
    fn multiply(weights: &Packed, numbers: &[i8], sums: &mut [i32]) {
        assert!(has_avx512_vnni());
        in_blocks::<8>(weights, numbers, sums, |panel, numbers, sums, places| {
            // SAFETY: the machine has the instructions; `in_blocks` gives whole panels and places.
            unsafe {
                match places {
                    8 => avx512_vnni::<8>(panel, numbers, sums, weights.outputs),
                    7 => avx512_vnni::<7>(panel, numbers, sums, weights.outputs),
                    6 => avx512_vnni::<6>(panel, numbers, sums, weights.outputs),
                    5 => avx512_vnni::<5>(panel, numbers, sums, weights.outputs),
                    4 => avx512_vnni::<4>(panel, numbers, sums, weights.outputs),
                    3 => avx512_vnni::<3>(panel, numbers, sums, weights.outputs),
                    2 => avx512_vnni::<2>(panel, numbers, sums, weights.outputs),
                    _ => avx512_vnni::<1>(panel, numbers, sums, weights.outputs),
                }
            }
        });
    }
}

/// `numbers` holds `N` places of `panel.len() / PANEL` inputs, `sums` `N` places that begin `stride` apart.
#[target_feature(enable = "avx2")]
fn avx2<const N: usize>(panel: &[i8], numbers: &[i8], sums: &mut [i32], stride: usize) {
    let inputs = panel.len() / PANEL;
    assert!(numbers.len() == N * inputs && sums.len() == (N - 1) * stride + PANEL);
    let ones = _mm256_set1_epi16(1);
    let mut held = [[_mm256_setzero_si256(); 2]; N];
    for run in 0..inputs / RUN {
        // SAFETY: `run` is below `inputs / RUN`, so that 64 bytes of the panel and 4 of each place are there.
        let weights: [__m256i; 2] = unsafe {
            let from = panel.as_ptr().add(run * PANEL * RUN);
            [_mm256_loadu_si256(from.cast()), _mm256_loadu_si256(from.add(32).cast())]
        };
        let sizes = [_mm256_abs_epi8(weights[0]), _mm256_abs_epi8(weights[1])];
        for (place, held) in held.iter_mut().enumerate() {
            // SAFETY: as above.
            let four =
                unsafe { numbers.as_ptr().add(place * inputs + run * RUN).cast::<i32>().read_unaligned() };
            let four = _mm256_set1_epi32(four);
            for half in 0..2 {
                // |w| · (x with w's sign): no factor is beyond 127, so two products fit 16 bits.
                let signed = _mm256_sign_epi8(four, weights[half]);
                let pairs = _mm256_maddubs_epi16(sizes[half], signed);
                held[half] = _mm256_add_epi32(held[half], _mm256_madd_epi16(pairs, ones));
            }
        }
    }
    for (place, held) in held.into_iter().enumerate() {
        let to = &mut sums[place * stride..place * stride + PANEL];
        // SAFETY: `to` has 16 numbers.
        unsafe {
            _mm256_storeu_si256(to.as_mut_ptr().cast(), held[0]);
            _mm256_storeu_si256(to.as_mut_ptr().add(8).cast(), held[1]);
        }
    }
}

/// As [`avx2`].
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn avx512_vnni<const N: usize>(panel: &[i8], numbers: &[i8], sums: &mut [i32], stride: usize) {
    let inputs = panel.len() / PANEL;
    assert!(numbers.len() == N * inputs && sums.len() == (N - 1) * stride + PANEL);
    // The instruction wants one factor without a sign: weights get 128 added, which is taken off at the start.
    let flip = _mm512_set1_epi8(-128);
    let mut held: [__m512i; N] = std::array::from_fn(|place| {
        let sum: i32 =
            numbers[place * inputs..(place + 1) * inputs].iter().map(|number| i32::from(*number)).sum();
        _mm512_set1_epi32(-128 * sum)
    });
    for run in 0..inputs / RUN {
        // SAFETY: `run` is below `inputs / RUN`, so that 64 bytes of the panel and 4 of each place are there.
        let weights = unsafe { _mm512_loadu_si512(panel.as_ptr().add(run * PANEL * RUN).cast()) };
        let weights = _mm512_xor_si512(weights, flip);
        for (place, held) in held.iter_mut().enumerate() {
            // SAFETY: as above.
            let four =
                unsafe { numbers.as_ptr().add(place * inputs + run * RUN).cast::<i32>().read_unaligned() };
            *held = _mm512_dpbusd_epi32(*held, weights, _mm512_set1_epi32(four));
        }
    }
    for (place, held) in held.into_iter().enumerate() {
        let to = &mut sums[place * stride..place * stride + PANEL];
        // SAFETY: `to` has 16 numbers.
        unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), held) };
    }
}
