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
            let best = (0..scores.len())
                .filter(|class| state.allows(self.steps.steps[*class].0))
                .max_by_key(|class| (scores[*class], std::cmp::Reverse(*class)));
            let Some(best) = best else { break };
            let (step, label) = self.steps.steps[best];
            state.take(step, label);
        }
        self.links(&state)
    }

    /// The first child of the root is the root of the sentence; further ones hang on it.
    fn links(&self, state: &State) -> Vec<Link<'_>> {
        let root = (1..state.length()).find(|word| state.heads[*word] == 0);
        let link = |word: usize| {
            let label = self.steps.labels.get(usize::from(state.labels[word])).map_or("dep", String::as_str);
            match (state.heads[word], root) {
                (0, Some(root)) if root != word => {
                    Link { head: Some(root - 1), label: if label == ROOT { "parataxis" } else { label } }
                }
                (0, _) => Link { head: None, label: ROOT },
                (head, _) => Link { head: Some(head - 1), label },
            }
        };
        (1..state.length()).map(link).collect()
    }
}
