//! Where the other answers of an entry lie: those for everybody on one channel in `answers`, as before
//! there were audiences, the rest in `variants`. So a program of then tells nobody what is for others.

use model::{Audience, Variant};

/// Answers and variants.
pub(super) fn parted(all: &[Variant]) -> (Vec<&Variant>, Vec<&Variant>) {
    all.iter().partition(|one| one.audience == Audience::Everybody && one.channel_id.is_some())
}

pub(super) fn joined(mut answers: Vec<Variant>, variants: Vec<Variant>) -> Vec<Variant> {
    answers.extend(variants);
    answers.sort_by_key(|one| (one.channel_id, one.audience));
    answers
}
