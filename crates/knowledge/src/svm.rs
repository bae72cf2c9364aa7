//! A linear support vector machine with squared hinge loss, by dual coordinate descent with
//! shrinking (Hsieh et al. 2008). Deterministic: the order of the examples comes from a fixed seed.

/// Rows that a weight vector can be multiplied with.
pub trait Rows {
    fn len(&self) -> usize;
    fn squared(&self, row: usize) -> f32;
    fn dot(&self, row: usize, weights: &[f32]) -> f32;
    fn add(&self, row: usize, scale: f32, weights: &mut [f32]);
}

/// What is learnt: one decision function. The last weight is the bias.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What one wrong example costs.
    pub cost: f32,
    /// The value of the bias' feature.
    pub bias: f32,
    pub rounds: usize,
}

/// Weights of a decision that is positive for `positive` rows. `weights` must be zero and one longer than a row.
pub fn train(rows: &impl Rows, positive: &[bool], options: Options, weights: &mut [f32]) {
    let Some(bias) = weights.len().checked_sub(1) else { return };
    let mut alpha = vec![0_f32; rows.len()];
    let diagonal = 0.5 / options.cost;
    let mut active: Vec<u32> = (0..rows.len() as u32).collect();
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut highest = f32::INFINITY;
    for _ in 0..options.rounds {
        shuffle(&mut active, &mut seed);
        let (mut most, mut least) = (0_f32, 0_f32);
        let mut kept = 0;
        for at in 0..active.len() {
            let row = active[at] as usize;
            let sign = if positive[row] { 1.0 } else { -1.0 };
            let score = rows.dot(row, weights) + weights[bias] * options.bias;
            let gradient = sign * score - 1.0 + diagonal * alpha[row];
            if alpha[row] <= 0.0 && gradient > highest {
                continue;
            }
            active[kept] = active[at];
            kept += 1;
            let projected = if alpha[row] <= 0.0 { gradient.min(0.0) } else { gradient };
            most = most.max(projected);
            least = least.min(projected);
            if projected.abs() > 1e-6 {
                let before = alpha[row];
                let curvature = rows.squared(row) + options.bias * options.bias + diagonal;
                alpha[row] = (before - gradient / curvature).max(0.0);
                let step = (alpha[row] - before) * sign;
                rows.add(row, step, weights);
                weights[bias] += step * options.bias;
            }
        }
        active.truncate(kept);
        if most - least < 0.1 || active.is_empty() {
            break;
        }
        highest = if most > 0.0 { most } else { f32::INFINITY };
    }
}

fn shuffle(order: &mut [u32], seed: &mut u64) {
    for at in (1..order.len()).rev() {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        order.swap(at, (*seed % (at as u64 + 1)) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::{Options, Rows, train};

    struct Points(Vec<[f32; 2]>);
    impl Rows for Points {
        fn len(&self) -> usize {
            self.0.len()
        }
        fn squared(&self, row: usize) -> f32 {
            self.0[row].iter().map(|x| x * x).sum()
        }
        fn dot(&self, row: usize, weights: &[f32]) -> f32 {
            self.0[row].iter().zip(weights).map(|(x, w)| x * w).sum()
        }
        fn add(&self, row: usize, scale: f32, weights: &mut [f32]) {
            for (weight, x) in weights.iter_mut().zip(self.0[row]) {
                *weight += scale * x;
            }
        }
    }

    #[test]
    fn separable_points_are_separated_and_the_result_is_always_the_same() {
        let points = Points(vec![[1.0, 0.2], [0.9, -0.3], [-0.2, 0.5], [-1.0, 0.1], [0.1, 0.8]]);
        let positive = [true, true, false, false, false];
        let learn = || {
            let mut weights = vec![0.0; 3];
            train(&points, &positive, Options { cost: 10.0, bias: 1.0, rounds: 100 }, &mut weights);
            weights
        };
        let weights = learn();
        for (row, wanted) in positive.iter().enumerate() {
            assert_eq!(points.dot(row, &weights) + weights[2] > 0.0, *wanted, "{row}");
        }
        assert_eq!(weights, learn());
    }
}
