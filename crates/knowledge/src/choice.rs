//! One choice among all entries: multinomial logistic regression over words and meaning together, learnt from all
//! phrasings at once. It is learnt in terms of how like the phrasings are to each other, by a quasi-Newton method
//! (L-BFGS) that is stopped early. Its time grows with the square of the phrasings times the entries, so that only
//! bases of some hundred phrasings have it. Deterministic: fixed steps from nothing.

mod descent;

use crate::{base::Base, parallel, postings::Postings};
use descent::Problem;
use language::products::add_scaled;

/// Phrasings squared times entries: so much is learnt in half a second on one core.
const MOST_WORK: usize = 60_000_000;
const MOST_PHRASINGS: usize = 1_500;
/// What common words count for beside common meaning, and without it.
const WORDS: f32 = 0.64;
const WORDS_ALONE: f32 = 1.64;
/// What all phrasings have in common, for the entries' own leanings.
const COMMON: f32 = 1.0;
/// Logarithms of probabilities are large beside other scores.
const SCALE: f32 = 0.3;
const LOWEST: f32 = -30.0;

/// How like two phrasings are: by words and by meaning, the latter where there is an encoder.
pub fn likeness(words: f32, meaning: Option<f32>) -> f32 {
    COMMON + meaning.map_or(WORDS_ALONE * words, |meaning| meaning + WORDS * words)
}

#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// The entry of each column.
    entries: Vec<u32>,
    /// For each phrasing what it gives each entry.
    shares: Vec<f32>,
}

/// Whether a base is small enough.
pub fn fits(base: &Base) -> bool {
    let rows = base.rows();
    let mut owners: Vec<usize> = rows.iter().map(|row| base.owner(*row)).collect();
    owners.sort_unstable();
    owners.dedup();
    rows.len() <= MOST_PHRASINGS && rows.len() * rows.len() * owners.len() <= MOST_WORK
}

impl Choice {
    /// `rows` are the phrasings in `postings`, all of them there.
    pub fn learn(base: &Base, rows: &[u32], postings: &Postings) -> Self {
        let mut entries: Vec<u32> = rows.iter().map(|row| base.owner(*row) as u32).collect();
        entries.sort_unstable();
        entries.dedup();
        if entries.len() < 2 {
            return Self::default();
        }
        let place = |row: &u32| entries.partition_point(|entry| (*entry as usize) < base.owner(*row));
        let problem = Problem {
            likeness: all_likenesses(base, rows, postings),
            right: rows.iter().map(place).collect(),
            entries: entries.len(),
        };
        let shares = problem.solve();
        Self { entries, shares }
    }

    /// The score of every entry for a question that is so like each phrasing; `is_there` says which compete.
    pub fn scores(&self, likeness: &[f32], entries: usize, is_there: &dyn Fn(usize) -> bool) -> Vec<f32> {
        if self.entries.is_empty() {
            return Vec::new();
        }
        let mut utilities = vec![0_f32; self.entries.len()];
        add_scaled(&self.shares, likeness, &mut utilities);
        let there = || self.entries.iter().zip(&utilities).filter(|(entry, _)| is_there(**entry as usize));
        let most = there().map(|(_, utility)| *utility).fold(f32::MIN, f32::max);
        let sum: f32 = there().map(|(_, utility)| (utility - most).exp()).sum();
        let mut scores = vec![SCALE * LOWEST; entries];
        for (entry, utility) in there() {
            scores[*entry as usize] = SCALE * (utility - most - sum.ln()).max(LOWEST);
        }
        scores
    }
}

/// A square matrix, row after row.
fn all_likenesses(base: &Base, rows: &[u32], postings: &Postings) -> Vec<f32> {
    let packed = postings.packed_in_order(base, rows);
    let texts: Vec<Vec<(u32, f32)>> = (0..rows.len() as u32).map(|at| packed.row(at).collect()).collect();
    let numbers: Vec<usize> = (0..rows.len()).collect();
    let lines = parallel::map_with(
        &numbers,
        || vec![0_f32; postings.width()],
        |weights, at| {
            for (column, x) in &texts[*at] {
                weights[*column as usize] = *x;
            }
            let line: Vec<f32> = rows
                .iter()
                .zip(&texts)
                .map(|(other, text)| {
                    let words = text.iter().map(|(column, x)| weights[*column as usize] * x).sum();
                    let meaning = base.vectors();
                    likeness(
                        words,
                        meaning.map(|vectors| vectors.between(rows[*at] as usize, *other as usize)),
                    )
                })
                .collect();
            for (column, _) in &texts[*at] {
                weights[*column as usize] = 0.0;
            }
            line
        },
    );
    lines.concat()
}

