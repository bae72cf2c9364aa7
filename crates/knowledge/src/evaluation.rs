//! How good an index is on questions whose answer is known. Pure: whoever asks measures the time.

pub mod files;
pub mod held_out;
pub mod regression;
pub mod rounds;
pub mod sets;
pub mod stream;

use crate::{Band, EntryId, Index, Ranking};

/// One question's outcome.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// None: no entry answers it.
    pub wanted: Option<EntryId>,
    pub ranking: Ranking,
}

impl Outcome {
    pub fn of(index: &Index, question: &str, wanted: Option<EntryId>) -> Self {
        Self { wanted, ranking: index.answer(question) }
    }

    fn first(&self) -> Option<EntryId> {
        self.ranking.candidates.first().map(|candidate| candidate.id)
    }

    /// Whether the first candidate is what was wanted; never for a question without an entry.
    pub fn is_right(&self) -> bool {
        self.wanted.is_some() && self.first() == self.wanted
    }

    fn is_among(&self, places: usize) -> bool {
        self.wanted
            .is_some_and(|id| self.ranking.candidates.iter().take(places).any(|candidate| candidate.id == id))
    }
}

/// All shares are between 0 and 1; a share of nothing is 0 (precision: 1).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    pub questions: usize,
    pub in_scope: usize,
    /// In scope, whatever the band: the first candidate is right, and one of the first three is.
    pub accuracy: f64,
    pub recall_at_3: f64,
    /// Of all answers: right ones. An answer to a question without an entry is wrong.
    pub precision: f64,
    /// Of the questions in scope: answered, asked back, handed off.
    pub answered: f64,
    pub clarified: f64,
    pub handed_off: f64,
    /// Of the questions asked back, in scope: the wanted entry is offered.
    pub offered: f64,
    /// Of the questions without an entry.
    pub out_of_scope_answered: f64,
    pub out_of_scope_clarified: f64,
    /// Expected calibration error over ten equal steps of probability.
    pub ece: f64,
    /// Of the questions without an entry: refused, when 95 % of those in scope are kept.
    pub out_of_scope_recall: f64,
    pub calibration: Vec<Bin>,
    pub curve: Vec<Point>,
}

/// One step of probability: how often it was right, and how often it said that it would be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bin {
    pub questions: usize,
    pub probability: f64,
    pub right: f64,
}

/// What would be if answers began at another probability.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    pub threshold: f64,
    pub precision: f64,
    pub answered: f64,
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl Report {
    pub fn of(outcomes: &[Outcome]) -> Self {
        let count = |test: &dyn Fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| test(outcome)).count();
        let inside = |test: &dyn Fn(&Outcome) -> bool| count(&|o| o.wanted.is_some() && test(o));
        let in_band = |band: Band| move |outcome: &Outcome| outcome.ranking.band == band;
        let in_scope = inside(&|_| true);
        let outside = outcomes.len() - in_scope;
        let beyond = |band: Band| share(count(&|o| o.wanted.is_none() && in_band(band)(o)), outside);
        let answers = count(&in_band(Band::Answer));
        let asked = inside(&in_band(Band::Clarify));
        Self {
            questions: outcomes.len(),
            in_scope,
            accuracy: share(count(&Outcome::is_right), in_scope),
            recall_at_3: share(count(&|o| o.is_among(3)), in_scope),
            precision: if answers == 0 {
                1.0
            } else {
                share(count(&|o| in_band(Band::Answer)(o) && o.is_right()), answers)
            },
            answered: share(inside(&in_band(Band::Answer)), in_scope),
            clarified: share(asked, in_scope),
            handed_off: share(inside(&in_band(Band::HandOff)), in_scope),
            offered: share(inside(&|o| in_band(Band::Clarify)(o) && o.is_among(3)), asked),
            out_of_scope_answered: beyond(Band::Answer),
            out_of_scope_clarified: beyond(Band::Clarify),
            ece: calibration_error(&bins(outcomes), outcomes.len()),
            out_of_scope_recall: refused(outcomes, outside),
            calibration: bins(outcomes),
            curve: curve(outcomes, in_scope),
        }
    }
}

fn probability(outcome: &Outcome) -> f64 {
    f64::from(outcome.ranking.probability)
}

fn bins(outcomes: &[Outcome]) -> Vec<Bin> {
    let mut bins = vec![Bin::default(); 10];
    for outcome in outcomes {
        let bin = &mut bins[((probability(outcome) * 10.0) as usize).min(9)];
        bin.questions += 1;
        bin.probability += probability(outcome);
        bin.right += f64::from(u8::from(outcome.is_right()));
    }
    for bin in &mut bins {
        let count = bin.questions.max(1) as f64;
        bin.probability /= count;
        bin.right /= count;
    }
    bins
}

fn calibration_error(bins: &[Bin], all: usize) -> f64 {
    bins.iter().map(|bin| (bin.probability - bin.right).abs() * share(bin.questions, all)).sum()
}

fn refused(outcomes: &[Outcome], outside: usize) -> f64 {
    let mut inside: Vec<f64> = outcomes.iter().filter(|o| o.wanted.is_some()).map(probability).collect();
    inside.sort_by(f64::total_cmp);
    let Some(threshold) = inside.get(inside.len() / 20) else { return 0.0 };
    let refused = outcomes.iter().filter(|o| o.wanted.is_none() && probability(o) < *threshold).count();
    share(refused, outside)
}

/// The share of the questions in scope that is answered from the lowest probability on from which
/// answers are right as often as asked for: the most that any threshold reaches.
pub fn answered_at(outcomes: &[Outcome], target: f64) -> f64 {
    let mut sorted: Vec<&Outcome> = outcomes.iter().collect();
    sorted.sort_by(|a, b| b.ranking.probability.total_cmp(&a.ranking.probability));
    let in_scope = outcomes.iter().filter(|outcome| outcome.wanted.is_some()).count().max(1);
    let (mut right, mut inside, mut most) = (0.0, 0, 0);
    for (at, outcome) in sorted.iter().enumerate() {
        right += f64::from(u8::from(outcome.is_right()));
        inside += usize::from(outcome.wanted.is_some());
        if right / (at + 1) as f64 >= target {
            most = inside;
        }
    }
    most as f64 / in_scope as f64
}

fn curve(outcomes: &[Outcome], in_scope: usize) -> Vec<Point> {
    let point = |step: u32| {
        let threshold = f64::from(step) / 20.0;
        let answers: Vec<&Outcome> =
            outcomes.iter().filter(|outcome| probability(outcome) >= threshold).collect();
        let right = answers.iter().filter(|outcome| outcome.is_right()).count();
        let inside = answers.iter().filter(|outcome| outcome.wanted.is_some()).count();
        let precision = if answers.is_empty() { 1.0 } else { share(right, answers.len()) };
        Point { threshold, precision, answered: share(inside, in_scope) }
    };
    (4..20).map(point).collect()
}
