//! The dependency parser: greedy, arc-hybrid, one linear model for steps and labels.
//! Invariant: linear time; every sentence gets a tree with one root, whatever the words.

use super::state::{State, Step, Word};
use crate::perceptron::Model;

pub const ROOT: &str = "root";

/// The head of a word (none: it is the root of its sentence) and the name of the relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link<'a> {
    pub head: Option<usize>,
    pub label: &'a str,
}

/// What a class of the model means: a step and, for arcs, the number of a label.
pub struct Steps {
    pub labels: Vec<String>,
    pub steps: Vec<(Step, u8)>,
}

impl Steps {
    /// Classes are called `shift`, `left:nsubj`, `right:obj` …
    pub fn of(classes: &[String]) -> Self {
        let mut labels: Vec<String> = Vec::new();
        let steps = classes
            .iter()
            .map(|class| {
                let Some((way, label)) = class.split_once(':') else { return (Step::Shift, 0) };
                let number = labels.iter().position(|known| known == label).unwrap_or_else(|| {
                    labels.push(label.to_owned());
                    labels.len() - 1
                });
                (if way == "left" { Step::Left } else { Step::Right }, number as u8)
            })
            .collect();
        Self { labels, steps }
    }

    pub fn is_root(&self, label: u8) -> bool {
        self.labels.get(usize::from(label)).is_some_and(|label| label == ROOT)
    }
}

pub struct Parser {
    model: Model,
    steps: Steps,
}

impl Parser {
    pub fn new(model: Model) -> Self {
        let steps = Steps::of(model.classes());
        Self { model, steps }
    }

    /// One link for each word.
    pub fn parse(&self, words: &[Word]) -> Vec<Link<'_>> {
        let mut state = State::new(words);
        let (mut features, mut scores) = (Vec::new(), Vec::new());
        while !state.done() {
            state.features(&mut features);
            self.model.score(&features, &mut scores);
            let best = |fits: &dyn Fn((Step, u8)) -> bool| {
                (0..scores.len())
                    .filter(|class| fits(self.steps.steps[*class]))
                    .max_by_key(|class| (scores[*class], std::cmp::Reverse(*class)))
            };
            let allowed = |step: (Step, u8)| state.allows(step.0);
            let suits = |step: (Step, u8)| allowed(step) && state.suits(step.0, self.steps.is_root(step.1));
            let Some(best) = best(&suits).or_else(|| best(&allowed)) else { break };
            let (step, label) = self.steps.steps[best];
            state.take(step, label);
        }
        self.links(&state)
    }

    /// The first child of the root that is a word is the root of the sentence; further ones hang on it.
    fn links(&self, state: &State) -> Vec<Link<'_>> {
        let head = |word: usize| {
            let mut head = state.heads[word];
            // Where nothing else was left, a word hangs on punctuation: on its head, then.
            while head != 0 && state.is_mark(head) {
                head = state.heads[head];
            }
            head
        };
        let tops = || (1..state.count()).filter(|word| head(*word) == 0);
        let root = tops().find(|word| !state.is_mark(*word)).or_else(|| tops().next());
        let link = |word: usize| {
            let label = self.steps.labels.get(usize::from(state.labels[word])).map_or("dep", String::as_str);
            match (head(word), root) {
                (0, Some(root)) if root != word => {
                    Link { head: Some(root - 1), label: if label == ROOT { "parataxis" } else { label } }
                }
                (0, _) => Link { head: None, label: ROOT },
                (head, _) => Link { head: Some(head - 1), label: if label == ROOT { "dep" } else { label } },
            }
        };
        (1..state.count()).map(link).collect()
    }
}
