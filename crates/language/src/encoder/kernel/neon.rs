//! The product with NEON, which every 64-bit ARM processor has.
#![expect(unsafe_code, reason = "loads from slices without a check each")]

use std::arch::aarch64::{
    int8x16_t, int32x4_t, vdupq_n_s32, vget_low_s8, vld1q_s8, vmull_high_s8, vmull_s8, vpadalq_s16,
    vpaddq_s16, vreinterpretq_s8_s32, vst1q_s32,
};

use super::Product;
use super::packed::{PANEL, Packed, RUN, in_blocks};

pub struct Neon;

impl Product for Neon {
    fn multiply(weights: &Packed, numbers: &[i8], sums: &mut [i32]) {
        in_blocks::<4>(weights, numbers, sums, |panel, numbers, sums, places| match places {
            4 => neon::<4>(panel, numbers, sums, weights.outputs),
            3 => neon::<3>(panel, numbers, sums, weights.outputs),
            2 => neon::<2>(panel, numbers, sums, weights.outputs),
            _ => neon::<1>(panel, numbers, sums, weights.outputs),
        });
    }
}

/// `numbers` holds `N` places of `panel.len() / PANEL` inputs, `sums` `N` places that begin `stride` apart.
fn neon<const N: usize>(panel: &[i8], numbers: &[i8], sums: &mut [i32], stride: usize) {
    let inputs = panel.len() / PANEL;
    assert!(numbers.len() == N * inputs && sums.len() == (N - 1) * stride + PANEL);
    // SAFETY: NEON is part of the target. `run` is below `inputs / RUN`, so that 64 bytes of the panel and 4 of each
    // place are there; each place has 16 sums.
    unsafe {
        let mut held: [[int32x4_t; 4]; N] = [[vdupq_n_s32(0); 4]; N];
        for run in 0..inputs / RUN {
            let from = panel.as_ptr().add(run * PANEL * RUN);
            let weights: [int8x16_t; 4] =
                [vld1q_s8(from), vld1q_s8(from.add(16)), vld1q_s8(from.add(32)), vld1q_s8(from.add(48))];
            for (place, held) in held.iter_mut().enumerate() {
                let four = numbers.as_ptr().add(place * inputs + run * RUN).cast::<i32>().read_unaligned();
                let four = vreinterpretq_s8_s32(vdupq_n_s32(four));
                for (held, weights) in held.iter_mut().zip(weights) {
                    // Factors are at most 127, so two products fit 16 bits.
                    let low = vmull_s8(vget_low_s8(weights), vget_low_s8(four));
                    let high = vmull_high_s8(weights, four);
                    *held = vpadalq_s16(*held, vpaddq_s16(low, high));
                }
            }
        }
        for (place, held) in held.into_iter().enumerate() {
            let to = sums.as_mut_ptr().add(place * stride);
            for (index, four) in held.into_iter().enumerate() {
                vst1q_s32(to.add(index * 4), four);
            }
        }
    }
}
