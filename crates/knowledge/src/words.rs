//! The words of a base by what each means: of how much of a question an entry speaks, word by word, when words of
//! like meaning count as well. A sentence's vector hardly tells a social security card from a credit card; here the word
//! that nothing in the entry is like is missed, the more, the rarer it is anywhere.

use crate::vectors::{Probe, Vectors, centred, unit};
use language::encoder::Words as Table;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, OnceLock},
};

/// From here on a word is worth more the rarer it is; the commonest words tell nearly nothing.
const COMMON: f32 = 5.0;
const MOST: f32 = 10.0;
const LEAST: f32 = 0.05;
/// So many different pieces of a question are looked at, the first ones.
const LONGEST: usize = 48;
/// What is seen where words cannot be compared, and what others are seen from: the usual.
const USUAL: [f32; 2] = [0.8, 0.1];

/// A question's pieces: what they mean, and their share.
#[derive(Clone, Debug, Default)]
pub struct Asked(Vec<(u32, f32)>);

struct Lexicon {
    table: Arc<Table>,
    mean: Vec<f32>,
}

fn lexicon() -> Option<&'static Lexicon> {
    static LEXICON: OnceLock<Option<Lexicon>> = OnceLock::new();
    let make = || {
        let table = Table::embedded().ok()?;
        let mut pieces: Vec<u32> =
            crate::base::EVERYDAY.lines().flat_map(|line| table.pieces(line)).collect();
        pieces.sort_unstable();
        pieces.dedup();
        let mut mean = vec![0.0; language::encoder::DIMENSIONS];
        for piece in &pieces {
            for (sum, x) in mean.iter_mut().zip(unit(table.vector(*piece))) {
                *sum += x / pieces.len() as f32;
            }
        }
        Some(Lexicon { table, mean })
    };
    LEXICON.get_or_init(make).as_ref()
}

impl Lexicon {
    fn vector(&self, piece: u32) -> Vec<f32> {
        centred(unit(self.table.vector(piece)), &self.mean)
    }
}

/// The pieces of a base's texts. Each different piece has a number, and a vector under it.
#[derive(Clone, Default)]
pub struct Words {
    numbers: HashMap<u32, u32>,
    vectors: Vectors,
    /// Where the pieces of each phrasing end in `pieces`.
    ends: Vec<u32>,
    pieces: Vec<u32>,
    /// Of each entry the numbers of its answers' pieces.
    answers: Vec<Vec<u32>>,
}

/// The pieces of each entry by their numbers, each once.
pub type Spoken = Vec<Vec<u32>>;

/// A text's pieces by what the table calls them.
pub fn pieces(text: &str) -> Vec<u32> {
    lexicon().map_or_else(Vec::new, |lexicon| lexicon.table.pieces(text))
}

impl Asked {
    pub fn of(pieces: &[u32]) -> Self {
        let Some(lexicon) = lexicon() else { return Self::default() };
        let mut shares: BTreeMap<u32, f32> = BTreeMap::new();
        for piece in pieces {
            if shares.len() < LONGEST || shares.contains_key(piece) {
                *shares.entry(*piece).or_default() +=
                    (lexicon.table.rarity(*piece) - COMMON).clamp(0.0, MOST) + LEAST;
            }
        }
        let all: f32 = shares.values().sum();
        Self(shares.into_iter().map(|(piece, share)| (piece, share / all)).collect())
    }
}

impl Words {
    pub fn new() -> Self {
        Self { vectors: Vectors::new(language::encoder::DIMENSIONS), ..Self::default() }
    }

    fn number(&mut self, piece: u32, lexicon: &Lexicon) -> u32 {
        let vectors = &mut self.vectors;
        *self.numbers.entry(piece).or_insert_with(|| {
            vectors.push(&lexicon.vector(piece));
            vectors.len() as u32 - 1
        })
    }

    /// Takes in the next phrasing.
    pub fn push(&mut self, text: &str) {
        let Some(lexicon) = lexicon() else { return };
        for piece in lexicon.table.pieces(text) {
            self.number(piece, lexicon);
            self.pieces.push(piece);
        }
        self.ends.push(self.pieces.len() as u32);
    }

    /// Takes in a text of an entry's answer, besides others.
    pub fn push_answer(&mut self, entry: usize, text: &str) {
        let Some(lexicon) = lexicon() else { return };
        let numbers: Vec<u32> =
            lexicon.table.pieces(text).into_iter().map(|piece| self.number(piece, lexicon)).collect();
        if self.answers.len() <= entry {
            self.answers.resize(entry + 1, Vec::new());
        }
        self.answers[entry].extend(numbers);
        self.answers[entry].sort_unstable();
        self.answers[entry].dedup();
    }

    pub fn remove_answers(&mut self, entry: usize) {
        if let Some(answers) = self.answers.get_mut(entry) {
            answers.clear();
        }
    }

