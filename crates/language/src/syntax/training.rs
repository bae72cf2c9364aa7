//! Teaches the parser with a dynamic oracle: it follows its own mistakes and learns the best way on.
//! Invariant: a fixed seed; the same treebank gives the same model.

use super::{
    parser::{ROOT, Steps},
    state::{State, Step, Word},
};
use crate::perceptron::training::Trainer;

/// A sentence with its tree: for each word its head (0 is the root, words count from 1) and label.
pub struct Example {
    pub words: Vec<Word>,
    pub heads: Vec<usize>,
    pub labels: Vec<String>,
}

impl Example {
    /// Whether no arcs cross, and each word leads to the root.
    pub fn is_projective_tree(&self) -> bool {
        let count = self.heads.len();
        let reaches_root = (1..=count).all(|word| {
            let mut at = word;
            (0..=count).any(|_| {
                at = if at == 0 { 0 } else { self.heads[at - 1] };
                at == 0
            })
        });
        reaches_root
            && (1..=count).all(|word| {
                let head = self.heads[word - 1];
                let (low, high) = (word.min(head), word.max(head));
                (low + 1..high).all(|inner| (low..=high).contains(&self.heads[inner - 1]))
            })
    }
}

const STEPS: [Step; 3] = [Step::Shift, Step::Left, Step::Right];

/// How many arcs of the right tree become impossible by a step.
fn cost(state: &State, step: Step, heads: &[usize]) -> usize {
    let head = |word: usize| if word == 0 { usize::MAX } else { heads[word - 1] };
    let Some(top) = state.stack.last().copied() else { return 0 };
    let below = state.stack.len().checked_sub(2).map(|index| state.stack[index]);
    let next = state.next;
    match step {
        Step::Shift => {
            let lost_head = state.stack[..state.stack.len() - 1].contains(&head(next));
            usize::from(lost_head) + state.stack.iter().filter(|word| head(**word) == next).count()
        }
        Step::Left => {
            let lost_head = below == Some(head(top)) || (head(top) > next && head(top) < state.count());
            usize::from(lost_head) + (next..state.count()).filter(|word| head(*word) == top).count()
        }
        Step::Right => {
            let lost_head = head(top) >= next && head(top) < state.count();
            usize::from(lost_head) + (next..state.count()).filter(|word| head(*word) == top).count()
        }
    }
}

/// Trains on the projective ones of the examples, and writes a model of at most `size` bytes.
pub fn train(examples: &[Example], epochs: usize, size: usize, mut report: impl FnMut(usize)) -> Vec<u8> {
    let examples: Vec<_> = examples.iter().filter(|example| example.is_projective_tree()).collect();
    let mut classes = std::collections::BTreeSet::new();
    for example in &examples {
        for (index, label) in example.labels.iter().enumerate() {
            let way = if example.heads[index] > index + 1 { "left" } else { "right" };
            classes.insert(format!("{way}:{label}"));
        }
    }
    let classes: Vec<_> = std::iter::once("shift".to_owned()).chain(classes).collect();
    let steps = Steps::of(&classes);
    let mut trainer = Trainer::new(classes);
    let mut random = Random(0x5eed);
    let mut order: Vec<usize> = (0..examples.len()).collect();
    for epoch in 0..epochs {
        random.shuffle(&mut order);
        for index in &order {
            follow(&mut trainer, &steps, examples[*index], epoch, &mut random);
        }
        report(epoch + 1);
    }
    trainer.write(size)
}

fn follow(trainer: &mut Trainer, steps: &Steps, example: &Example, epoch: usize, random: &mut Random) {
    let mut state = State::new(&example.words);
    let (mut features, mut scores) = (Vec::new(), Vec::new());
    let number =
        |label: &str| steps.labels.iter().position(|known| known == label).map_or(0, |found| found as u8);
    let labels: Vec<u8> = example.labels.iter().map(|label| number(label)).collect();
    while !state.done() {
        state.features(&mut features);
        trainer.score(&features, &mut scores);
        // What the parser itself may do: see `State::suits`.
        let proper =
            |step: Step| state.allows(step) && [false, true].iter().any(|root| state.suits(step, *root));
        let any = STEPS.iter().any(|step| proper(*step));
        let may = |step: Step| if any { proper(step) } else { state.allows(step) };
        let fits = |(step, label): (Step, u8)| may(step) && (!any || state.suits(step, steps.is_root(label)));
        let costs: Vec<_> = STEPS
            .into_iter()
            .filter(|step| may(*step))
            .map(|step| (step, cost(&state, step, &example.heads)))
            .collect();
        let Some(least) = costs.iter().map(|cost| cost.1).min() else { break };
        let top = state.stack.last().copied().unwrap_or(0);
        let right = |(step, label): (Step, u8)| {
            if !fits((step, label)) || !costs.contains(&(step, least)) {
                return false;
            }
            let head = match step {
                Step::Shift => return true,
                Step::Left => state.next,
                Step::Right => state.stack[state.stack.len() - 2],
            };
            example.heads[top - 1] != head || labels[top - 1] == label
        };
        let best = |fits: &dyn Fn((Step, u8)) -> bool| {
            (0..scores.len())
                .filter(|class| fits(steps.steps[*class]))
                .reduce(|best, class| if scores[class] > scores[best] { class } else { best })
        };
        let Some(guess) = best(&fits) else { break };
        let truth = best(&right).unwrap_or(guess);
        trainer.update(&features, truth, guess);
        let (step, label) = steps.steps[if epoch > 0 && random.below(10) < 9 { guess } else { truth }];
        state.take(step, label);
    }
}

/// Share of the words, other than those left out, with the right head, and with the right label too.
#[derive(Clone, Copy, Debug, Default)]
pub struct Accuracy {
    pub words: usize,
    pub heads: usize,
    pub labels: usize,
}

impl Accuracy {
    pub fn unlabelled(self) -> f64 {
        100.0 * self.heads as f64 / self.words.max(1) as f64
    }

    pub fn labelled(self) -> f64 {
        100.0 * self.labels as f64 / self.words.max(1) as f64
    }
}

pub fn evaluate(parser: &super::parser::Parser, examples: &[Example]) -> Accuracy {
    let mut accuracy = Accuracy::default();
    for example in examples {
        for (index, link) in parser.parse(&example.words).iter().enumerate() {
            if example.labels[index] == "punct" {
                continue;
            }
            let right = link.head.map_or(0, |head| head + 1) == example.heads[index];
            accuracy.words += 1;
            accuracy.heads += usize::from(right);
            let root = example.heads[index] == 0 && link.label == ROOT;
            accuracy.labels += usize::from(right && (root || link.label == example.labels[index]));
        }
    }
    accuracy
}

/// A small generator (xorshift) with a fixed seed: training must be repeatable.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            items.swap(index, self.below(index + 1));
        }
    }
}
