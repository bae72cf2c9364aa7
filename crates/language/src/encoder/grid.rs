//! Weights on a 4-bit grid: each 32 neighbours of a row share a scale, each weight is a whole number from −8 to 7.
//!
//! A row of `n` weights is `n / 32` scales (half precision), then `n / 2` bytes; byte `i` of a group holds weight
//! `i` in its low and weight `i + 16` in its high half, each with 8 added.

pub const GROUP: usize = 32;

pub const fn row_bytes(columns: usize) -> usize {
    columns / GROUP * 2 + columns / 2
}

/// The weights of one row; `row` has [`row_bytes`] of `out.len()`.
pub fn read_row(row: &[u8], out: &mut [f32]) {
    let (scales, nibbles) = row.split_at(out.len() / GROUP * 2);
    let groups = scales.chunks_exact(2).zip(nibbles.chunks_exact(GROUP / 2));
    for ((scale, nibbles), out) in groups.zip(out.chunks_exact_mut(GROUP)) {
        let scale = half(u16::from_le_bytes([scale[0], scale[1]]));
        let (low, high) = out.split_at_mut(GROUP / 2);
        for ((&byte, low), high) in nibbles.iter().zip(low).zip(high) {
            *low = scale * (f32::from(byte & 15) - 8.0);
            *high = scale * (f32::from(byte >> 4) - 8.0);
        }
    }
}

/// A half-precision number, exactly.
pub fn half(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let magnitude = u32::from(bits & 0x7fff);
    let value = match magnitude {
        // Zero and what is too small for an exponent of its own.
        0..0x400 => magnitude as f32 / 16_777_216.0,
        0x400..0x7c00 => f32::from_bits((magnitude << 13) + (112 << 23)),
        _ => f32::from_bits((magnitude << 13) | 0x7f80_0000),
    };
    f32::from_bits(value.to_bits() | sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_read_exactly() {
        let known = [(0x0000, 0.0), (0x3c00, 1.0), (0xc000, -2.0), (0x3555, 0.333_251_95), (0x7bff, 65504.0)];
        for (bits, value) in known {
            assert_eq!(half(bits).to_bits(), f32::to_bits(value), "{bits:x}");
        }
        assert_eq!(half(0x0001).to_bits(), 5.960_464_5e-8_f32.to_bits());
        assert_eq!(half(0x8000).to_bits(), (-0.0_f32).to_bits());
        assert!(half(0x7c00).is_infinite() && half(0x7c01).is_nan());
    }

    #[test]
    fn row_is_scale_times_whole_numbers() {
        let mut row = vec![0x00, 0x38]; // 0.5
        row.extend((0..16).map(|low: u8| low | ((15 - low) << 4)));
        assert_eq!(row.len(), row_bytes(32));
        let mut out = [0.0; 32];
        read_row(&row, &mut out);
        assert_eq!((out[0], out[15], out[16], out[31]), (-4.0, 3.5, 3.5, -4.0));
    }
}
