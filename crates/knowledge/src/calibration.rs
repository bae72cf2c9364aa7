//! What a base says about itself: phrasings are held out and asked, whole entries are held out so
//! that their phrasings are questions near the base but not in it, and everyday questions are far
//! from it. From these come the stacker's weights and the thresholds, drawn to the shipped prior
//! the more, the smaller the base is.

use crate::{
    Settings, Thresholds,
    base::Base,
    prior,
    stacker::{self, Example, Weights},
    systems::{FEATURES, Options, Systems},
};

/// The share of questions that a base does not answer: that are near it, and far from it.
const NEAR: f64 = 0.17;
const FAR: f64 = 0.11;
pub const OUTSIDE: f64 = NEAR + FAR;
/// A hundred phrasings an entry are gathered from what is asked, not made up; then most of what is asked has an entry.
const OUTSIDE_OF_MANY: f64 = 0.15;
const MANY: f64 = 100.0;
/// So many held-out questions are enough.
const ENOUGH: usize = 1_500;
const OF_A_FOLD: usize = 700;
const NEAR_OF_A_FOLD: usize = 300;
/// Every fifth entry is held out whole.
const HELD_ENTRIES: usize = 5;
/// How many examples the prior weighs, for the stacker and for the thresholds.
/// Many, because a base's own phrasings are not what visitors ask: whoever writes ten for one entry
/// makes them differ, and held-out ones are harder than real questions.
const STRENGTH: f64 = 200.0;
const PSEUDO: f64 = 2_000.0;
/// With calibrated probabilities answers from so far on, in log odds before the target, reach the
/// target: with one phrasing an entry, without and with an encoder, and more for each time that there are e times as
/// many.
const EARLIER: [f64; 2] = [0.7, 1.05];
const EARLIER_BY_SIZE: [f64; 2] = [0.2, 0.3];
const MOST_PHRASINGS: f64 = 10.0;
/// Held-out phrasings are more like other phrasings than visitors' questions are, so that the prior without
/// answers foretells them better in any base with many phrasings: by up to 16 % where the answers are
/// right, by 19 to 50 % where they are exchanged.
const MISLED: f64 = 0.82;
/// A base of a few entries is asked most of the time for what it does not have: the odds that none of its
/// entries is meant grow by as much as if so many more questions were asked for each one that it has.
const UNKNOWN: f64 = 7.0;
/// In larger bases the prior alone decides: learning them twice takes too long.
const LARGE: usize = 20_000;
/// From this probability of the first entry on it is likelier than not that one of the first three is
/// right, on all bases with known questions; far from the base one question in twenty gets there.
const WORTH_ASKING: f32 = 0.25;

#[derive(Clone, Debug)]
pub struct Calibration {
    pub weights: Weights,
    pub thresholds: Thresholds,
}

/// A held-out question's outcome: the first probability, and whether it is right.
struct Outcome {
    probability: f64,
    right: bool,
    weight: f64,
}

impl Calibration {
    pub fn of(base: &Base, settings: &Settings) -> Self {
        let rows = base.rows();
        let mut counts = vec![0_usize; base.entries()];
        for row in &rows {
            counts[base.owner(*row)] += 1;
        }
        let own = counts.iter().copied().enumerate();
        let own: Vec<(usize, usize)> =
            own.filter(|(entry, count)| base.is_own(*entry) && *count > 0).collect();
        let mean = average(own.iter().map(|(_, count)| *count));
        let chooses = base.chooses();
        let outside = outside(asked(base, &own));
        let known = |answers| {
            let mut weights = prior::weights(mean, base.vectors().is_some(), answers, chooses);
            weights[FEATURES] += logit(outside) - logit(OUTSIDE);
            weights
        };
        let mut prior = known(!base.answers().is_empty());
        let examples = held_out(base, &rows, &counts, mean, outside, &prior);
        // Answers that mislead are not listened to.
        let plain = known(false);
        if stacker::surprise(&examples, &plain) < MISLED * stacker::surprise(&examples, &prior) {
            prior = plain;
        }
        let mut weights = if examples.is_empty() { prior } else { stacker::fit(&examples, &prior, STRENGTH) };
        if base.has_rivals() {
            weights[FEATURES] += (1.0 + UNKNOWN / own.len().max(1) as f64).ln();
        }
        let outcomes: Vec<Outcome> = examples.iter().map(|example| outcome(&weights, example)).collect();
        let encoder = usize::from(base.vectors().is_some());
        let earlier = EARLIER[encoder] + EARLIER_BY_SIZE[encoder] * mean.clamp(1.0, MOST_PHRASINGS).ln();
        Self { weights, thresholds: thresholds(outcomes, earlier, settings) }
    }
}

