//! How good the base is, measured from itself as `octim bot eval` measures a file, and from
//! the regression set; every look is kept.

use super::{DAY, Learning, blocking};
use crate::{Error, Result, Staff, bots::source_of};
use knowledge::{
    Encode, Settings, Source,
    clusters::likeness,
    evaluation::{
        held_out::{Confusion, HeldOut, held_out},
        regression::{Grade, verdict},
        rounds::Learnt,
    },
};
use model::{EntryId, LlmFailure, Millis, Permission, PublishedEntry, WorkspaceId};
use serde::Serialize;
use std::{collections::HashMap, sync::Arc};
use store::quality::{ModelRun, RegressionQuestion};

/// After a start the machine has other things to do.
const QUIET: Millis = 10 * 60 * 1_000;
/// Runs that a history shows.
const RUNS: i64 = 60;
/// Questions that are asked nearly the same, and answers that say nearly the same.
const SAME: f32 = 0.6;

/// What two entries that are taken for each other are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pair {
    /// They ask and answer the same.
    Duplicate,
    /// They ask nearly the same and answer otherwise.
    Contradiction,
    /// They are about near things; more phrasings tell them apart.
    Near,
}

/// Questions of one entry that went to another.
#[derive(Clone, Debug, Serialize)]
pub struct Confused {
    pub wanted_id: EntryId,
    pub wanted: String,
    pub taken_id: EntryId,
    pub taken: String,
    pub questions: usize,
    pub answered: usize,
    pub example: String,
    pub kind: Pair,
}

/// What is kept of a look, as JSON; shares are between 0 and 1.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    pub target: f64,
    pub entries: usize,
    pub phrasings: usize,
    /// Only a part of the base was asked.
    pub sampled: bool,
    pub questions: usize,
    pub in_scope: usize,
    pub accuracy: f64,
    pub recall_at_3: f64,
    pub precision: f64,
    pub answered: f64,
    pub clarified: f64,
    pub handed_off: f64,
    pub out_of_scope_answered: f64,
    pub ece: f64,
    pub threshold: f32,
    /// Questions, said, right; for each tenth of probability.
    pub calibration: Vec<[f64; 3]>,
    /// Threshold, precision, answered.
    pub curve: Vec<[f64; 3]>,
    pub confusions: Vec<Confused>,
    /// Of the regression set: answered with another entry.
    pub regression_wrong: usize,
}

impl Learning {
    /// The looks so far, oldest first.
    pub async fn runs(&self, staff: &Staff) -> Result<Vec<ModelRun>> {
        staff.require(Permission::EditKnowledge)?;
        Ok(self.store.list_model_runs(staff.workspace(), RUNS).await?)
    }

    /// Looks now. One look at a time on a node.
    pub async fn measure(&self, staff: &Staff) -> Result<ModelRun> {
        staff.require(Permission::EditKnowledge)?;
        self.measure_base(staff.workspace()).await
    }

    /// Once a day when the base changed and a bot answers from it.
    pub(super) async fn is_measuring_due(&self, workspace: WorkspaceId) -> Result<bool> {
        let now = self.clock.now();
        if now < self.started_at + QUIET {
            return Ok(false);
        }
        let last = self.store.list_model_runs(workspace, 1).await?.pop();
        let revision = self.store.knowledge_revision(workspace).await?;
        if last.is_some_and(|last| last.revision >= revision || now < last.at + DAY) {
            return Ok(false);
        }
        let channels = self.store.list_channels(workspace).await?;
        Ok(channels.iter().any(|channel| channel.settings.bot.enabled))
    }

