//! How bases of few entries fare: some entries of a test base, and all its questions, most of which
//! are then in no entry. `[WITHOUT_ENCODER=1] cargo run -p knowledge --example few -- FOLDER…`
#![expect(clippy::unwrap_used, reason = "a tool for developers")]

use knowledge::{
    Band, Encode, EntryId, Index, Settings, Source,
    evaluation::{Outcome, files::Entries},
};
use std::{
    collections::{HashMap, HashSet},
    env, fs,
    sync::{Arc, Mutex},
};

const SIZES: [usize; 6] = [1, 2, 3, 5, 10, 19];
const PHRASINGS: [usize; 3] = [1, 3, 10];
/// So many bases of each size.
const BASES: usize = 6;

/// The encoder, which computes each text once.
struct Remembering {
    encoder: Arc<language::Tuned>,
    known: Mutex<HashMap<String, Vec<f32>>>,
}

impl Encode for Remembering {
    fn encode(&self, text: &str) -> Vec<f32> {
        if let Some(vector) = self.known.lock().unwrap().get(text) {
            return vector.clone();
        }
        let vector = self.encoder.encode(text);
        self.known.lock().unwrap().insert(text.to_owned(), vector.clone());
        vector
    }
}

#[derive(Default)]
struct Sum {
    inside: usize,
    first: usize,
    answered: usize,
    right: usize,
    outside: usize,
    wrong: usize,
    asked_back: usize,
}

fn main() {
    let remembering = Remembering { encoder: language::Tuned::embedded().unwrap(), known: Mutex::default() };
    let encoder: Option<Arc<dyn Encode>> =
        env::var_os("WITHOUT_ENCODER").is_none().then(|| Arc::new(remembering) as _);
    println!(
        "base entries phrasings  first right  answered  of the answers right  outside: answered  asked back"
    );
    for folder in env::args().skip(1) {
        let read = |name: &str| fs::read_to_string(format!("{folder}/{name}.jsonl")).unwrap();
        let entries = Entries::parse(&read("entries")).unwrap();
        let questions = entries.questions(&read("questions")).unwrap();
        for phrasings in PHRASINGS {
            for size in SIZES {
                let mut sum = Sum::default();
                for base in 0..BASES {
                    let all = entries.sources.len();
                    let chosen = (0..size).map(|at| &entries.sources[(base * 7 + at * all / size) % all]);
                    let sources: Vec<Source> = chosen.map(|source| cut(source, phrasings)).collect();
                    add(&mut sum, sources, encoder.as_ref(), &questions);
                }
                let share = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
                println!(
                    "{folder} {size:>3} {phrasings:>3} {:>10.1} {:>10.1} {:>10.1} {:>18.1} {:>10.1}",
                    share(sum.first, sum.inside),
                    share(sum.answered, sum.inside),
                    share(sum.right, sum.answered + sum.wrong),
                    share(sum.wrong, sum.outside),
                    share(sum.asked_back, sum.outside),
                );
            }
        }
    }
}

fn cut(source: &Source, phrasings: usize) -> Source {
    Source { phrasings: source.phrasings.iter().take(phrasings).cloned().collect(), ..source.clone() }
}

fn add(
    sum: &mut Sum,
    sources: Vec<Source>,
    encoder: Option<&Arc<dyn Encode>>,
    questions: &[(String, Option<EntryId>)],
) {
    let known: HashSet<EntryId> = sources.iter().map(|source| source.id).collect();
    let index = Index::build(sources, encoder.cloned(), Settings::default());
    for (text, wanted) in questions {
        let outcome = Outcome::of(&index, text, wanted.filter(|id| known.contains(id)));
        let band = outcome.ranking.band;
        if outcome.wanted.is_some() {
            sum.inside += 1;
            sum.first += usize::from(outcome.is_right());
            sum.answered += usize::from(band == Band::Answer);
            sum.right += usize::from(band == Band::Answer && outcome.is_right());
        } else {
            sum.outside += 1;
            sum.wrong += usize::from(band == Band::Answer);
            sum.asked_back += usize::from(band == Band::Clarify);
        }
    }
}
