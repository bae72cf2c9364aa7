//! All phrasings of a base, prepared for learning: normalised texts, vectors, leanings. Invariant: a
//! phrasing keeps its number while the base lives; removed ones leave a gap. Features are made from
//! the text each time: they take six times its room.

use crate::{
    Encode, Source,
    answers::{self, Answers},
    choice,
    opposites::{Leaning, Stance, leaning},
    text::{Feature, features, normalise},
    usual,
    vectors::{Vectors, centred, product, unit},
    words::{self, Asked, Words},
};
use std::{collections::HashMap, sync::Arc};

/// Everyday questions that no customer service answers, in Chinese and English.
pub const EVERYDAY: &str = include_str!("everyday.txt");
const GONE: u32 = u32::MAX;
/// So many texts are encoded before their vectors become bytes, which take a quarter of the room.
const AT_ONCE: usize = 1_024;

/// A question, prepared like the phrasings.
#[derive(Clone, Debug)]
pub struct Question {
    pub features: Vec<Feature>,
    pub leaning: Leaning,
    pub words: Asked,
    pub vector: Option<Vec<f32>>,
    /// How near it is to the nearest everyday questions; 0 without an encoder.
    pub everyday: f32,
}

impl Question {
    /// Its vector is wanted and could not be made.
    pub fn is_lost(&self) -> bool {
        self.vector.as_ref().is_some_and(|vector| vector.iter().all(|x| *x == 0.0))
    }
}

/// The encoder, with what is known about its vectors.
#[derive(Clone)]
pub struct Meaning {
    encoder: Arc<dyn Encode>,
    mean: Vec<f32>,
    everyday: Arc<Vec<Vec<f32>>>,
}

#[derive(Clone)]
pub struct Base {
    entries: usize,
    /// Entries from this number on are only rivals of the others.
    own: usize,
    owners: Vec<u32>,
    /// All texts, one after another, and where each ends.
    texts: String,
    ends: Vec<u32>,
    leanings: Vec<Leaning>,
    /// Whether all entries are learnt as one choice; None: where there is little enough to learn.
    chooses: Option<bool>,
    words: Words,
    vectors: Option<Vectors>,
    meaning: Option<Meaning>,
    answers: Answers,
}

/// What an older base lends: vectors of texts that it knows.
pub struct Old<'a> {
    pub base: &'a Base,
    pub rows: HashMap<&'a str, u32>,
    pub answers: HashMap<String, usize>,
}

impl Meaning {
    fn new(encoder: Arc<dyn Encode>) -> Self {
        let texts: Vec<&str> = EVERYDAY.lines().collect();
        let raw = encoder.encode_all(&texts);
        let width = raw.first().map_or(0, Vec::len);
        let mut mean = vec![0.0; width];
        for vector in raw.iter().filter(|vector| vector.len() == width) {
            for (sum, x) in mean.iter_mut().zip(unit(vector.clone())) {
                *sum += x / raw.len() as f32;
            }
        }
        let everyday = raw.into_iter().map(|vector| centred(unit(vector), &mean)).collect();
        Self { encoder, mean, everyday: Arc::new(everyday) }
    }

    fn of(&self, text: &str) -> Vec<f32> {
        centred(unit(self.encoder.encode(text)), &self.mean)
    }

    /// The mean nearness of the three nearest everyday questions, without the one at `but`.
    fn everyday(&self, vector: &[f32], but: Option<usize>) -> f32 {
        let mut best = [-1_f32; 3];
        for (_, other) in self.everyday.iter().enumerate().filter(|(at, _)| Some(*at) != but) {
            crate::systems::insert(&mut best, product(vector, other));
        }
        best.iter().sum::<f32>() / 3.0
    }
}

impl Base {
    pub fn new(encoder: Option<Arc<dyn Encode>>) -> Self {
        let meaning = encoder.map(Meaning::new);
        let vectors = meaning.as_ref().map(|meaning| Vectors::new(meaning.mean.len()));
        Self {
            entries: 0,
            own: usize::MAX,
            owners: Vec::new(),
            texts: String::new(),
            ends: Vec::new(),
            leanings: Vec::new(),
            chooses: None,
            words: Words::new(),
            answers: Answers::new(meaning.as_ref().map(|meaning| meaning.mean.len())),
            vectors,
            meaning,
        }
    }