#[cfg(test)]
mod tests {
    use super::{Choice, SCALE, fits, likeness};
    use crate::{EntryId, Source, base::Base, postings::Postings};

    fn base(entries: &[&[&str]]) -> Base {
        let source = |(id, phrasings): (usize, &&[&str])| Source {
            id: EntryId(id as i64),
            phrasings: phrasings.iter().map(|text| (*text).to_owned()).collect(),
            answer: String::new(),
            passages: Vec::new(),
        };
        let sources: Vec<Source> = entries.iter().enumerate().map(source).collect();
        let mut base = Base::new(None);
        base.extend(&sources.iter().enumerate().collect::<Vec<_>>(), false, None);
        base
    }

    fn shop() -> Base {
        base(&[
            &["怎么退货", "我要退货", "退货流程"],
            &["怎么换货", "我要换货", "换货流程"],
            &["怎么开发票", "我要发票", "发票抬头"],
        ])
    }

    fn scores(base: &Base, question: &str, is_there: &dyn Fn(usize) -> bool) -> Vec<f32> {
        let rows = base.rows();
        let postings = Postings::of(rows.iter().map(|row| base.features(*row)));
        let asked = base.question(question).features;
        let near =
            postings.nearness(&asked, &postings.row(&asked), base.entries(), |at| base.owner(rows[at]));
        let like: Vec<f32> = near.lexical.iter().map(|words| likeness(*words, None)).collect();
        Choice::learn(base, &rows, &postings).scores(&like, base.entries(), is_there)
    }

    #[test]
    fn the_entry_whose_words_are_asked_is_chosen_and_all_shares_make_one() {
        let base = shop();
        for (question, right) in [("想退货怎么弄", 0), ("能换货吗", 1), ("发票怎么要", 2)] {
            let scores = scores(&base, question, &|_| true);
            let shares: Vec<f32> = scores.iter().map(|score| (score / SCALE).exp()).collect();
            assert!(shares[right] > 0.6, "{question} {shares:?}");
            assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-4, "{shares:?}");
        }
    }

    #[test]
    fn it_is_always_the_same_and_only_those_that_are_there_compete() {
        let base = shop();
        assert_eq!(scores(&base, "想退货怎么弄", &|_| true), scores(&base, "想退货怎么弄", &|_| true));
        let (all, two) = (scores(&base, "怎么退", &|_| true), scores(&base, "怎么退", &|entry| entry != 0));
        assert!(two[1] > all[1] && two[0] < all[0]);
    }

    #[test]
    fn what_is_held_out_was_not_learnt() {
        // The middle phrasing is asked of a choice that knows the others only, as in calibration.
        let base = base(&[&["怎么退货", "银杏叶蓝鲸", "退货流程"], &["怎么换货", "我要换货", "换货流程"]]);
        let kept = vec![0, 2, 3, 4, 5];
        let postings = Postings::of(kept.iter().map(|row| base.features(*row)));
        let asked = base.as_question(1).features;
        let near = postings.nearness(&asked, &postings.row(&asked), 2, |at| base.owner(kept[at]));
        let like: Vec<f32> = near.lexical.iter().map(|words| likeness(*words, None)).collect();
        let held = Choice::learn(&base, &kept, &postings).scores(&like, 2, &|_| true);
        assert!((held[0] / SCALE).exp() < 0.5, "it knows nothing of it: {held:?}");
        assert!((scores(&base, "银杏叶蓝鲸", &|_| true)[0] / SCALE).exp() > 0.8);
    }

    #[test]
    fn large_bases_and_those_with_one_entry_do_without() {
        assert!(fits(&shop()));
        let texts: Vec<String> = (0..1_200).map(|at| format!("第{at}条怎么办")).collect();
        let entries: Vec<Vec<&str>> =
            texts.chunks(10).map(|ten| ten.iter().map(String::as_str).collect()).collect();
        assert!(!fits(&base(&entries.iter().map(Vec::as_slice).collect::<Vec<_>>())));
        assert!(scores(&base(&[&["怎么退货", "我要退货"]]), "怎么退货", &|_| true).is_empty());
    }
}