fn average(counts: impl ExactSizeIterator<Item = usize>) -> f64 {
    let entries = counts.len().max(1);
    counts.sum::<usize>() as f64 / entries as f64
}

/// Phrasings an entry that are asked, or made up as though they were. The sentences of an article are not: they tell
/// nothing of what is asked, and count as the most that anybody makes up.
fn asked(base: &Base, own: &[(usize, usize)]) -> f64 {
    let is_article = |entry| base.answers().rows(entry).len() > 1;
    let most = |entry| if is_article(entry) { MOST_PHRASINGS as usize } else { usize::MAX };
    average(own.iter().map(|(entry, count)| most(*entry).min(*count)))
}

/// How much of what is asked a base does not answer, by its phrasings an entry.
fn outside(phrasings: f64) -> f64 {
    let part = (phrasings / MOST_PHRASINGS).ln() / (MANY / MOST_PHRASINGS).ln();
    OUTSIDE + (OUTSIDE_OF_MANY - OUTSIDE) * part.clamp(0.0, 1.0)
}

fn held_out(
    base: &Base,
    rows: &[u32],
    counts: &[usize],
    mean: f64,
    outside: f64,
    prior: &Weights,
) -> Vec<Example> {
    // With one phrasing each nothing can be held out.
    if mean < 1.5 || rows.len() > LARGE {
        return Vec::new();
    }
    let folds = (mean as usize).clamp(2, HELD_ENTRIES);
    let mut places = vec![0_usize; counts.len()];
    let place: Vec<usize> = rows
        .iter()
        .map(|row| {
            let next = &mut places[base.owner(*row)];
            *next += 1;
            *next - 1
        })
        .collect();
    let (mut inside, mut near, mut far) = (Vec::new(), Vec::new(), Vec::new());
    for fold in 0..folds {
        let mut kept = Vec::with_capacity(rows.len());
        let (mut asked, mut asked_near) = (Vec::new(), Vec::new());
        for (row, place) in rows.iter().zip(&place) {
            let owner = base.owner(*row);
            if owner % HELD_ENTRIES == fold {
                asked_near.push(*row);
            } else if base.is_own(owner)
                && counts[owner] > 1
                && (place + owner) % folds.min(counts[owner]) == fold
            {
                asked.push(*row);
            } else {
                kept.push(*row);
            }
        }
        if kept.is_empty() {
            continue;
        }
        let systems = Systems::learn(base, kept);
        let ask = |rows: Vec<u32>, most: usize, known: bool| {
            let step = rows.len().div_ceil(most).max(1);
            let chosen: Vec<u32> = rows.into_iter().step_by(step).collect();
            crate::parallel::map(&chosen, |row| {
                let right = known.then(|| base.owner(*row));
                example(&systems.options(base, &base.as_question(*row)), right)
            })
        };
        inside.extend(ask(asked, OF_A_FOLD, true));
        near.extend(ask(asked_near, NEAR_OF_A_FOLD, false));
        if fold == 0 {
            far = crate::parallel::map(&base.everyday(), |question| {
                example(&systems.options(base, question), None)
            });
            // A base about the weather answers questions about the weather.
            far.retain(|example| outcome(prior, example).probability < 0.5);
        }
        if inside.len() >= ENOUGH {
            break;
        }
    }
    let others = inside.len() as f64 * outside / (1.0 - outside);
    weigh(&mut near, others * NEAR / OUTSIDE);
    weigh(&mut far, others * FAR / OUTSIDE);
    inside.into_iter().chain(near).chain(far).collect()
}

