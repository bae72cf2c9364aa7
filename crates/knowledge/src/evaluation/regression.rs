//! Questions that editors keep, each with the entry that must answer it or with none: what
//! becomes of them when the base changes.

use crate::{Band, EntryId, Index};

/// From worst to best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// Answered with another entry, or answered though nothing answers it.
    Wrong,
    /// Not answered, and the right entry is not offered.
    Missed,
    /// Asked back, with the right entry among three; or asked back about nothing.
    Offered,
    Right,
}

/// How one question fares: its grade, and the first candidate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    pub grade: Grade,
    pub first: Option<EntryId>,
    pub probability: f32,
}

/// Asks one question of the set.
pub fn verdict(index: &Index, question: &str, wanted: Option<EntryId>) -> Verdict {
    let ranking = index.answer(question);
    let first = ranking.candidates.first().map(|candidate| candidate.id);
    let offered = ranking.candidates.iter().take(3).any(|candidate| Some(candidate.id) == wanted);
    let grade = match (ranking.band, wanted) {
        (Band::Answer, Some(_)) if first == wanted => Grade::Right,
        (Band::Answer, _) => Grade::Wrong,
        (Band::Clarify, Some(_)) if offered => Grade::Offered,
        (Band::Clarify, None) => Grade::Offered,
        (Band::HandOff, None) => Grade::Right,
        (Band::Clarify | Band::HandOff, _) => Grade::Missed,
    };
    Verdict { grade, first, probability: ranking.probability }
}

/// Whether a change makes the set worse: fewer right answers, or more wrong ones.
pub fn is_worse(before: &[Verdict], after: &[Verdict]) -> bool {
    let count = |verdicts: &[Verdict], grade: Grade| verdicts.iter().filter(|one| one.grade == grade).count();
    count(after, Grade::Right) < count(before, Grade::Right)
        || count(after, Grade::Wrong) > count(before, Grade::Wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Settings, Source};

    fn index(entries: &[(i64, &[&str])]) -> Index {
        let source = |(id, texts): &(i64, &[&str])| Source {
            id: EntryId(*id),
            phrasings: texts.iter().map(|text| (*text).to_owned()).collect(),
            answer: String::new(),
            passages: Vec::new(),
        };
        Index::build(entries.iter().map(source).collect(), None, Settings::default())
    }

    #[test]
    fn a_question_that_another_entry_takes_makes_the_set_worse() {
        let before = index(&[(1, &["怎么退货", "如何退货"]), (2, &["多久发货", "几天发货"])]);
        let other = Source {
            id: EntryId(2),
            phrasings: vec!["怎么退货".into()],
            answer: String::new(),
            passages: Vec::new(),
        };
        let after = before.with(vec![other], &[EntryId(1)]);
        let ask = |index: &Index| {
            [("怎么退货", Some(EntryId(1))), ("😀", None)].map(|(text, wanted)| verdict(index, text, wanted))
        };
        let (was, is) = (ask(&before), ask(&after));
        assert_eq!(was.map(|one| one.grade), [Grade::Right, Grade::Right]);
        assert!(is[0].grade < Grade::Offered && is[1].grade == Grade::Right, "{is:?}");
        assert!(is_worse(&was, &is) && !is_worse(&is, &was) && !is_worse(&was, &was));
    }
}