    pub(super) async fn measure_base(&self, workspace: WorkspaceId) -> Result<ModelRun> {
        let _permit = self.measuring.acquire().await.map_err(Error::internal)?;
        let revision = self.store.knowledge_revision(workspace).await?;
        let entries = self.store.published_entries(workspace).await?;
        let set = self.store.regression_set(workspace).await?;
        let target = f64::from(self.target_percent(workspace).await?) / 100.0;
        let known = if set.is_empty() { None } else { Some(self.ready(workspace).await?) };
        let (memory, at) = (self.bots.encoder_of(workspace).await?, self.clock.now());
        let run = blocking(move || {
            let settings = Settings { target_precision: target as f32 };
            let encoder = memory.clone().map(|memory| memory as Arc<dyn Encode>);
            let held = held_out(&sources(&entries), encoder, &settings, Learnt::TwoThirds);
            if memory.is_some_and(|memory| memory.has_gaps()) {
                return Err(Error::Llm(LlmFailure::Failed));
            }
            let grade = |one: &RegressionQuestion| {
                known.as_ref().map(|known| verdict(&known.index, &one.text, one.entry_id).grade)
            };
            let grades: Vec<Grade> = set.iter().filter_map(grade).collect();
            let count = |wanted| grades.iter().filter(|grade| **grade == wanted).count();
            let measured = measured(&held, &entries, target, count(Grade::Wrong));
            let report = serde_json::to_string(&measured).map_err(Error::internal)?;
            Ok::<_, Error>(ModelRun {
                at,
                revision,
                precision: measured.precision,
                answered: measured.answered,
                regression_right: count(Grade::Right) as i64,
                regression_total: grades.len() as i64,
                report,
            })
        });
        let run = run.await??;
        self.store.insert_model_run(workspace, &run).await?;
        Ok(run)
    }
}

fn sources(entries: &[PublishedEntry]) -> Vec<Source> {
    entries.iter().map(|entry| source_of(entry.id, &entry.content)).collect()
}

fn round(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

fn measured(held: &HeldOut, entries: &[PublishedEntry], target: f64, regression_wrong: usize) -> Measured {
    let by_id: HashMap<EntryId, &PublishedEntry> = entries.iter().map(|entry| (entry.id, entry)).collect();
    let report = &held.report;
    let bin =
        |bin: &knowledge::evaluation::Bin| [bin.questions as f64, round(bin.probability), round(bin.right)];
    let point = |point: &knowledge::evaluation::Point| {
        [round(point.threshold), round(point.precision), round(point.answered)]
    };
    Measured {
        target,
        entries: held.entries,
        phrasings: held.phrasings,
        sampled: held.sampled,
        questions: report.questions,
        in_scope: report.in_scope,
        accuracy: round(report.accuracy),
        recall_at_3: round(report.recall_at_3),
        precision: round(report.precision),
        answered: round(report.answered),
        clarified: round(report.clarified),
        handed_off: round(report.handed_off),
        out_of_scope_answered: round(report.out_of_scope_answered),
        ece: round(report.ece),
        threshold: held.thresholds.answer,
        calibration: report.calibration.iter().map(bin).collect(),
        curve: report.curve.iter().map(point).collect(),
        confusions: held.confusions.iter().filter_map(|pair| confused(pair, &by_id)).collect(),
        regression_wrong,
    }
}

fn confused(pair: &Confusion, by_id: &HashMap<EntryId, &PublishedEntry>) -> Option<Confused> {
    let (wanted, taken) = (by_id.get(&pair.wanted)?, by_id.get(&pair.taken)?);
    Some(Confused {
        wanted_id: pair.wanted,
        wanted: wanted.content.question.clone(),
        taken_id: pair.taken,
        taken: taken.content.question.clone(),
        questions: pair.questions,
        answered: pair.answered,
        example: pair.example.clone(),
        kind: kind(wanted, taken),
    })
}

fn kind(a: &PublishedEntry, b: &PublishedEntry) -> Pair {
    if likeness(&a.content.answer, &b.content.answer) >= SAME {
        return Pair::Duplicate;
    }
    let theirs = b.phrasings();
    let ask_the_same =
        a.phrasings().iter().any(|own| theirs.iter().any(|other| likeness(own, other) >= SAME));
    if ask_the_same { Pair::Contradiction } else { Pair::Near }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::EntryContent;

    fn entry(id: i64, question: &str, answer: &str) -> PublishedEntry {
        let content =
            EntryContent { question: question.into(), answer: answer.into(), ..EntryContent::default() };
        PublishedEntry { id: EntryId(id), version: 1, content }
    }

    #[test]
    fn pairs_are_told_apart_by_what_they_ask_and_answer() {
        let seven = entry(1, "怎么申请退货", "签收后七天内可以在订单里申请退货。");
        let again = entry(2, "退货怎么申请", "签收后七天内可以在订单里申请退货");
        let fifteen = entry(3, "怎么申请退货呢", "本店不支持。");
        let other = entry(4, "退款多久到账", "三个工作日原路返回。");
        assert_eq!(kind(&seven, &again), Pair::Duplicate);
        assert_eq!(kind(&seven, &fifteen), Pair::Contradiction);
        assert_eq!(kind(&seven, &other), Pair::Near);
    }
}
