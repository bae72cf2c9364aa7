//! Writes `src/prior.txt` anew: `cargo run --release -p knowledge --example prior -- PUBLIC OWN [EXCEPT]`.
//! PUBLIC holds banking77, clinc150 and hwu64 (only their training questions are used), OWN the
//! folders of own bases with entries.jsonl and questions.jsonl: saas, bank and their English twins. `shop` and
//! `shop_en` are not looked at, so that they can judge the result; EXCEPT leaves another trade out as well.

use anyhow::Context as _;
use knowledge::{
    Encode, EntryId, Source,
    evaluation::{
        files::Entries,
        sets::{self, Set},
    },
    learning::{self, Lesson},
};
use std::{
    collections::HashMap,
    fs,
    io::Write as _,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

const SIZES: [usize; 4] = [1, 3, 5, 10];
const OWN: [&str; 4] = ["saas", "saas_en", "bank", "bank_en"];
/// Each with the own trade that it is like.
const PUBLIC: [(&str, &str); 3] = [("banking77", "bank"), ("hwu64", ""), ("clinc150", "")];
/// Questions taken of each public set.
const QUESTIONS: usize = 700;
/// Every fifth entry is left out: its questions are near the base and not in it.
const LEFT_OUT: i64 = 5;
const STRENGTH: f64 = 2.0;

/// The encoder, which computes each text once.
struct Remembering {
    encoder: Arc<language::Tuned>,
    known: Mutex<HashMap<String, Vec<f32>>>,
}

impl Encode for Remembering {
    fn encode(&self, text: &str) -> Vec<f32> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(vector) = known().get(text) {
            return vector.clone();
        }
        let vector = self.encoder.encode(text);
        known().insert(text.to_owned(), vector.clone());
        vector
    }
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (public, own, except) = match arguments.as_slice() {
        [public, own] => (public, own, None),
        [public, own, except] => (public, own, Some(except.as_str())),
        _ => anyhow::bail!("two folders: public sets, own bases; and a trade to leave out, if any"),
    };
    let encoder: Arc<dyn Encode> =
        Arc::new(Remembering { encoder: language::Tuned::embedded()?, known: Mutex::default() });
    let mut out = std::io::stdout();
    writeln!(
        out,
        "# one, three, five, ten phrasings an entry: without an encoder and answers, with answers,"
    )?;
    writeln!(out, "# with an encoder, with both; then these two with one choice among all entries")?;
    for choice in [false, true] {
        table(Path::new(public), Path::new(own), except, &encoder, choice, &mut out)?;
    }
    Ok(())
}

fn table(
    public: &Path,
    own: &Path,
    except: Option<&str>,
    encoder: &Arc<dyn Encode>,
    choice: bool,
    out: &mut impl std::io::Write,
) -> anyhow::Result<()> {
    let mut plain: Vec<String> = Vec::new();
    // Without an encoder there is no such choice.
    let without = [(None, false), (None, true)].into_iter().filter(|_| !choice);
    let with = [(Some(encoder.clone()), false), (Some(encoder.clone()), true)];
    for (encoder, answers) in without.chain(with) {
        let without_answers = std::mem::take(&mut plain);
        for (at, size) in SIZES.into_iter().enumerate() {
            let mut lessons = Vec::new();
            for name in OWN.iter().filter(|name| except.is_none_or(|trade| !name.starts_with(trade))) {
                lessons.push(own_base(&own.join(name), size, answers, encoder.clone(), choice)?);
            }
            // Public sets have no answers.
            for (name, trade) in PUBLIC {
                if !answers && except != Some(trade) {
                    lessons.push(public_set(&public.join(name), name, size, encoder.clone(), choice)?);
                }
            }
            let drawn_to = without_answers.get(at).filter(|_| answers);
            let line = learning::fit(&lessons, STRENGTH, drawn_to.map(String::as_str));
            writeln!(out, "{line}")?;
            plain.push(line);
        }
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}

fn own_base(
    folder: &Path,
    size: usize,
    answers: bool,
    encoder: Option<Arc<dyn Encode>>,
    choice: bool,
) -> anyhow::Result<Lesson> {
    let entries = Entries::parse(&read(&folder.join("entries.jsonl"))?)?;
    let questions = entries.questions(&read(&folder.join("questions.jsonl"))?)?;
    let cut = |source: &Source| Source {
        id: source.id,
        phrasings: source.phrasings.iter().take(size).cloned().collect(),
        answer: if answers { source.answer.clone() } else { String::new() },
        passages: Vec::new(),
    };
    let sources: Vec<Source> = entries.sources.iter().map(cut).collect();
    Ok(learning::lesson(&sources, encoder, &questions, choice))
}

fn public_set(
    folder: &Path,
    name: &str,
    size: usize,
    encoder: Option<Arc<dyn Encode>>,
    choice: bool,
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
    Ok(learning::lesson(&sources, encoder, &questions, choice))
}