    /// The pieces of a phrasing.
    pub fn of(&self, phrasing: u32) -> &[u32] {
        let Some(end) = self.ends.get(phrasing as usize) else { return &[] };
        let start = (phrasing as usize).checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.pieces[start as usize..*end as usize]
    }

    /// What entries speak of: in these phrasings, each with its owner, and in the answers of those that have one.
    pub fn spoken(&self, phrasings: impl Iterator<Item = (u32, usize)>, entries: usize) -> Spoken {
        let mut spoken: Spoken = vec![Vec::new(); entries];
        for (phrasing, owner) in phrasings {
            spoken[owner].extend(self.of(phrasing).iter().map(|piece| self.numbers[piece]));
        }
        for (entry, numbers) in spoken.iter_mut().enumerate().filter(|(_, numbers)| !numbers.is_empty()) {
            numbers.extend(self.answers.get(entry).into_iter().flatten());
            numbers.sort_unstable();
            numbers.dedup();
            numbers.shrink_to_fit();
        }
        spoken
    }

    /// Of each of these entries: how much of the question it speaks of, and how much is missed where a single
    /// word counts more the less it is spoken of. Both seen from what is usual.
    pub fn coverage(&self, asked: &Asked, entries: &[&[u32]]) -> Vec<[f32; 2]> {
        let mut all: Vec<[f32; 2]> = vec![[0.0; 2]; entries.len()];
        let Some(lexicon) = lexicon().filter(|_| !asked.0.is_empty()) else { return all };
        let mut spoken: Vec<u32> = entries.concat();
        spoken.sort_unstable();
        spoken.dedup();
        let mut likeness = vec![0_f32; self.vectors.len()];
        for (piece, share) in &asked.0 {
            let own = self.numbers.get(piece).copied();
            let probe = Probe::new(&lexicon.vector(*piece));
            for number in &spoken {
                likeness[*number as usize] = self.vectors.cosine(*number as usize, &probe);
            }
            if let Some(own) = own {
                likeness[own as usize] = 1.0;
            }
            for (sums, entry) in all.iter_mut().zip(entries) {
                let best = entry.iter().map(|number| likeness[*number as usize]).fold(0.0, f32::max);
                sums[0] += share * best;
                sums[1] += share * (1.0 - best) * (1.0 - best);
            }
        }
        for sums in &mut all {
            for (sum, usual) in sums.iter_mut().zip(USUAL) {
                *sum -= usual;
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, Words, lexicon, pieces};

    /// How much of a question an entry with these phrasings and this answer speaks of, and how much is missed.
    fn covered(question: &str, phrasings: &[&str], answer: &str) -> [f32; 2] {
        let mut words = Words::new();
        for text in phrasings {
            words.push(text);
        }
        words.push_answer(0, answer);
        let spoken = words.spoken((0..phrasings.len() as u32).map(|row| (row, 0)), 1);
        words.coverage(&Asked::of(&pieces(question)), &[&spoken[0]])[0]
    }

    #[test]
    fn a_rare_word_that_nothing_in_the_entry_is_like_is_missed() {
        if lexicon().is_none() {
            return;
        }
        let card = ["信用卡怎么激活", "新的信用卡要激活"];
        let [own, own_missed] = covered("信用卡如何激活", &card, "");
        let [other, other_missed] = covered("健身卡如何激活", &card, "");
        assert!(own > other + 0.05 && own_missed < other_missed - 0.05, "{own} {other}");
        let [all, none] = covered("信用卡怎么激活", &card, "");
        assert!(
            all + super::USUAL[0] > 0.999 && none + super::USUAL[1] < 0.001,
            "its own words are all there"
        );
    }

    #[test]
    fn a_like_word_counts_more_than_another_and_the_answer_counts_too() {
        if lexicon().is_none() {
            return;
        }
        let phrasings = ["怎么退货"];
        assert!(covered("怎么退款", &phrasings, "")[0] > covered("怎么天气", &phrasings, "")[0]);
        let (without, with) =
            (covered("七天", &phrasings, ""), covered("七天", &phrasings, "七天内可以退货"));
        assert!(with[0] > without[0] + 0.1 && with[1] < without[1]);
    }

    #[test]
    fn an_edited_base_has_the_words_of_a_new_one() {
        let mut edited = Words::new();
        edited.push("怎么开发票");
        edited.push_answer(0, "没有了");
        edited.push("怎么退货");
        edited.remove_answers(0);
        edited.push_answer(0, "七天内");
        let mut new = Words::new();
        new.push("怎么退货");
        new.push_answer(0, "七天内");
        let asked = Asked::of(&pieces("退货要几天"));
        let of = |words: &Words, row: u32| {
            let spoken = words.spoken(std::iter::once((row, 0)), 1);
            words.coverage(&asked, &[&spoken[0]])
        };
        assert_eq!(of(&edited, 1), of(&new, 0));
        assert_eq!(new.coverage(&Asked::default(), &[&[]]), [[0.0; 2]]);
    }
}
