//! What a base is asked about itself, round by round: phrasings that are not learnt, whole entries that are
//! not learnt either, so that their questions are near the base and not in it, and everyday questions, far from it.

use crate::{EntryId, Source, says_something};

const EVERYDAY: &str = include_str!("../everyday.txt");
/// Every sixth entry is held out whole, another sixth in each round.
const WHOLE: usize = 6;
/// Every so manyth everyday question is asked in a round.
const FAR_STEP: usize = 5;
/// So many phrasings of an entry are asked in a round, at most, where it is said how many are learnt.
const ASKED: usize = 3;
/// The phrasings an entry that a base is judged with.
const SIZES: [usize; 4] = [1, 3, 5, 10];

/// How many phrasings of an entry are learnt, of which others are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learnt {
    /// Two thirds; the last third is asked.
    TwoThirds,
    /// So many; an entry that has no more is learnt and not asked.
    Phrasings(usize),
}

/// What is learnt, and what is asked then, each question with the entry that answers it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Round {
    pub kept: Vec<Source>,
    pub questions: Vec<(String, Option<EntryId>)>,
}

/// The entries that can be asked, in the order of their ids, without phrasings that say nothing.
pub fn askable(sources: &[Source]) -> Vec<Source> {
    let mut sources = sources.to_vec();
    for source in &mut sources {
        source.phrasings.retain(|text| says_something(text));
    }
    sources.retain(|source| !source.phrasings.is_empty());
    sources.sort_by_key(|source| source.id);
    sources
}

/// The numbers of phrasings beyond which at least half of the entries have another one to ask.
pub fn sizes(sources: &[Source]) -> Vec<usize> {
    let sources = askable(sources);
    let more = |size: usize| sources.iter().filter(|source| source.phrasings.len() > size).count();
    SIZES.into_iter().filter(|size| !sources.is_empty() && 2 * more(*size) >= sources.len()).collect()
}

impl Round {
    pub fn of(sources: &[Source], round: usize, learnt: Learnt) -> Self {
        let mut this = Self::default();
        for (at, source) in sources.iter().enumerate() {
            if sources.len() >= WHOLE && at % WHOLE == round {
                let near = [source.phrasings.first(), source.phrasings.get(1 + round)];
                this.questions.extend(near.into_iter().flatten().map(|text| (text.clone(), None)));
                continue;
            }
            let (phrasings, asked) = split(&source.phrasings, at, round, learnt);
            this.questions.extend(asked.into_iter().map(|text| (text, Some(source.id))));
            this.kept.push(Source { phrasings, ..source.clone() });
        }
        let far = EVERYDAY.lines().skip(round).step_by(FAR_STEP);
        this.questions.extend(far.map(|text| (text.to_owned(), None)));
        this
    }
}

/// An entry's phrasings that are learnt, and those that are asked. The question itself is always learnt.
fn split(phrasings: &[String], at: usize, round: usize, learnt: Learnt) -> (Vec<String>, Vec<String>) {
    let (question, others) = phrasings.split_at(phrasings.len().min(1));
    let (mut kept, mut asked) = (question.to_vec(), Vec::new());
    match learnt {
        Learnt::TwoThirds => {
            for (place, text) in (1..).zip(others) {
                let to = if (place + at) % 3 == round % 3 { &mut asked } else { &mut kept };
                to.push(text.clone());
            }
        }
        Learnt::Phrasings(count) => {
            let beside = count.saturating_sub(1).min(others.len());
            let most = (others.len() - beside).min(ASKED);
            // Others are asked in each round, as long as there are any.
            let turned = others.iter().cycle().skip(round * most).take(others.len());
            asked.extend(turned.clone().take(most).cloned());
            kept.extend(turned.skip(most).take(beside).cloned());
        }
    }
    (kept, asked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn base(sizes: &[usize]) -> Vec<Source> {
        let source = |(id, size): (usize, &usize)| Source {
            id: EntryId(id as i64),
            phrasings: (0..*size).map(|at| format!("entry {id} way {at}")).collect(),
            answer: String::new(),
            passages: Vec::new(),
        };
        sizes.iter().enumerate().map(source).collect()
    }

    /// What is asked is in no entry that is learnt.
    fn is_apart(round: &Round) -> bool {
        let learnt: HashSet<&String> = round.kept.iter().flat_map(|source| &source.phrasings).collect();
        round.questions.iter().all(|(text, _)| !learnt.contains(text))
    }

    #[test]
    fn so_many_phrasings_are_learnt_and_a_few_others_are_asked() {
        let sources = base(&[12; 12]);
        for (size, asked) in [(1, 3), (3, 3), (5, 3), (10, 2), (11, 1)] {
            let mut all = HashSet::new();
            for round in 0..3 {
                let this = Round::of(&sources, round, Learnt::Phrasings(size));
                assert!(is_apart(&this), "{size} {round}");
                // Two entries are held out whole, each with two questions that nothing answers.
                assert_eq!(this.kept.len(), 10);
                assert!(this.kept.iter().all(|source| source.phrasings.len() == size), "{this:?}");
                assert!(this.kept.iter().all(|source| source.phrasings[0].ends_with("way 0")));
                let inside = this.questions.iter().filter(|(_, wanted)| wanted.is_some());
                assert_eq!(inside.clone().count(), 10 * asked, "{size}");
                all.extend(inside.map(|(text, _)| text.clone()));
                let near = this
                    .questions
                    .iter()
                    .filter(|(text, wanted)| wanted.is_none() && text.starts_with("entry "));
                assert_eq!(near.count(), 4);
            }
            // Other ones in each round.
            assert!(all.len() > 12 * asked, "{size}: {}", all.len());
        }
    }

    #[test]
    fn an_entry_without_another_phrasing_is_learnt_and_not_asked() {
        let round = Round::of(&base(&[4, 3, 1]), 0, Learnt::Phrasings(3));
        assert_eq!(round.kept.iter().map(|source| source.phrasings.len()).collect::<Vec<_>>(), [3, 3, 1]);
        let inside: Vec<_> = round.questions.iter().filter_map(|(_, wanted)| *wanted).collect();
        assert_eq!(inside, [EntryId(0)]);
        assert!(is_apart(&round));
    }

    #[test]
    fn a_third_is_asked_and_each_phrasing_but_the_first_once_in_three_rounds() {
        let sources = base(&[7; 3]);
        let rounds: Vec<Round> = (0..3).map(|round| Round::of(&sources, round, Learnt::TwoThirds)).collect();
        assert!(rounds.iter().all(is_apart));
        let inside = rounds.iter().flat_map(|round| &round.questions).filter(|(_, wanted)| wanted.is_some());
        let texts: Vec<&String> = inside.map(|(text, _)| text).collect();
        assert_eq!((texts.len(), texts.iter().collect::<HashSet<_>>().len()), (18, 18));
    }

    #[test]
    fn a_base_is_judged_with_as_many_phrasings_as_half_of_it_can_spare_one_beside() {
        assert_eq!(sizes(&base(&[12; 6])), [1, 3, 5, 10]);
        assert_eq!(sizes(&base(&[10; 6])), [1, 3, 5]);
        assert_eq!(sizes(&base(&[12, 4, 4, 2])), [1, 3]);
        assert!(sizes(&base(&[1, 1])).is_empty() && sizes(&[]).is_empty());
        let mut silent = base(&[2]);
        silent[0].phrasings[1] = " …".into();
        assert!(sizes(&silent).is_empty());
    }
}
