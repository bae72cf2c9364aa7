//! What is known before a base says anything: stacker weights learnt from other bases, for one,
//! three, five and ten phrasings an entry, without an encoder, with one, and with one and one choice among all
//! entries, each without and with answers.
//! `examples/prior.rs` made the table.

use crate::stacker::{WEIGHTS, Weights};

const TABLE: &str = include_str!("prior.txt");
/// The phrasings an entry that the table has rows for.
const SIZES: [f64; 4] = [1.0, 3.0, 5.0, 10.0];

/// The weights for a base with so many phrasings an entry on average.
pub fn weights(phrasings: f64, encoder: bool, answers: bool, choice: bool) -> Weights {
    let rows: Vec<Weights> = TABLE.lines().filter(|line| !line.starts_with('#')).map(read).collect();
    let part = 2 * (usize::from(encoder) + usize::from(choice)) + usize::from(answers);
    let own = &rows[part * SIZES.len()..(part + 1) * SIZES.len()];
    let place = phrasings.clamp(SIZES[0], SIZES[SIZES.len() - 1]).ln();
    let upper = SIZES.iter().position(|size| size.ln() >= place - 1e-9).unwrap_or(SIZES.len() - 1);
    let lower = upper.saturating_sub(1);
    let width = SIZES[upper].ln() - SIZES[lower].ln();
    let part = if width > 0.0 { (place - SIZES[lower].ln()) / width } else { 1.0 };
    let mut weights = [0.0; WEIGHTS];
    for (at, weight) in weights.iter_mut().enumerate() {
        *weight = own[lower][at] * (1.0 - part) + own[upper][at] * part;
    }
    weights
}

pub fn read(line: &str) -> Weights {
    let mut weights = [0.0; WEIGHTS];
    for (weight, number) in weights.iter_mut().zip(line.split_whitespace()) {
        *weight = number.parse().unwrap_or(0.0);
    }
    weights
}
