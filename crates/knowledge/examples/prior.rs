//! Writes `src/prior.txt` anew: `cargo run --release -p knowledge --example prior -- PUBLIC OWN`.
//! PUBLIC holds banking77, clinc150 and hwu64 (only their training questions are used), OWN the
//! folders `saas` and `saas_en` with entries.jsonl and questions.jsonl. No other base is looked at, so
//! that all others can judge the result.

use anyhow::Context as _;
use knowledge::{
    Encode, EntryId, Source,
    evaluation::{
        files::Entries,
        sets::{self, Set},
    },
    learning::{self, Lesson},
};
use std::{fs, io::Write as _, path::Path, sync::Arc};

const SIZES: [usize; 4] = [1, 3, 5, 10];
/// Questions taken of each public set.
const QUESTIONS: usize = 400;
/// Every fifth entry is left out: its questions are near the base and not in it.
const LEFT_OUT: i64 = 5;
const STRENGTH: f64 = 2.0;

fn main() -> anyhow::Result<()> {
    let folders: Vec<String> = std::env::args().skip(1).collect();
    let [public, own] = folders.as_slice() else { anyhow::bail!("two folders: public sets, own bases") };
    let encoder: Arc<dyn Encode> = language::Encoder::embedded()?;
    let mut out = std::io::stdout();
    writeln!(out, "# one, three, five, ten phrasings an entry: without an encoder, then with one")?;
    for encoder in [None, Some(encoder)] {
        for size in SIZES {
            let mut lessons = Vec::new();
            for name in ["saas", "saas_en"] {
                lessons.push(own_base(&Path::new(own).join(name), size, encoder.clone())?);
            }
            for name in ["banking77", "hwu64", "clinc150"] {
                lessons.push(public_set(&Path::new(public).join(name), name, size, encoder.clone())?);
            }
            writeln!(out, "{}", learning::fit(&lessons, STRENGTH))?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}

fn own_base(folder: &Path, size: usize, encoder: Option<Arc<dyn Encode>>) -> anyhow::Result<Lesson> {
    let entries = Entries::parse(&read(&folder.join("entries.jsonl"))?)?;
    let questions = entries.questions(&read(&folder.join("questions.jsonl"))?)?;
    let cut = |source: &Source| Source {
        id: source.id,
        phrasings: source.phrasings.iter().take(size).cloned().collect(),
    };
    let sources: Vec<Source> = entries.sources.iter().map(cut).collect();
    Ok(learning::lesson(&sources, encoder, &questions))
}

fn public_set(
    folder: &Path,
    name: &str,
    size: usize,
    encoder: Option<Arc<dyn Encode>>,
) -> anyhow::Result<Lesson> {
    let train = match name {
        "banking77" => sets::csv(&read(&folder.join("train.csv"))?),
        "clinc150" => sets::clinc(&read(&folder.join("data_full.json"))?, "train")?,
        _ => sets::lines(&read(&folder.join("train/seq.in"))?, &read(&folder.join("train/label"))?),
    };
    let set = Set::new(train, Vec::new(), Some((size, 7 + size as u64)));
    let left_out = |id: EntryId| id.0 % LEFT_OUT == 0;
    let sources: Vec<Source> = set.sources.into_iter().filter(|source| !left_out(source.id)).collect();
    let step = (set.rest.len() / QUESTIONS).max(1);
    let questions: Vec<(String, Option<EntryId>)> = set
        .rest
        .into_iter()
        .step_by(step)
        .map(|(text, wanted)| (text, wanted.filter(|id| !left_out(*id))))
        .collect();
    Ok(learning::lesson(&sources, encoder, &questions))
}
