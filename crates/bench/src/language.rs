//! `octim bench language`: the ranking on public sets of questions with intents, whose files the
//! caller has. What they are and where they come from is in docs/bot.md.

mod peers;

use anyhow::Context as _;
use knowledge::{
    Encode, Index, Settings,
    evaluation::{
        Outcome, Report,
        sets::{self, Set},
    },
};
use serde::Serialize;
use std::{fs, path::Path, path::PathBuf, sync::Arc, time::Instant};

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The folder with banking77, clinc150, hwu64 and snips; what is missing is left out
    #[arg(long, value_name = "FOLDER")]
    data: PathBuf,
    /// Only this set, such as banking77; `learning` shows how bases learn from conversations
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    peers: peers::Others,
}

/// One set's result. Shares are between 0 and 1.
#[derive(Debug, Serialize)]
struct Row {
    set: &'static str,
    entries: usize,
    phrasings: usize,
    questions: usize,
    accuracy: f64,
    recall_at_3: f64,
    /// At 95 % of the questions in scope kept; None where all are in scope.
    out_of_scope_recall: Option<f64>,
    precision: f64,
    answered: f64,
    ece: f64,
    build_s: f64,
    p50_ms: f64,
    p99_ms: f64,
    peers: Vec<peers::Peer>,
}

const SETS: [(&str, &str); 5] = [
    ("banking77", "banking77"),
    ("banking77-10-shot", "banking77"),
    ("clinc150", "clinc150"),
    ("hwu64", "hwu64"),
    ("snips", "snips"),
];

pub fn run(options: &Options) -> anyhow::Result<()> {
    use std::io::Write as _;
    if options.only.as_deref() == Some("learning") {
        return crate::learning::run(&options.data, options.json, &mut std::io::stdout());
    }
    let encoder: Arc<dyn Encode> = ::language::Tuned::embedded()?;
    let mut rows = Vec::new();
    let mut out = std::io::stdout();
    if !options.json {
        writeln!(
            out,
            "{:<18} entries phrasings questions  first  of 3  oos  precision answered  ECE  learnt  p50 p99 (ms)",
            "set"
        )?;
    }
    for (name, folder) in SETS {
        let path = options.data.join(folder);
        if !path.is_dir() || options.only.as_deref().is_some_and(|only| only != name) {
            continue;
        }
        let set = load(name, &path).with_context(|| path.display().to_string())?;
        let peers = options.peers.run(&set).with_context(|| name.to_owned())?;
        let row = Row { peers, ..measure(name, set, encoder.clone()) };
        if !options.json {
            writeln!(out, "{}", line(&row))?;
            for peer in &row.peers {
                writeln!(out, "{}", line_of_peer(peer))?;
            }
        }
        rows.push(row);
    }
    anyhow::ensure!(!rows.is_empty(), "{} has none of the sets", options.data.display());
    if options.json {
        writeln!(out, "{}", serde_json::json!({ "sets": rows, "missing": options.peers.missing() }))?;
    } else {
        for missing in options.peers.missing() {
            writeln!(out, "{missing}")?;
        }
    }
    Ok(())
}

fn load(name: &str, folder: &Path) -> anyhow::Result<Set> {
    let read = |file: &str| fs::read_to_string(folder.join(file)).with_context(|| file.to_owned());
    Ok(match name {
        "banking77" => Set::new(sets::csv(&read("train.csv")?), sets::csv(&read("test.csv")?), None),
        "banking77-10-shot" => {
            Set::new(sets::csv(&read("train.csv")?), sets::csv(&read("test.csv")?), Some((10, 1)))
        }
        "clinc150" => {
            let file = read("data_full.json")?;
            let mut test = sets::clinc(&file, "test")?;
            test.extend(sets::clinc(&file, "oos_test")?);
            Set::new(sets::clinc(&file, "train")?, test, None)
        }
        _ => {
            let part = |part: &str| -> anyhow::Result<_> {
                Ok(sets::lines(&read(&format!("{part}/seq.in"))?, &read(&format!("{part}/label"))?))
            };
            Set::new(part("train")?, part("test")?, None)
        }
    })
}

fn measure(name: &'static str, set: Set, encoder: Arc<dyn Encode>) -> Row {
    let entries = set.sources.len();
    let phrasings = set.sources.iter().map(|source| source.phrasings.len()).sum();
    let started = Instant::now();
    let index = Index::build(set.sources, Some(encoder), Settings::default());
    let build_s = started.elapsed().as_secs_f64();
    let mut micros = Vec::with_capacity(set.questions.len());
    let mut outcomes = Vec::with_capacity(set.questions.len());
    for (text, wanted) in &set.questions {
        let started = Instant::now();
        outcomes.push(Outcome::of(&index, text, *wanted));
        micros.push(u32::try_from(started.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    let report = Report::of(&outcomes);
    let latency = crate::report::Latency::of(micros);
    let round = crate::report::round;
    Row {
        set: name,
        entries,
        phrasings,
        questions: report.questions,
        accuracy: round(report.accuracy),
        recall_at_3: round(report.recall_at_3),
        out_of_scope_recall: (report.in_scope < report.questions).then(|| round(report.out_of_scope_recall)),
        precision: round(report.precision),
        answered: round(report.answered),
        ece: round(report.ece),
        build_s: round(build_s),
        p50_ms: latency.p50,
        p99_ms: latency.p99,
        peers: Vec::new(),
    }
}

fn line_of_peer(peer: &peers::Peer) -> String {
    format!(
        "  {:<16} {:>34.1} {:>10} {:>30.1} s {:>4.1} ms on average",
        format!("{} {}", peer.name, peer.version),
        100.0 * peer.accuracy,
        peer.out_of_scope_recall.map_or_else(|| "–".to_owned(), |share| format!("{:.1}", 100.0 * share)),
        peer.learnt_s,
        peer.answer_ms,
    )
}

fn line(row: &Row) -> String {
    format!(
        "{:<18} {:>7} {:>9} {:>9} {:>6.1} {:>5.1} {:>4} {:>10.1} {:>8.1} {:>4.1} {:>5.1} s {:>4.1} {:>4.1}",
        row.set,
        row.entries,
        row.phrasings,
        row.questions,
        100.0 * row.accuracy,
        100.0 * row.recall_at_3,
        row.out_of_scope_recall.map_or_else(|| "–".to_owned(), |share| format!("{:.1}", 100.0 * share)),
        100.0 * row.precision,
        100.0 * row.answered,
        100.0 * row.ece,
        row.build_s,
        row.p50_ms,
        row.p99_ms,
    )
}
