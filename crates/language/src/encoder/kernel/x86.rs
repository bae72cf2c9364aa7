//! Which products this machine can run, and the forward pass compiled for each.
//!
//! Invariant: nothing is called whose instructions were not found in the machine just before.
#![expect(unsafe_code, reason = "functions compiled for instructions that not every machine has")]

use super::Product;
use super::packed::{Packed, in_blocks};
use super::x86_products as products;
use crate::encoder::model::{Model, Tail};

pub fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2")
}

pub fn has_avx_vnni() -> bool {
    has_avx2() && is_x86_feature_detected!("avxvnni")
}

pub fn has_avx512_vnni() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vnni")
        && has_avx2()
}

/// A forward pass, all of it compiled for some instructions.
macro_rules! forward {
    ($name:ident, $has:ident, $features:literal, $product:ty) => {
        pub fn $name(model: &Model, tail: Option<&Tail>, texts: &[&[u32]]) -> Vec<Vec<f32>> {
            #[target_feature(enable = $features)]
            fn forward(model: &Model, tail: Option<&Tail>, texts: &[&[u32]]) -> Vec<Vec<f32>> {
                model.forward_with::<$product>(tail, texts)
            }
            assert!($has());
            // SAFETY: the machine has the instructions.
            unsafe { forward(model, tail, texts) }
        }
    };
}

forward!(forward_avx2, has_avx2, "avx2", Avx2);
forward!(forward_avx_vnni, has_avx_vnni, "avx2", AvxVnni);
forward!(forward_avx512_vnni, has_avx512_vnni, "avx2,avx512f,avx512bw,avx512vl", Avx512Vnni);

/// A product that computes up to so many places at once.
macro_rules! product {
    ($name:ident, $has:ident, $most:literal, $function:ident: $($count:literal)*) => {
        pub struct $name;

        impl Product for $name {
            fn multiply(weights: &Packed, numbers: &[i8], sums: &mut [i32]) {
                assert!($has());
                in_blocks::<$most>(weights, numbers, sums, |panel, numbers, sums, places| match places {
                    // SAFETY: the machine has the instructions.
                    $($count => unsafe { products::$function::<$count>(panel, numbers, sums, weights.outputs) },)*
                    _ => unreachable!("blocks have at most {} places", $most),
                });
            }
        }
    };
}

product!(Avx2, has_avx2, 4, avx2: 1 2 3 4);
product!(AvxVnni, has_avx_vnni, 6, avx_vnni: 1 2 3 4 5 6);
product!(Avx512Vnni, has_avx512_vnni, 8, avx512_vnni: 1 2 3 4 5 6 7 8);

pub struct Sse2;

impl Product for Sse2 {
    fn multiply(weights: &Packed, numbers: &[i8], sums: &mut [i32]) {
        in_blocks::<1>(weights, numbers, sums, |panel, numbers, sums, _| {
            products::sse2(panel, numbers, sums);
        });
    }
}
