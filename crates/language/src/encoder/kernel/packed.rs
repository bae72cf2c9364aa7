//! A matrix of 8-bit weights in the order in which kernels read it.

use crate::encoder::file::Dense;
use crate::encoder::float::ROUND;
use crate::encoder::grid;

/// Outputs that kernels compute together.
pub const PANEL: usize = 16;
/// Inputs that lie together for each output: what one 8-bit product instruction sums.
pub const RUN: usize = 4;

/// Weights as `[output / 16][input / 4][output % 16][input % 4]`; each output has a scale of its own.
pub struct Packed {
    pub inputs: usize,
    pub outputs: usize,
    pub weights: Vec<i8>,
    pub scale: Vec<f32>,
    pub bias: Vec<f32>,
}

impl Packed {
    /// The matrices side by side: the same inputs, the outputs of all.
    pub fn new(parts: &[&Dense]) -> Self {
        let inputs = parts[0].inputs;
        let outputs: usize = parts.iter().map(|part| part.outputs).sum();
        assert!(
            inputs.is_multiple_of(RUN) && outputs.is_multiple_of(PANEL),
            "sizes are checked when the file is read"
        );
        let mut packed = Self {
            inputs,
            outputs,
            weights: vec![0; inputs * outputs],
            scale: Vec::with_capacity(outputs),
            bias: Vec::with_capacity(outputs),
        };
        let mut row = vec![0.0; inputs];
        for part in parts {
            assert_eq!(part.inputs, inputs, "matrices side by side have the same inputs");
            packed.bias.extend(&part.bias);
            for bytes in part.rows.chunks_exact(grid::row_bytes(inputs)) {
                grid::read_row(bytes, &mut row);
                packed.push(&row);
            }
        }
        packed
    }

    /// From weights of one byte, row after row, one row and one scale for each output.
    pub fn of_bytes(rows: &[u8], scale: Vec<f32>, bias: Vec<f32>) -> Self {
        let outputs = scale.len();
        let inputs = rows.len() / outputs.max(1);
        assert!(
            inputs.is_multiple_of(RUN) && outputs.is_multiple_of(PANEL) && rows.len() == inputs * outputs,
            "sizes are checked when the file is read"
        );
        let mut packed = Self { inputs, outputs, weights: vec![0; rows.len()], scale, bias };
        for (output, row) in rows.chunks_exact(inputs).enumerate() {
            packed.set(output, row.iter().map(|byte| *byte as i8));
        }
        packed
    }

    /// Rounds the weights of the next output to −127…127 times a scale.
    fn push(&mut self, row: &[f32]) {
        let most = row.iter().fold(0.0_f32, |most, weight| most.max(weight.abs()));
        let scale = if most > 0.0 { most / 127.0 } else { 1.0 };
        // The low bits of the sum are the nearest whole number; `round` would be a call for each weight.
        self.set(self.scale.len(), row.iter().map(|weight| (weight / scale + ROUND).to_bits() as i8));
        self.scale.push(scale);
    }

    fn set(&mut self, output: usize, row: impl Iterator<Item = i8>) {
        let start = output / PANEL * PANEL * self.inputs + output % PANEL * RUN;
        for (index, weight) in row.enumerate() {
            self.weights[start + index / RUN * PANEL * RUN + index % RUN] = weight;
        }
    }
}

/// Calls `block` with one panel of weights, the numbers of at most `MOST` places, and their sums from the panel's
/// first output on. A panel stays in the fastest cache while all places pass.
pub fn in_blocks<const MOST: usize>(
    weights: &Packed,
    numbers: &[i8],
    sums: &mut [i32],
    block: impl Fn(&[i8], &[i8], &mut [i32], usize),
) {
    let (inputs, outputs) = (weights.inputs, weights.outputs);
    let places = numbers.len() / inputs;
    assert!(numbers.len() == places * inputs && sums.len() == places * outputs);
    assert!(
        inputs.is_multiple_of(RUN)
            && outputs.is_multiple_of(PANEL)
            && weights.weights.len() == inputs * outputs
    );
    for (index, panel) in weights.weights.chunks_exact(PANEL * inputs).enumerate() {
        for start in (0..places).step_by(MOST) {
            let count = MOST.min(places - start);
            let numbers = &numbers[start * inputs..(start + count) * inputs];
            let from = start * outputs + index * PANEL;
            let sums = &mut sums[from..from + (count - 1) * outputs + PANEL];
            block(panel, numbers, sums, count);
        }
    }
}
