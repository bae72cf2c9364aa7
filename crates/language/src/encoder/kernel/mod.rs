//! The integer matrix product, for each kind of processor, and the choice between them at run time.
//!
//! Invariant: every kernel gives the same sums, so that a vector does not depend on the machine.

#[cfg(target_arch = "aarch64")]
mod neon;
mod packed;
mod scalar;
#[cfg(target_arch = "x86_64")]
mod x86;
#[cfg(target_arch = "x86_64")]
mod x86_products;

pub use packed::{PANEL, Packed};

use super::model::{Model, Tail};

/// What computes the products. A `Kernel` that the machine lacks panics when it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    Scalar,
    /// What every 64-bit x86 processor has.
    Sse2,
    Avx2,
    /// AVX2 with instructions for 8-bit products.
    AvxVnni,
    /// AVX-512 with its instructions for 8-bit products.
    Avx512Vnni,
    /// What every 64-bit ARM processor has.
    Neon,
}

impl Kernel {
    pub const ALL: [Self; 6] =
        [Self::Avx512Vnni, Self::AvxVnni, Self::Avx2, Self::Neon, Self::Sse2, Self::Scalar];

    /// The fastest that this machine has.
    pub fn best() -> Self {
        Self::ALL.into_iter().find(|kernel| kernel.available()).unwrap_or(Self::Scalar)
    }

    pub fn available(self) -> bool {
        match self {
            Self::Scalar => true,
            #[cfg(target_arch = "x86_64")]
            Self::Sse2 => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => x86::has_avx2(),
            #[cfg(target_arch = "x86_64")]
            Self::AvxVnni => x86::has_avx_vnni(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni => x86::has_avx512_vnni(),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => true,
            _ => false,
        }
    }

    /// `sums[t · outputs + o]` = the sum over `i` of `numbers[t · inputs + i]` × the weight from `i` to `o`.
    pub fn multiply(self, weights: &Packed, numbers: &[i8], sums: &mut [i32]) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Sse2 => x86::Sse2::multiply(weights, numbers, sums),
            #[cfg(target_arch = "x86_64")]
            Self::AvxVnni => x86::AvxVnni::multiply(weights, numbers, sums),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => x86::Avx2::multiply(weights, numbers, sums),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni => x86::Avx512Vnni::multiply(weights, numbers, sums),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => neon::Neon::multiply(weights, numbers, sums),
            _ => scalar::Scalar::multiply(weights, numbers, sums),
        }
    }

    /// Runs the model, all of it compiled for the kernel's instructions.
    pub(super) fn forward(self, model: &Model, tail: Option<&Tail>, texts: &[&[u32]]) -> Vec<Vec<f32>> {
        assert!(self.available(), "this machine has no {self:?}");
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Sse2 => model.forward_with::<x86::Sse2>(tail, texts),
            #[cfg(target_arch = "x86_64")]
            Self::AvxVnni => x86::forward_avx_vnni(model, tail, texts),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => x86::forward_avx2(model, tail, texts),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni => x86::forward_avx512_vnni(model, tail, texts),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => model.forward_with::<neon::Neon>(tail, texts),
            _ => model.forward_with::<scalar::Scalar>(tail, texts),
        }
    }
}

/// One kernel's product; see [`Kernel::multiply`].
pub(super) trait Product {
    fn multiply(weights: &Packed, numbers: &[i8], sums: &mut [i32]);
}

#[cfg(test)]
mod tests;
