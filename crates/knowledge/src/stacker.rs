//! From the systems' scores to probabilities: a choice among the candidates and "none of them"
//! (conditional logit), fitted by Newton's method with a Gaussian prior. One convex problem gives
//! both the ranking and its calibration.

use crate::systems::FEATURES;

/// What is seen of "none": a constant, the question's length, how near it is to everyday
/// questions, and how much of it the base has never seen.
pub const NONE: usize = 4;
/// Weights of the candidates' features, then of "none".
pub const WEIGHTS: usize = FEATURES + NONE;
pub type Nothing = [f32; NONE];
pub type Weights = [f64; WEIGHTS];

/// A question with known outcome. `right` is its place among the options; None when none is right.
#[derive(Clone, Debug)]
pub struct Example {
    pub options: Vec<[f32; FEATURES]>,
    pub none: Nothing,
    pub right: Option<usize>,
    pub weight: f64,
}

fn dot(weights: &Weights, features: &[f32; FEATURES]) -> f64 {
    features.iter().zip(weights).map(|(x, w)| f64::from(*x) * w).sum()
}

fn utility_of_none(weights: &Weights, none: &Nothing) -> f64 {
    none.iter().zip(&weights[FEATURES..]).map(|(x, w)| f64::from(*x) * w).sum()
}

/// How long a question is, for the stacker.
pub fn length_of(features: usize) -> f32 {
    (1.0 + features as f32).ln() - 3.5
}

/// The probability of each option; what is missing to 1 is that of "none".
pub fn probabilities(weights: &Weights, options: &[[f32; FEATURES]], none: &Nothing) -> Vec<f64> {
    let mut utilities: Vec<f64> = options.iter().map(|features| dot(weights, features)).collect();
    utilities.push(utility_of_none(weights, none));
    let most = utilities.iter().copied().fold(f64::MIN, f64::max);
    let mut sum = 0.0;
    for utility in &mut utilities {
        *utility = (*utility - most).exp();
        sum += *utility;
    }
    utilities.pop();
    for p in &mut utilities {
        *p /= sum;
    }
    utilities
}

/// The weights that explain the examples best, drawn to `prior` as `strength` examples would.
pub fn fit(examples: &[Example], prior: &Weights, strength: f64) -> Weights {
    let mut weights = *prior;
    let mut best = loss(examples, &weights, prior, strength);
    for _ in 0..40 {
        let (gradient, hessian) = slope(examples, &weights, prior, strength);
        let Some(step) = solve(hessian, gradient) else { break };
        let mut scale = 1.0;
        let mut better = false;
        for _ in 0..12 {
            let mut next = weights;
            next.iter_mut().zip(&step).for_each(|(w, s)| *w -= scale * s);
            let now = loss(examples, &next, prior, strength);
            if now < best - 1e-9 * best.abs() {
                (weights, best, better) = (next, now, true);
                break;
            }
            scale *= 0.5;
        }
        if !better {
            break;
        }
    }
    weights
}

fn loss(examples: &[Example], weights: &Weights, prior: &Weights, strength: f64) -> f64 {
    let away: f64 = weights.iter().zip(prior).map(|(w, p)| 0.5 * strength * (w - p).powi(2)).sum();
    away + surprise(examples, weights)
}

/// How badly weights foretell what happened: the less the better.
pub fn surprise(examples: &[Example], weights: &Weights) -> f64 {
    let mut loss = 0.0;
    for example in examples {
        let p = probabilities(weights, &example.options, &example.none);
        let right = example.right.map_or_else(|| 1.0 - p.iter().sum::<f64>(), |right| p[right]);
        loss -= example.weight * right.max(1e-12).ln();
    }
    loss
}

type Matrix = [[f64; WEIGHTS]; WEIGHTS];

fn slope(examples: &[Example], weights: &Weights, prior: &Weights, strength: f64) -> (Weights, Matrix) {
    let mut gradient = [0.0; WEIGHTS];
    let mut hessian = [[0.0; WEIGHTS]; WEIGHTS];
    for at in 0..WEIGHTS {
        gradient[at] = strength * (weights[at] - prior[at]);
        hessian[at][at] = strength + 1e-6;
    }
    for example in examples {
        let p = probabilities(weights, &example.options, &example.none);
        let rest = 1.0 - p.iter().sum::<f64>();
        let mut mean = [0.0; WEIGHTS];
        let rows = example.options.iter().map(row).chain([none_row(&example.none)]);
        for (at, (x, p)) in rows.zip(p.into_iter().chain([rest])).enumerate() {
            let right = example.right.unwrap_or(example.options.len()) == at;
            let error = example.weight * (p - f64::from(u8::from(right)));
            for i in 0..WEIGHTS {
                gradient[i] += error * x[i];
                mean[i] += p * x[i];
                let scaled = example.weight * p * x[i];
                for j in 0..=i {
                    hessian[i][j] += scaled * x[j];
                }
            }
        }
        for i in 0..WEIGHTS {
            for j in 0..=i {
                hessian[i][j] -= example.weight * mean[i] * mean[j];
            }
        }
    }
    (gradient, hessian)
}

fn row(features: &[f32; FEATURES]) -> Weights {
    let mut row = [0.0; WEIGHTS];
    row.iter_mut().zip(features).for_each(|(to, x)| *to = f64::from(*x));
    row
}

fn none_row(none: &Nothing) -> Weights {
    let mut row = [0.0; WEIGHTS];
    row[FEATURES..].iter_mut().zip(none).for_each(|(to, x)| *to = f64::from(*x));
    row
}

/// Solves a symmetric system whose lower half is given, by Cholesky's decomposition.
fn solve(mut a: Matrix, mut b: Weights) -> Option<Weights> {
    for i in 0..WEIGHTS {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| a[i][k] * a[j][k]).sum();
            let value = a[i][j] - sum;
            if i == j {
                if value <= 0.0 || !value.is_finite() {
                    return None;
                }
                a[i][i] = value.sqrt();
            } else {
                a[i][j] = value / a[j][j];
            }
        }
    }
    for i in 0..WEIGHTS {
        let sum: f64 = (0..i).map(|k| a[i][k] * b[k]).sum();
        b[i] = (b[i] - sum) / a[i][i];
    }
    for i in (0..WEIGHTS).rev() {
        let sum: f64 = (i + 1..WEIGHTS).map(|k| a[k][i] * b[k]).sum();
        b[i] = (b[i] - sum) / a[i][i];
    }
    Some(b)
}
