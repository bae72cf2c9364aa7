//! Whether answering by itself can be recommended, from what was measured.

use super::Learning;
use crate::{Result, Staff};
use model::Permission;
use serde::Deserialize;
use store::quality::ModelRun;

/// With one of these automatic answers are advised against.
pub const STOPS: [&str; 6] =
    ["not_measured", "too_few_questions", "precision", "answers_little", "regression", "worse_than_before"];
/// Fewer held-out questions say nothing.
const QUESTIONS: i64 = 20;
/// Fewer answers are not worth a bot.
const ANSWERED: f64 = 0.2;
/// Phrasings of an entry below which a base answers little.
const PHRASINGS: f64 = 5.0;
/// A share that fell by more is worse, not chance.
const FELL: f64 = 0.03;

/// The looks so far, and what follows from the newest.
#[derive(Clone, Debug)]
pub struct Judged {
    pub advice: Vec<&'static str>,
    /// Oldest first.
    pub runs: Vec<ModelRun>,
}

/// What the advice reads of a report.
#[derive(Deserialize)]
struct Read {
    target: f64,
    entries: i64,
    phrasings: i64,
    in_scope: i64,
    precision: f64,
    answered: f64,
    regression_wrong: i64,
}

impl Learning {
    /// What was measured, with advice.
    pub async fn judged(&self, staff: &Staff) -> Result<Judged> {
        staff.require(Permission::EditKnowledge)?;
        let runs = self.runs(staff).await?;
        let revision = self.store.knowledge_revision(staff.workspace()).await?;
        let mut advice = advice(&runs);
        if runs.last().is_some_and(|run| run.revision < revision) {
            advice.push("outdated");
        }
        Ok(Judged { advice, runs })
    }
}

fn advice(runs: &[ModelRun]) -> Vec<&'static str> {
    let Some(last) = runs.last() else { return vec!["not_measured"] };
    let Ok(report) = serde_json::from_str::<Read>(&last.report) else { return vec!["not_measured"] };
    let mut advice = Vec::new();
    let few = report.in_scope < QUESTIONS;
    if few {
        advice.push("too_few_questions");
    }
    if (report.phrasings as f64) < PHRASINGS * report.entries as f64 {
        advice.push("few_phrasings");
    }
    if report.precision < report.target && !few {
        advice.push("precision");
    }
    if report.answered < ANSWERED && !few {
        advice.push("answers_little");
    }
    if report.regression_wrong > 0 {
        advice.push("regression");
    }
    let before = runs.iter().rev().nth(1);
    if before.is_some_and(|before| fell(before, last)) {
        advice.push("worse_than_before");
    }
    advice
}

fn fell(before: &ModelRun, last: &ModelRun) -> bool {
    let lost =
        before.regression_total == last.regression_total && last.regression_right < before.regression_right;
    lost || last.precision < before.precision - FELL || last.answered < before.answered - FELL
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(precision: f64, answered: f64, in_scope: i64, right: i64) -> ModelRun {
        let report = format!(
            r#"{{"target":0.95,"entries":10,"phrasings":60,"in_scope":{in_scope},"precision":{precision},
                "answered":{answered},"regression_wrong":0,"more":1}}"#
        );
        ModelRun {
            at: 1,
            revision: 1,
            precision,
            answered,
            regression_right: right,
            regression_total: 5,
            report,
        }
    }

    #[test]
    fn a_good_base_passes_and_each_weakness_is_named() {
        assert_eq!(advice(&[run(0.97, 0.6, 100, 5)]), Vec::<&str>::new());
        assert_eq!(advice(&[]), ["not_measured"]);
        assert_eq!(advice(&[run(0.97, 0.6, 5, 5)]), ["too_few_questions"]);
        assert_eq!(advice(&[run(0.90, 0.1, 100, 5)]), ["precision", "answers_little"]);
        assert_eq!(advice(&[run(0.97, 0.6, 100, 5), run(0.96, 0.5, 100, 5)]), ["worse_than_before"]);
        assert_eq!(advice(&[run(0.97, 0.6, 100, 5), run(0.97, 0.6, 100, 4)]), ["worse_than_before"]);
        assert_eq!(advice(&[run(0.97, 0.5, 100, 4), run(0.97, 0.6, 100, 5)]), Vec::<&str>::new());
    }
}