    /// Takes in entries, each with its number: their phrasings, and their answers if `answers` says so.
    pub fn extend(&mut self, sources: &[(usize, &Source)], answers: bool, old: Option<&Old<'_>>) {
        if answers {
            self.extend_answers(sources, old);
        }
        let mut waiting: Vec<&str> = Vec::new();
        for (entry, source) in sources {
            self.entries = self.entries.max(entry + 1);
            for phrasing in &source.phrasings {
                let text = normalise(phrasing);
                if features(&text).is_empty() {
                    continue;
                }
                self.owners.push(*entry as u32);
                self.texts.push_str(&text);
                self.ends.push(self.texts.len() as u32);
                self.leanings.push(leaning(&text));
                if self.meaning.is_some() {
                    self.words.push(&text);
                }
                waiting.push(phrasing);
            }
        }
        let (Some(meaning), Some(vectors)) = (&self.meaning, &mut self.vectors) else { return };
        let known = |text: &str| old.and_then(|old| Some((old.base.vectors.as_ref()?, *old.rows.get(text)?)));
        for waiting in waiting.chunks(AT_ONCE) {
            let new: Vec<&str> =
                waiting.iter().copied().filter(|text| known(text).is_none()).map(head).collect();
            let mut encoded = meaning.encoder.encode_all(&new).into_iter();
            for text in waiting {
                if let Some((vectors_of_old, row)) = known(text) {
                    vectors.push_from(vectors_of_old, row as usize);
                } else {
                    vectors.push(&centred(unit(encoded.next().unwrap_or_default()), &meaning.mean));
                }
            }
        }
    }

    /// Takes in entries that stand beside the base's own and never answer, without those that ask the same.
    pub fn extend_by_rivals(&mut self, sources: &[(usize, &Source)], old: Option<&Old<'_>>) {
        self.own = self.entries;
        self.extend(sources, !self.answers.is_empty(), old);
        for entry in usual::superfluous(self) {
            self.remove(entry);
        }
    }

    pub const fn has_rivals(&self) -> bool {
        self.own < self.entries
    }

    pub const fn is_own(&self, entry: usize) -> bool {
        entry < self.own
    }

    fn extend_answers(&mut self, sources: &[(usize, &Source)], old: Option<&Old<'_>>) {
        let filled = sources.iter().filter(|(_, source)| !source.phrasings.is_empty());
        let texts: Vec<(usize, String)> = filled
            .flat_map(|(entry, source)| answers::texts(source).into_iter().map(|text| (*entry, text)))
            .collect();
        let Some(meaning) = &self.meaning else {
            return self.answers.extend(&texts, std::iter::empty());
        };
        for entry in texts.chunk_by(|(a, _), (b, _)| a == b).map(|group| group[0].0) {
            self.words.remove_answers(entry);
        }
        for (entry, text) in &texts {
            self.words.push_answer(*entry, &normalise(text));
        }
        let known = |text: &String| old.and_then(|old| old.base.answers.vector(*old.answers.get(text)?));
        let new: Vec<&str> =
            texts.iter().filter(|(_, text)| known(text).is_none()).map(|(_, text)| text.as_str()).collect();
        let mut encoded = meaning.encoder.encode_all(&new).into_iter();
        let vectors = texts.iter().map(|(_, text)| {
            known(text).unwrap_or_else(|| centred(unit(encoded.next().unwrap_or_default()), &meaning.mean))
        });
        self.answers.extend(&texts, vectors);
    }

    /// Empty where the entries' answers do not tell them apart.
    pub const fn answers(&self) -> &Answers {
        &self.answers
    }

    /// The same encoder and no phrasings.
    pub fn emptied(&self) -> Self {
        let vectors = self.meaning.as_ref().map(|meaning| Vectors::new(meaning.mean.len()));
        Self {
            entries: 0,
            own: usize::MAX,
            owners: Vec::new(),
            texts: String::new(),
            ends: Vec::new(),
            leanings: Vec::new(),
            chooses: None,
            words: Words::new(),
            answers: Answers::new(self.meaning.as_ref().map(|meaning| meaning.mean.len())),
            vectors,
            meaning: self.meaning.clone(),
        }
    }

