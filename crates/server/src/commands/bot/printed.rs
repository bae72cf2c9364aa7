//! What `octim bot eval` prints: one object for programs, tables for people.

use super::super::say;
use knowledge::{
    Band, Thresholds,
    evaluation::{Report, held_out::Asked},
};
use serde::Serialize;

/// What `--json` prints. All shares are between 0 and 1.
#[derive(Serialize)]
pub struct Printed {
    pub entries: usize,
    pub phrasings: usize,
    pub questions: usize,
    in_scope: usize,
    accuracy: f64,
    recall_at_3: f64,
    target: f32,
    precision: f64,
    answered: f64,
    clarified: f64,
    handed_off: f64,
    offered_right: f64,
    out_of_scope_answered: f64,
    out_of_scope_clarified: f64,
    out_of_scope_recall: f64,
    ece: f64,
    threshold_answer: f32,
    threshold_clarify: f32,
    /// Of the whole base, as `build_s` is.
    p50_ms: f64,
    p99_ms: f64,
    build_s: f64,
    /// The questions are the base's own phrasings, held out.
    pub held_out: bool,
    calibration: Vec<[f64; 3]>,
    curve: Vec<[f64; 3]>,
    confusion: Vec<Confused>,
    pub by_phrasings: Vec<Line>,
}

/// Questions of one entry that were answered by another, or by one though none is right.
#[derive(Serialize)]
struct Confused {
    wanted: Option<String>,
    answered: String,
    questions: usize,
    example: String,
}

/// How a base fares that is learnt from so many phrasings of each entry.
#[derive(Debug, Serialize)]
pub struct Line {
    pub phrasings: usize,
    pub questions: usize,
    accuracy: f64,
    recall_at_3: f64,
    precision: f64,
    answered: f64,
    clarified: f64,
    out_of_scope_answered: f64,
    ece: f64,
    /// The most that any threshold reaches at the target.
    answered_at_target: f64,
}

/// What was learnt, how long it took, and what was asked of it.
pub struct Judged {
    pub names: Vec<String>,
    pub phrasings: usize,
    pub target: f32,
    pub held_out: bool,
    pub asked: Vec<Asked>,
    pub report: Report,
    pub thresholds: Thresholds,
    pub build_s: f64,
    /// Of single answers, not empty.
    pub millis: Vec<f64>,
    pub by_phrasings: Vec<Line>,
}

