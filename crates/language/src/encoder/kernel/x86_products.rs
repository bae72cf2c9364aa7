//! The products in the instructions of x86: SSE2, AVX2, and the 8-bit products of AVX-VNNI and AVX-512 VNNI.
//!
//! Invariant: reads and writes stay within the slices, whose lengths each function checks.
#![expect(unsafe_code, reason = "loads from slices without a check each")]

use std::arch::x86_64::{
    __m128i, __m256i, __m512i, _mm_add_epi32, _mm_loadu_si128, _mm_madd_epi16, _mm_set1_epi32,
    _mm_setzero_si128, _mm_srai_epi16, _mm_storeu_si128, _mm_unpackhi_epi8, _mm_unpacklo_epi8,
    _mm256_abs_epi8, _mm256_add_epi32, _mm256_dpbusd_avx_epi32, _mm256_loadu_si256, _mm256_madd_epi16,
    _mm256_maddubs_epi16, _mm256_set1_epi8, _mm256_set1_epi16, _mm256_set1_epi32, _mm256_setzero_si256,
    _mm256_sign_epi8, _mm256_storeu_si256, _mm256_xor_si256, _mm512_dpbusd_epi32, _mm512_loadu_si512,
    _mm512_set1_epi8, _mm512_set1_epi32, _mm512_storeu_si512, _mm512_xor_si512,
};

use super::packed::{PANEL, RUN};

/// What the instructions for 8-bit products want is one factor without a sign: weights get 128 added, which is taken
/// off again here, before the first product.
fn start(numbers: &[i8]) -> i32 {
    -128 * numbers.iter().map(|number| i32::from(*number)).sum::<i32>()
}

/// `numbers` holds one place of `panel.len() / PANEL` inputs, `sums` its sums. For machines without AVX2.
pub fn sse2(panel: &[i8], numbers: &[i8], sums: &mut [i32]) {
    let inputs = panel.len() / PANEL;
    assert!(numbers.len() == inputs && sums.len() == PANEL);
    // SAFETY: SSE2 is part of the target. `run` is below `inputs / RUN`, so that 64 bytes of the panel and 4 numbers
    // are there.
    unsafe {
        let mut held: [__m128i; 8] = [_mm_setzero_si128(); 8];
        for run in 0..inputs / RUN {
            let four = _mm_set1_epi32(numbers.as_ptr().add(run * RUN).cast::<i32>().read_unaligned());
            let four = _mm_srai_epi16::<8>(_mm_unpacklo_epi8(four, four));
            for (part, held) in held.as_chunks_mut::<2>().0.iter_mut().enumerate() {
                let weights = _mm_loadu_si128(panel.as_ptr().add(run * PANEL * RUN + part * 16).cast());
                let low = _mm_srai_epi16::<8>(_mm_unpacklo_epi8(weights, weights));
                let high = _mm_srai_epi16::<8>(_mm_unpackhi_epi8(weights, weights));
                held[0] = _mm_add_epi32(held[0], _mm_madd_epi16(low, four));
                held[1] = _mm_add_epi32(held[1], _mm_madd_epi16(high, four));
            }
        }
        // Each holds two sums of two outputs.
        for (held, sums) in held.into_iter().zip(sums.as_chunks_mut::<2>().0) {
            let mut four = [0_i32; 4];
            _mm_storeu_si128(four.as_mut_ptr().cast(), held);
            *sums = [four[0] + four[1], four[2] + four[3]];
        }
    }
}

/// `numbers` holds `N` places of `panel.len() / PANEL` inputs, `sums` `N` places that begin `stride` apart.
#[target_feature(enable = "avx2")]
pub fn avx2<const N: usize>(panel: &[i8], numbers: &[i8], sums: &mut [i32], stride: usize) {
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
pub fn avx512_vnni<const N: usize>(panel: &[i8], numbers: &[i8], sums: &mut [i32], stride: usize) {
    let inputs = panel.len() / PANEL;
    assert!(numbers.len() == N * inputs && sums.len() == (N - 1) * stride + PANEL);
    let flip = _mm512_set1_epi8(-128);
    let mut held: [__m512i; N] = [_mm512_set1_epi32(0); N];
    for (held, numbers) in held.iter_mut().zip(numbers.chunks_exact(inputs)) {
        *held = _mm512_set1_epi32(start(numbers));
    }
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

/// A product with 8-bit instructions on 256 bits, which two extensions have under different names.
macro_rules! vnni_256 {
    ($name:ident, $features:literal, $dot:ident) => {
        /// As [`avx2`].
        #[target_feature(enable = $features)]
        pub fn $name<const N: usize>(panel: &[i8], numbers: &[i8], sums: &mut [i32], stride: usize) {
            let inputs = panel.len() / PANEL;
            assert!(numbers.len() == N * inputs && sums.len() == (N - 1) * stride + PANEL);
            let flip = _mm256_set1_epi8(-128);
            let mut held = [[_mm256_setzero_si256(); 2]; N];
            for (held, numbers) in held.iter_mut().zip(numbers.chunks_exact(inputs)) {
                *held = [_mm256_set1_epi32(start(numbers)); 2];
            }
            for run in 0..inputs / RUN {
                // SAFETY: `run` is below `inputs / RUN`: 64 bytes of the panel and 4 of each place are there.
                let weights: [__m256i; 2] = unsafe {
                    let from = panel.as_ptr().add(run * PANEL * RUN);
                    [_mm256_loadu_si256(from.cast()), _mm256_loadu_si256(from.add(32).cast())]
                };
                let weights = [_mm256_xor_si256(weights[0], flip), _mm256_xor_si256(weights[1], flip)];
                for (place, held) in held.iter_mut().enumerate() {
                    // SAFETY: as above.
                    let four = unsafe {
                        numbers.as_ptr().add(place * inputs + run * RUN).cast::<i32>().read_unaligned()
                    };
                    let four = _mm256_set1_epi32(four);
                    held[0] = $dot(held[0], weights[0], four);
                    held[1] = $dot(held[1], weights[1], four);
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
    };
}

vnni_256!(avx_vnni, "avx2,avxvnni", _mm256_dpbusd_avx_epi32);
// So that the tests check the function's logic on machines that have AVX-512 instead.
#[cfg(test)]
vnni_256!(avx_vnni_twin, "avx2,avx512vl,avx512vnni", _mm256_dpbusd_epi32);
#[cfg(test)]
use std::arch::x86_64::_mm256_dpbusd_epi32;