    pub fn remove(&mut self, entry: usize) {
        self.answers.remove(entry);
        self.words.remove_answers(entry);
        self.owners.iter_mut().filter(|owner| **owner as usize == entry).for_each(|owner| *owner = GONE);
    }

    pub const fn entries(&self) -> usize {
        self.entries
    }

    /// The phrasings that are there.
    pub fn rows(&self) -> Vec<u32> {
        (0..self.owners.len() as u32).filter(|row| !self.is_gone(*row)).collect()
    }

    pub fn is_gone(&self, row: u32) -> bool {
        self.owners[row as usize] == GONE
    }

    pub const fn len(&self) -> usize {
        self.owners.len()
    }

    pub fn owner(&self, row: u32) -> usize {
        self.owners[row as usize] as usize
    }

    pub fn features(&self, row: u32) -> Vec<Feature> {
        let row = row as usize;
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        features(&self.texts[start as usize..self.ends[row] as usize])
    }

    /// For learning the prior.
    pub const fn set_choice(&mut self, chooses: bool) {
        self.chooses = Some(chooses);
    }

    pub fn chooses(&self) -> bool {
        self.vectors.is_some() && self.chooses.unwrap_or_else(|| choice::fits(self))
    }

    pub const fn words(&self) -> &Words {
        &self.words
    }

    pub const fn vectors(&self) -> Option<&Vectors> {
        self.vectors.as_ref()
    }

    pub fn stances(&self, rows: &[u32]) -> Vec<Stance> {
        let mut of_entry: Vec<Vec<Leaning>> = vec![Vec::new(); self.entries];
        for row in rows {
            of_entry[self.owner(*row)].push(self.leanings[*row as usize]);
        }
        of_entry.iter().map(|leanings| Stance::of(leanings)).collect()
    }

    /// A phrasing as if somebody asked it.
    pub fn as_question(&self, row: u32) -> Question {
        let vector = self.vectors.as_ref().map(|vectors| vectors.get(row as usize));
        Question {
            features: self.features(row),
            leaning: self.leanings[row as usize],
            words: Asked::of(self.words.of(row)),
            everyday: self.nearness_of_everyday(vector.as_deref(), None),
            vector,
        }
    }

    /// The words of a question, where there is an encoder: without one they were not measured to help.
    fn asked(&self, clean: &str) -> Asked {
        self.meaning.as_ref().map_or_else(Asked::default, |_| Asked::of(&words::pieces(clean)))
    }

    fn nearness_of_everyday(&self, vector: Option<&[f32]>, but: Option<usize>) -> f32 {
        self.meaning.as_ref().zip(vector).map_or(0.0, |(meaning, vector)| meaning.everyday(vector, but))
    }

    pub fn question(&self, text: &str) -> Question {
        let clean = normalise(text);
        let features = features(&clean);
        let says_something = !features.is_empty();
        let vector = self.meaning.as_ref().filter(|_| says_something).map(|meaning| meaning.of(head(text)));
        let everyday = self.nearness_of_everyday(vector.as_deref(), None);
        let words = self.asked(&clean);
        Question { features, leaning: leaning(&clean), words, vector, everyday }
    }

    /// What people ask elsewhere: far from any base, unless the base is about it.
    pub fn everyday(&self) -> Vec<Question> {
        let question = |(at, text): (usize, &str)| {
            let clean = normalise(text);
            let vector = self.meaning.as_ref().and_then(|meaning| meaning.everyday.get(at).cloned());
            let everyday = self.nearness_of_everyday(vector.as_deref(), Some(at));
            let words = self.asked(&clean);
            Question { features: features(&clean), leaning: leaning(&clean), words, vector, everyday }
        };
        EVERYDAY.lines().enumerate().map(question).collect()
    }
}

/// What the encoder reads of a text.
fn head(text: &str) -> &str {
    text.char_indices().nth(crate::text::LONGEST).map_or(text, |(end, _)| &text[..end])
}
