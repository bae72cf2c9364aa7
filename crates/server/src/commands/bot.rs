//! `octim bot eval`: how good the bot's answers would be, from a file of entries, and from a file of
//! questions with known outcome or else from phrasings that are held out. It needs no data folder and changes nothing.

mod printed;

use super::say;
use crate::cli::{Bot, Eval};
use anyhow::Context as _;
use knowledge::{
    Encode, Index, Settings, Source, Thresholds,
    evaluation::{
        Outcome, Report, answered_at,
        files::Entries,
        held_out::{Asked, HeldOut, Remembered, held_out},
        rounds::{self, Learnt},
    },
};
use model::EntryId;
use printed::{Judged, Line, Printed};
use std::{fs, io::Write as _, path::Path, sync::Arc, time::Instant};

/// So many questions tell how long an answer takes.
const TIMED: usize = 500;

pub fn run(command: Bot) -> anyhow::Result<()> {
    match command {
        Bot::Eval(eval) => {
            let printed = evaluate(&eval)?;
            if eval.json {
                say(serde_json::to_string(&printed)?);
            } else {
                printed::tables(&printed);
            }
            Ok(())
        }
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn evaluate(eval: &Eval) -> anyhow::Result<Printed> {
    let named = |path: &Path| path.display().to_string();
    let mut entries = Entries::parse(&read(&eval.entries)?).with_context(|| named(&eval.entries))?;
    let parse = |path: &Path| entries.questions(&read(path)?).with_context(|| named(path));
    let questions = eval.questions.as_deref().map(parse).transpose()?;
    for (line, name) in &entries.silent {
        let warning = format!("{}: line {line}: entry {name} has no phrasing", named(&eval.entries));
        let _ = writeln!(std::io::stderr(), "{warning}");
    }
    let encoder: Option<Arc<dyn Encode>> =
        if eval.no_encoder { None } else { Some(language::Tuned::embedded()?) };
    let settings = Settings { target_precision: eval.target };
    let learnt = eval.phrasings.map(usize::from);
    let sources = std::mem::take(&mut entries.sources);
    let judged = match questions {
        Some(questions) => with_questions(&sources, &questions, learnt, encoder, settings),
        None => from_itself(&sources, learnt, encoder, settings).with_context(|| named(&eval.entries))?,
    };
    Ok(Printed::of(Judged { names: entries.names, ..judged }))
}

/// A base, and what it takes to learn it and to ask it.
struct Timed {
    phrasings: usize,
    build_s: f64,
    asked: Vec<Asked>,
    millis: Vec<f64>,
}

/// Learns entries, of each the first `learnt` phrasings where that is said, and asks.
fn timed(
    sources: &[Source],
    learnt: Option<usize>,
    encoder: Option<Arc<dyn Encode>>,
    settings: Settings,
    questions: &[(String, Option<EntryId>)],
) -> Timed {
    let mut sources = sources.to_vec();
    for source in &mut sources {
        source.phrasings.truncate(learnt.unwrap_or(usize::MAX));
    }
    let phrasings = sources.iter().map(|source| source.phrasings.len()).sum();
    let started = Instant::now();
    let index = Index::build(sources, encoder, settings);
    let build_s = started.elapsed().as_secs_f64();
    let (mut asked, mut millis) = (Vec::new(), Vec::new());
    for (text, wanted) in questions {
        let started = Instant::now();
        let outcome = Outcome::of(&index, text, *wanted);
        millis.push(started.elapsed().as_secs_f64() * 1_000.0);
        asked.push(Asked { text: text.clone(), outcome });
    }
    Timed { phrasings, build_s, asked, millis }
}

fn outcomes(asked: &[Asked]) -> Vec<Outcome> {
    asked.iter().map(|one| one.outcome.clone()).collect()
}

/// `questions` are some at least.
fn with_questions(
    sources: &[Source],
    questions: &[(String, Option<EntryId>)],
    learnt: Option<usize>,
    encoder: Option<Arc<dyn Encode>>,
    settings: Settings,
) -> Judged {
    let target = settings.target_precision;
    let Timed { phrasings, build_s, asked, millis } = timed(sources, learnt, encoder, settings, questions);
    let outcomes = outcomes(&asked);
    let report = Report::of(&outcomes);
    let at_target = answered_at(&outcomes, f64::from(target));
    Judged {
        names: Vec::new(),
        phrasings,
        target,
        held_out: false,
        thresholds: asked
            .first()
            .map_or(Thresholds { answer: 1.0, clarify: 1.0 }, |one| one.outcome.ranking.thresholds),
        by_phrasings: learnt.map(|learnt| Line::of(learnt, &report, at_target)).into_iter().collect(),
        report,
        asked,
        build_s,
        millis,
    }
}

/// Phrasings are held out and asked, as in the console.
fn from_itself(
    sources: &[Source],
    learnt: Option<usize>,
    encoder: Option<Arc<dyn Encode>>,
    settings: Settings,
) -> anyhow::Result<Judged> {
    let most = rounds::askable(sources).iter().map(|source| source.phrasings.len()).max().unwrap_or(0);
    anyhow::ensure!(
        most > 1,
        "no entry has two phrasings, so that none can be held out and asked: add some, or give --questions"
    );
    if let Some(learnt) = learnt {
        anyhow::ensure!(
            most > learnt,
            "no entry has more than {learnt} phrasings (the most is {most}), so that none is left to ask"
        );
    }
    let target = settings.target_precision;
    let memory = encoder.clone().map(Remembered::over);
    let hold = |learnt: Learnt| held_out(sources, memory.clone(), &settings, learnt);
    let line = |learnt: usize, held: &HeldOut| {
        Line::of(learnt, &held.report, answered_at(&outcomes(&held.asked), f64::from(target)))
    };
    let (held, by_phrasings) = if let Some(learnt) = learnt {
        let held = hold(Learnt::Phrasings(learnt));
        let line = line(learnt, &held);
        (held, vec![line])
    } else {
        let lines = rounds::sizes(sources).into_iter();
        let lines = lines.map(|size| line(size, &hold(Learnt::Phrasings(size)))).collect();
        (hold(Learnt::TwoThirds), lines)
    };
    let step = held.asked.len().div_ceil(TIMED).max(1);
    let some = held.asked.iter().step_by(step).map(|one| (one.text.clone(), one.outcome.wanted));
    let whole = timed(sources, learnt, encoder, settings, &some.collect::<Vec<_>>());
    Ok(Judged {
        names: Vec::new(),
        phrasings: whole.phrasings,
        target,
        held_out: true,
        asked: held.asked,
        report: held.report,
        thresholds: held.thresholds,
        build_s: whole.build_s,
        millis: whole.millis,
        by_phrasings,
    })
}

#[cfg(test)]
mod tests;
