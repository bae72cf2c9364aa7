//! `octim bot eval`: how good the bot's answers would be, from a file of entries and a file of
//! questions with known outcome. It needs no data folder and changes nothing.

use super::say;
use crate::cli::{Bot, Eval};
use anyhow::Context as _;
use knowledge::{
    Encode, Index, Settings,
    evaluation::{Outcome, Report, files::Entries},
};
use serde::Serialize;
use std::{fs, io::Write as _, path::Path, sync::Arc, time::Instant};

pub fn run(command: Bot) -> anyhow::Result<()> {
    match command {
        Bot::Eval(eval) => evaluate(&eval),
    }
}

/// What `--json` prints. All shares are between 0 and 1.
#[derive(Serialize)]
struct Printed {
    entries: usize,
    phrasings: usize,
    questions: usize,
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
    p50_ms: f64,
    p99_ms: f64,
    build_s: f64,
    calibration: Vec<[f64; 3]>,
    curve: Vec<[f64; 3]>,
    confusion: Vec<Confused>,
}

/// Questions of one entry that were answered by another, or by one though none is right.
#[derive(Serialize)]
struct Confused {
    wanted: Option<String>,
    answered: String,
    questions: usize,
    example: String,
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn evaluate(eval: &Eval) -> anyhow::Result<()> {
    let named = |path: &Path| path.display().to_string();
    let entries = Entries::parse(&read(&eval.entries)?).with_context(|| named(&eval.entries))?;
    let questions = entries.questions(&read(&eval.questions)?).with_context(|| named(&eval.questions))?;
    for (line, name) in &entries.silent {
        let warning = format!("{}: line {line}: entry {name} has no phrasing", named(&eval.entries));
        let _ = writeln!(std::io::stderr(), "{warning}");
    }
    let encoder: Option<Arc<dyn Encode>> =
        if eval.no_encoder { None } else { Some(language::Tuned::embedded()?) };
    let phrasings = entries.sources.iter().map(|source| source.phrasings.len()).sum();
    let settings = Settings { target_precision: eval.target };
    let started = Instant::now();
    let index = Index::build(entries.sources.clone(), encoder, settings);
    let build_s = started.elapsed().as_secs_f64();
    let mut millis = Vec::with_capacity(questions.len());
    let mut outcomes = Vec::with_capacity(questions.len());
    for (text, wanted) in &questions {
        let started = Instant::now();
        outcomes.push(Outcome::of(&index, text, *wanted));
        millis.push(started.elapsed().as_secs_f64() * 1_000.0);
    }
    millis.sort_by(f64::total_cmp);
    let at = |part: f64| millis[((millis.len() - 1) as f64 * part).round() as usize];
    let report = Report::of(&outcomes);
    let thresholds = outcomes[0].ranking.thresholds;
    let printed = Printed {
        entries: entries.names.len(),
        phrasings,
        questions: report.questions,
        in_scope: report.in_scope,
        accuracy: round(report.accuracy),
        recall_at_3: round(report.recall_at_3),
        target: eval.target,
        precision: round(report.precision),
        answered: round(report.answered),
        clarified: round(report.clarified),
        handed_off: round(report.handed_off),
        offered_right: round(report.offered),
        out_of_scope_answered: round(report.out_of_scope_answered),
        out_of_scope_clarified: round(report.out_of_scope_clarified),
        out_of_scope_recall: round(report.out_of_scope_recall),
        ece: round(report.ece),
        threshold_answer: thresholds.answer,
        threshold_clarify: thresholds.clarify,
        p50_ms: round(at(0.5)),
        p99_ms: round(at(0.99)),
        build_s: round(build_s),
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
        confusion: confusion(&entries, &questions, &outcomes),
    };
    if eval.json {
        say(serde_json::to_string(&printed)?);
    } else {
        table(&printed);
    }
    Ok(())
}

fn round(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

/// The wrong first candidates, the most frequent pairs first.
fn confusion(
    entries: &Entries,
    questions: &[(String, Option<model::EntryId>)],
    outcomes: &[Outcome],
) -> Vec<Confused> {
    let mut confused: Vec<Confused> = Vec::new();
    for ((text, wanted), outcome) in questions.iter().zip(outcomes) {
        let Some(first) = outcome.ranking.candidates.first() else { continue };
        let only_asked = wanted.is_none() && outcome.ranking.band != knowledge::Band::Answer;
        if outcome.is_right() || only_asked {
            continue;
        }
        let name = |id: model::EntryId| entries.names[id.0 as usize].clone();
        let (wanted, answered) = (wanted.map(name), name(first.id));
        match confused.iter_mut().find(|one| one.wanted == wanted && one.answered == answered) {
            Some(one) => one.questions += 1,
            None => confused.push(Confused { wanted, answered, questions: 1, example: text.clone() }),
        }
    }
    confused.sort_by_key(|one| std::cmp::Reverse(one.questions));
    confused.truncate(10);
    confused
}

fn table(printed: &Printed) {
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    say(format_args!(
        "{} entries, {} phrasings; {} questions, {} of them in scope; learnt in {:.1} s",
        printed.entries, printed.phrasings, printed.questions, printed.in_scope, printed.build_s
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

#[cfg(test)]
mod tests {
    use super::evaluate;
    use crate::cli::Eval;
    use std::fs;

    fn eval(entries: &str, questions: &str) -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = |name: &str| folder.path().join(name);
        fs::write(path("entries"), entries)?;
        fs::write(path("questions"), questions)?;
        let (entries, questions) = (path("entries"), path("questions"));
        evaluate(&Eval { entries, questions, target: 0.95, no_encoder: true, json: true })
    }

    const ENTRY: &str = r#"{"id":"a","phrasings":["怎么退货"],"answer":"…"}"#;

    #[test]
    fn a_base_and_its_questions_are_judged() {
        eval(ENTRY, "{\"text\":\"退货\",\"entry\":\"a\"}\n{\"text\":\"🙂\",\"entry\":null}").unwrap();
    }

    #[test]
    fn strange_bases_and_questions_are_judged_too() {
        let questions = |texts: &[&str]| -> String {
            texts
                .iter()
                .map(|text| serde_json::json!({ "text": text, "entry": "a" }).to_string() + "\n")
                .collect()
        };
        let long = "怎么退货".repeat(2_500);
        let strange = questions(&[&long, "🙂🙂", "", "……？！", "SELECT 1; -- <b>", "\u{200b}"]);
        eval(ENTRY, &strange).unwrap();
        eval(&format!("{ENTRY}\n{{\"id\":\"b\",\"phrasings\":[]}}"), &strange).unwrap();
        eval("{\"id\":\"a\",\"phrasings\":[\"🙂\"]}", &strange).unwrap();
    }

    #[test]
    fn a_wrong_line_is_named_with_its_file() {
        let error = format!("{:#}", eval(ENTRY, "{\"text\":\"退货\",\"entry\":\"b\"}").unwrap_err());
        assert!(error.contains("questions: line 1: there is no entry b"), "{error}");
        let error = format!("{:#}", eval("{}", "").unwrap_err());
        assert!(error.contains("entries: line 1"), "{error}");
    }
}