fn weigh(examples: &mut [Example], total: f64) {
    let each = total / examples.len().max(1) as f64;
    for example in examples {
        example.weight = each;
    }
}

/// A question whose right entry is known; one that is not among the options counts as none.
pub fn example(options: &Options, right: Option<usize>) -> Example {
    let prospects = &options.prospects;
    Example {
        options: prospects.iter().map(|option| option.features).collect(),
        none: options.none,
        right: right.and_then(|right| prospects.iter().position(|option| option.entry == right)),
        weight: 1.0,
    }
}

fn outcome(weights: &Weights, example: &Example) -> Outcome {
    let p = stacker::probabilities(weights, &example.options, &example.none);
    let first = (0..p.len()).min_by(|a, b| p[*b].total_cmp(&p[*a]));
    Outcome {
        probability: first.map_or(0.0, |first| p[first]),
        right: first.is_some() && first == example.right,
        weight: example.weight,
    }
}

fn logit(p: f64) -> f64 {
    let p = p.clamp(1e-4, 1.0 - 1e-4);
    (p / (1.0 - p)).ln()
}

fn thresholds(mut outcomes: Vec<Outcome>, earlier: f64, settings: &Settings) -> Thresholds {
    let target = f64::from(settings.target_precision).clamp(0.5, 0.999);
    outcomes.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    let usual = logit(target) - earlier;
    // Precision from each probability on: what was right, and what the probabilities promise, which
    // weighs as PSEUDO questions do.
    let (mut right, mut said, mut all, mut lowest) = (0.0, 0.0, 0.0, None);
    for outcome in &outcomes {
        all += outcome.weight;
        said += outcome.weight * outcome.probability;
        right += if outcome.right { outcome.weight } else { 0.0 };
        if (right + PSEUDO * said / all) / (all + PSEUDO) >= target {
            lowest = Some(outcome.probability);
        }
    }
    let evidence = outcomes.iter().map(|outcome| outcome.weight).sum::<f64>();
    let own = lowest.map_or(logit(target) + 1.0, logit);
    let answer = (own * evidence + usual * PSEUDO) / (evidence + PSEUDO);
    let answer = (1.0 / (1.0 + (-answer).exp())) as f32;
    Thresholds { answer, clarify: WORTH_ASKING.min(answer) }
}

#[cfg(test)]
mod tests {
    use super::{OUTSIDE, OUTSIDE_OF_MANY, asked, outside};
    use crate::{EntryId, Passage, Source, base::Base, passages};
    use model::Section;

    #[test]
    fn sentences_of_an_article_tell_nothing_of_what_is_asked() {
        let source = |id: usize, passages| Source {
            id: EntryId(id as i64),
            phrasings: (0..30).map(|n| format!("第 {n} 个问题")).collect(),
            answer: "七天内可以退货".into(),
            passages,
        };
        let of = |passages: Vec<Passage>| {
            let sources: Vec<Source> = (0..2).map(|id| source(id, passages.clone())).collect();
            let mut base = Base::new(None);
            base.extend(&sources.iter().enumerate().collect::<Vec<_>>(), true, None);
            asked(&base, &[(0, 30), (1, 30)])
        };
        let text = "七天内可以退货。".to_owned();
        let section = Section { heading: "退货".into(), text, ..Section::default() };
        assert!((of(Vec::new()) - 30.0).abs() < 1e-9);
        assert!((of(passages(&[section])) - 10.0).abs() < 1e-9);
    }

    #[test]
    fn more_phrasings_than_anybody_makes_up_cover_more_of_what_is_asked() {
        assert!([0.0, 1.0, 10.0].iter().all(|few| (outside(*few) - OUTSIDE).abs() < 1e-9));
        assert!(outside(30.0) < OUTSIDE && outside(30.0) > outside(60.0));
        assert!([100.0, 2_000.0].iter().all(|many| (outside(*many) - OUTSIDE_OF_MANY).abs() < 1e-9));
    }
}
