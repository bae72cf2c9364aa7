//! `octim bench language --only learning`: bases that begin with three phrasings an entry learn
//! from a stream of conversations in which agents label what was not answered.

use anyhow::Context as _;
use knowledge::{
    Encode, Settings,
    evaluation::{
        files::Entries,
        stream::{Step, Stream},
    },
};
use std::{fs, io::Write, path::Path, sync::Arc};

const BASES: [&str; 6] = ["shop", "saas", "bank", "shop_en", "saas_en", "bank_en"];
/// Phrasings to begin with, questions between two looks, questions in all.
const START: usize = 3;
const EVERY: usize = 60;
const MOST: usize = 300;

/// `data` holds folders with `entries.jsonl` and `questions.jsonl`.
pub fn run(data: &Path, as_json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let encoder: Arc<dyn Encode> = ::language::Tuned::embedded()?;
    let mut all = Vec::new();
    for base in BASES {
        let folder = data.join(base);
        if !folder.is_dir() {
            continue;
        }
        let read = |file: &str| fs::read_to_string(folder.join(file)).with_context(|| file.to_owned());
        let entries = Entries::parse(&read("entries.jsonl")?)?;
        let questions = entries.questions(&read("questions.jsonl")?)?;
        let stream = Stream::new(&entries.sources, &questions, START);
        for (systems, encoder) in [("without encoder", None), ("with encoder", Some(encoder.clone()))] {
            let steps = stream.run(EVERY, MOST, encoder, &Settings::default());
            if as_json {
                all.push(serde_json::json!({
                    "base": base, "encoder": systems == "with encoder",
                    "steps": steps.iter().map(json).collect::<Vec<_>>(),
                }));
                continue;
            }
            writeln!(out, "{base}, {systems}\n  seen labels precision answered at-target of 3")?;
            for step in &steps {
                writeln!(
                    out,
                    "  {:>4} {:>6} {:>9.1} {:>8.1} {:>9.1} {:>4.1}",
                    step.seen,
                    step.labels,
                    100.0 * step.report.precision,
                    100.0 * step.report.answered,
                    100.0 * step.answered_at_target,
                    100.0 * step.report.recall_at_3
                )?;
            }
        }
    }
    if as_json {
        writeln!(out, "{}", serde_json::json!({ "learning": all }))?;
    }
    Ok(())
}

fn json(step: &Step) -> serde_json::Value {
    serde_json::json!({
        "seen": step.seen, "labels": step.labels, "precision": step.report.precision,
        "answered": step.report.answered, "answered_at_target": step.answered_at_target,
        "recall_at_3": step.report.recall_at_3,
    })
}
