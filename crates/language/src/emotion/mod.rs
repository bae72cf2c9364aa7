//! How a text feels: negative, angry, urgent, positive, and which words show it.
//! Invariant: a probability for each mood; spans only for moods that are said to be there.

pub mod features;
mod lexicon;
#[cfg(feature = "training")]
pub mod training;

use features::Feature;
use serde::Serialize;

use crate::{
    lexical::{Pos, Text, Token},
    perceptron::{Model, ModelError},
    syntax::scope::Scope,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mood {
    Negative,
    Anger,
    Urgency,
    Positive,
}

impl Mood {
    pub const ALL: [Self; 4] = [Self::Negative, Self::Anger, Self::Urgency, Self::Positive];

    pub fn name(self) -> &'static str {
        ["negative", "anger", "urgency", "positive"][self as usize]
    }
}

/// Words that show a mood, in characters of the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MoodSpan {
    pub mood: Mood,
    pub start: usize,
    pub end: usize,
    pub text: String,
}

/// Probabilities, the moods that are there (above their thresholds), and why.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Emotion {
    pub negative: f32,
    pub anger: f32,
    pub urgency: f32,
    pub positive: f32,
    pub moods: Vec<Mood>,
    pub spans: Vec<MoodSpan>,
}

/// A sentence of the text: its tokens and what is negated in it.
pub struct Part<'a> {
    pub tokens: &'a [Token],
    pub scopes: &'a [Scope],
}

#[derive(Clone, Copy)]
struct Line {
    scale: f32,
    bias: f32,
    threshold: f32,
}

pub struct Moods {
    model: Model,
    lines: [Line; 4],
}

impl Moods {
    /// The file: `EMO1`, for each mood f32 scale, bias, threshold; then a file of a linear model.
    pub fn read(bytes: &[u8]) -> Result<Self, ModelError> {
        let (head, model) = bytes.split_at_checked(4 + 48).ok_or(ModelError)?;
        let numbers: Vec<f32> = head[4..]
            .chunks_exact(4)
            .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]))
            .collect();
        if !head.starts_with(b"EMO1") || numbers.iter().any(|number| !number.is_finite()) {
            return Err(ModelError);
        }
        let line = |mood: usize| Line {
            scale: numbers[mood * 3],
            bias: numbers[mood * 3 + 1],
            threshold: numbers[mood * 3 + 2],
        };
        let model = Model::read(model)?;
        let names = model.classes().iter().map(String::as_str);
        if !names.eq(Mood::ALL.map(Mood::name)) {
            return Err(ModelError);
        }
        Ok(Self { model, lines: [line(0), line(1), line(2), line(3)] })
    }

    pub fn feel(&self, text: &Text, parts: &[Part<'_>]) -> Emotion {
        let features = features::of(text, parts);
        if features.is_empty() {
            return Emotion::default();
        }
        let hashes: Vec<u32> = features.iter().map(|feature| feature.hash).collect();
        let mut sums = Vec::new();
        self.model.score(&hashes, &mut sums);
        let length = (features.len() as f32).sqrt();
        let probability = |mood: Mood| {
            let line = self.lines[mood as usize];
            1.0 / (1.0 + (-(line.scale * sums[mood as usize] as f32 / length + line.bias)).exp())
        };
        let [negative, anger, urgency, positive] = Mood::ALL.map(probability);
        let there = |mood: &Mood| {
            [negative, anger, urgency, positive][*mood as usize] >= self.lines[*mood as usize].threshold
        };
        let moods: Vec<Mood> = Mood::ALL.into_iter().filter(there).collect();
        let spans = moods.iter().flat_map(|mood| self.spans(*mood, text, parts, &features)).collect();
        Emotion { negative, anger, urgency, positive, moods, spans }
    }

    /// The words that carry most of a mood's score, three runs of them at most. Words such as "this" and
    /// 你们 may weigh as well, but show nothing to whoever reads the reasons.
    fn spans(&self, mood: Mood, text: &Text, parts: &[Part<'_>], features: &[Feature]) -> Vec<MoodSpan> {
        let mut weights = vec![0.0_f32; text.chars.len()];
        let mut sums = Vec::new();
        for feature in features.iter().filter(|feature| feature.end > feature.start) {
            self.model.score(&[feature.hash], &mut sums);
            let share = sums[mood as usize] as f32 / (feature.end - feature.start) as f32;
            for weight in &mut weights[feature.start..feature.end] {
                *weight += share;
            }
        }
        let tokens = parts.iter().flat_map(|part| part.tokens);
        let tokens = tokens.filter(|token| says_something(token.pos));
        let tokens = tokens.filter(|token| token.text.chars().any(char::is_alphanumeric));
        let scored: Vec<(&Token, f32)> = tokens
            .map(|token| {
                let sum: f32 = weights[token.start..token.end].iter().sum();
                (token, sum / (token.end - token.start) as f32)
            })
            .collect();
        let most = scored.iter().map(|one| one.1).fold(0.0, f32::max);
        let mut runs: Vec<(usize, usize, f32)> = Vec::new();
        for (token, weight) in scored.iter().filter(|one| most > 0.0 && one.1 >= most * 0.45) {
            match runs.last_mut() {
                Some(run) if run.1 == token.start => *run = (run.0, token.end, run.2 + weight),
                _ => runs.push((token.start, token.end, *weight)),
            }
        }
        runs.sort_by(|a, b| b.2.total_cmp(&a.2));
        runs.truncate(3);
        runs.sort_by_key(|run| run.0);
        let span = |(start, end, _): (usize, usize, f32)| MoodSpan {
            mood,
            start,
            end,
            text: text.original(start, end),
        };
        runs.into_iter().map(span).collect()
    }
}

const fn says_something(pos: Pos) -> bool {
    use Pos as P;
    !matches!(pos, P::Pron | P::Det | P::Adp | P::Aux | P::Part | P::Cconj | P::Sconj | P::Punct)
}
