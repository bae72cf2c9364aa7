//! Learning the shipped prior: many small bases with questions by other hands become examples, and
//! one set of weights that explains them all. Used when a release is made, by `examples/prior.rs`.

use crate::{
    Encode, EntryId, Source, answers,
    base::Base,
    calibration, prior,
    stacker::{self, Example},
    systems::Systems,
};
use std::{collections::HashMap, sync::Arc};

/// What one base and its questions say. Questions in the base weigh 72 % together, the others 28 %.
pub struct Lesson(Vec<Example>);

/// `questions`: a text, and the entry that answers it. Everyday questions count as far from the base.
/// `choice`: whether all entries are learnt as one choice.
pub fn lesson(
    sources: &[Source],
    encoder: Option<Arc<dyn Encode>>,
    questions: &[(String, Option<EntryId>)],
    choice: bool,
) -> Lesson {
    let mut base = Base::new(encoder);
    base.set_choice(choice);
    let numbered: Vec<(usize, &Source)> = sources.iter().enumerate().collect();
    base.extend(&numbered, answers::tell(sources.iter()), None);
    let numbers: HashMap<EntryId, usize> =
        sources.iter().enumerate().map(|(at, source)| (source.id, at)).collect();
    let systems = Systems::learn(&base, base.rows());
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    for (text, right) in questions {
        let question = base.question(text);
        let right = right.and_then(|id| numbers.get(&id).copied());
        let example = calibration::example(&systems.options(&base, &question), right);
        if right.is_some() { inside.push(example) } else { outside.push(example) }
    }
    let share = if outside.is_empty() { 0.0 } else { calibration::OUTSIDE / (1.0 - calibration::OUTSIDE) };
    let each = inside.len() as f64 * share / outside.len().max(1) as f64;
    for example in &mut outside {
        example.weight = each;
    }
    inside.extend(outside);
    Lesson(inside)
}

/// The weights that explain all lessons, each of which counts the same, as a line of the table. They
/// are drawn to those of `line`, another line, or else to nothing.
pub fn fit(lessons: &[Lesson], strength: f64, line: Option<&str>) -> String {
    let mut all = Vec::new();
    for Lesson(examples) in lessons {
        let sum: f64 = examples.iter().map(|example| example.weight).sum();
        all.extend(
            examples
                .iter()
                .cloned()
                .map(|example| Example { weight: example.weight * 500.0 / sum.max(1.0), ..example }),
        );
    }
    let weights = stacker::fit(&all, &line.map_or([0.0; stacker::WEIGHTS], prior::read), strength);
    weights.map(|weight| format!("{weight:.3}")).join(" ")
}