fn round(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

impl Line {
    pub fn of(phrasings: usize, report: &Report, answered_at_target: f64) -> Self {
        Self {
            phrasings,
            questions: report.questions,
            accuracy: round(report.accuracy),
            recall_at_3: round(report.recall_at_3),
            precision: round(report.precision),
            answered: round(report.answered),
            clarified: round(report.clarified),
            out_of_scope_answered: round(report.out_of_scope_answered),
            ece: round(report.ece),
            answered_at_target: round(answered_at_target),
        }
    }
}

impl Printed {
    pub fn of(mut judged: Judged) -> Self {
        judged.millis.sort_by(f64::total_cmp);
        let at = |part: f64| judged.millis[((judged.millis.len() - 1) as f64 * part).round() as usize];
        let report = &judged.report;
        Self {
            entries: judged.names.len(),
            phrasings: judged.phrasings,
            questions: report.questions,
            in_scope: report.in_scope,
            accuracy: round(report.accuracy),
            recall_at_3: round(report.recall_at_3),
            target: judged.target,
            precision: round(report.precision),
            answered: round(report.answered),
            clarified: round(report.clarified),
            handed_off: round(report.handed_off),
            offered_right: round(report.offered),
            out_of_scope_answered: round(report.out_of_scope_answered),
            out_of_scope_clarified: round(report.out_of_scope_clarified),
            out_of_scope_recall: round(report.out_of_scope_recall),
            ece: round(report.ece),
            threshold_answer: judged.thresholds.answer,
            threshold_clarify: judged.thresholds.clarify,
            p50_ms: round(at(0.5)),
            p99_ms: round(at(0.99)),
            build_s: round(judged.build_s),
            held_out: judged.held_out,
            calibration: report
                .calibration
                .iter()
                .map(|bin| [bin.questions as f64, round(bin.probability), round(bin.right)])
                .collect(),
            curve: report
                .curve
                .iter()
                .map(|point| [point.threshold, round(point.precision), round(point.answered)])
                .collect(),
            confusion: confusion(&judged.names, &judged.asked),
            by_phrasings: judged.by_phrasings,
        }
    }
}

/// The wrong first candidates, the most frequent pairs first.
fn confusion(names: &[String], asked: &[Asked]) -> Vec<Confused> {
    let mut confused: Vec<Confused> = Vec::new();
    for Asked { text, outcome } in asked {
        let Some(first) = outcome.ranking.candidates.first() else { continue };
        let only_asked = outcome.wanted.is_none() && outcome.ranking.band != Band::Answer;
        if outcome.is_right() || only_asked {
            continue;
        }
        let name = |id: model::EntryId| names[id.0 as usize].clone();
        let (wanted, answered) = (outcome.wanted.map(name), name(first.id));
        match confused.iter_mut().find(|one| one.wanted == wanted && one.answered == answered) {
            Some(one) => one.questions += 1,
            None => confused.push(Confused { wanted, answered, questions: 1, example: text.clone() }),
        }
    }
    confused.sort_by_key(|one| std::cmp::Reverse(one.questions));
    confused.truncate(10);
    confused
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

pub fn tables(printed: &Printed) {
    say(format_args!(
        "{} entries, {} phrasings; {} questions{}, {} of them in scope; learnt in {:.1} s",
        printed.entries,
        printed.phrasings,
        printed.questions,
        if printed.held_out { " held out of them or everyday ones" } else { "" },
        printed.in_scope,
        printed.build_s
    ));
    for (name, value) in [
        ("first candidate right (in scope)", percent(printed.accuracy)),
        ("right one among three", percent(printed.recall_at_3)),
        (
            "precision of answers",
            format!("{} (target {})", percent(printed.precision), percent(f64::from(printed.target))),
        ),
        ("in scope: answered", percent(printed.answered)),
        (
            "in scope: asked back",
            format!("{} (right one offered: {})", percent(printed.clarified), percent(printed.offered_right)),
        ),
        ("in scope: handed off", percent(printed.handed_off)),
        ("out of scope: answered", percent(printed.out_of_scope_answered)),
        ("out of scope: asked back", percent(printed.out_of_scope_clarified)),
        ("out of scope: refused at 95 % kept", percent(printed.out_of_scope_recall)),
        ("calibration error (ECE)", percent(printed.ece)),
        ("one answer, p50 and p99", format!("{:.2} ms, {:.2} ms", printed.p50_ms, printed.p99_ms)),
    ] {
        say(format_args!("  {name:<36} {value}"));
    }
    by_phrasings(printed);
    say("\nprobability   questions   said     right");
    for (step, [questions, probability, right]) in printed.calibration.iter().enumerate() {
        if *questions > 0.0 {
            let from = step * 10;
            say(format_args!(
                "{from:>3}–{:<3} %     {questions:>9}   {:<8} {}",
                from + 10,
                percent(*probability),
                percent(*right)
            ));
        }
    }
    say("\nanswer from   precision   answered");
    for [threshold, precision, answered] in &printed.curve {
        say(format_args!("{threshold:<13.2} {:<11} {}", percent(*precision), percent(*answered)));
    }
    if !printed.confusion.is_empty() {
        say("\nmost frequent mistakes: wanted → first candidate");
    }
    for one in &printed.confusion {
        let wanted = one.wanted.as_deref().unwrap_or("none");
        say(format_args!("{:>3} × {wanted} → {}: {}", one.questions, one.answered, one.example));
    }
}

fn by_phrasings(printed: &Printed) {
    if printed.by_phrasings.is_empty() {
        return;
    }
    let target = format!("at {:.0} %", 100.0 * printed.target);
    say(format_args!(
        "\nphrasings   questions   first right   of three   precision   answered   {target:<8}   asked back   outside answered   ECE"
    ));
    for line in &printed.by_phrasings {
        say(format_args!(
            "{:>9}   {:>9}   {:<11}   {:<8}   {:<9}   {:<8}   {:<8}   {:<10}   {:<16}   {}",
            line.phrasings,
            line.questions,
            percent(line.accuracy),
            percent(line.recall_at_3),
            percent(line.precision),
            percent(line.answered),
            percent(line.answered_at_target),
            percent(line.clarified),
            percent(line.out_of_scope_answered),
            percent(line.ece)
        ));
    }
}
