//! The questions of the own bases are by other hands than their phrasings: nothing is copied. Overlap is the
//! highest Jaccard index of character trigrams of a question and any phrasing of its base. The same is asked of
//! what the encoder's tail was trained on.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use knowledge::evaluation::files::Entries;
use std::{
    collections::{HashMap, HashSet},
    fs,
    path::Path,
};

const BASES: [&str; 6] = ["shop", "saas", "bank", "shop_en", "saas_en", "bank_en"];

fn trigrams(text: &str) -> HashSet<String> {
    let letters: Vec<char> =
        language::normalise(text).chars().filter(|letter| letter.is_alphanumeric()).collect();
    letters.windows(3).map(|three| three.iter().collect()).collect()
}

fn overlap(a: &HashSet<String>, b: &HashSet<String>) -> f64 {
    let common = a.intersection(b).count();
    common as f64 / (a.len() + b.len() - common).max(1) as f64
}

/// Of each question in scope its overlap with the phrasing that is most like it, in rising order.
fn overlaps(entries: &Entries, questions: &str) -> Vec<f64> {
    let phrasings: Vec<HashSet<String>> =
        entries.sources.iter().flat_map(|source| &source.phrasings).map(|text| trigrams(text)).collect();
    let questions = entries.questions(questions).unwrap();
    let inside = questions.iter().filter(|(_, wanted)| wanted.is_some());
    let highest = |(text, _): &(String, _)| {
        let own = trigrams(text);
        phrasings.iter().map(|other| overlap(&own, other)).fold(0.0, f64::max)
    };
    let mut all: Vec<f64> = inside.map(highest).collect();
    all.sort_by(f64::total_cmp);
    all
}

#[test]
fn no_question_of_an_own_base_is_copied_from_a_phrasing() {
    for base in BASES {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(base);
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        let entries = Entries::parse(&read("entries.jsonl")).unwrap();
        let overlaps = overlaps(&entries, &read("questions.jsonl"));
        let at = |part: f64| overlaps[((overlaps.len() - 1) as f64 * part) as usize];
        assert!(
            at(0.5) < 0.2 && at(0.9) < 0.5 && at(1.0) < 0.8,
            "{base}: {} {} {}",
            at(0.5),
            at(0.9),
            at(1.0)
        );
    }
}

/// What the encoder's tail was trained on.
fn trained_on() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../language/data/similar");
    let folders = fs::read_dir(folder).unwrap().map(|folder| folder.unwrap().path());
    let files = folders.filter(|folder| folder.is_dir()).flat_map(|folder| fs::read_dir(folder).unwrap());
    let mut texts = Vec::new();
    for file in files {
        for line in fs::read_to_string(file.unwrap().path()).unwrap().lines() {
            let group: serde_json::Value = serde_json::from_str(line).unwrap();
            let same = group["same"].as_array().unwrap();
            texts.extend(same.iter().map(|text| text.as_str().unwrap().to_owned()));
        }
    }
    texts
}

#[test]
fn the_tail_of_the_encoder_was_not_trained_on_what_judges_it() {
    let trained: Vec<HashSet<String>> = trained_on().iter().map(|text| trigrams(text)).collect();
    assert!(trained.len() > 5_000);
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, own) in trained.iter().enumerate() {
        for three in own {
            places.entry(three).or_default().push(place);
        }
    }
    for base in BASES {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(base);
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        let entries = Entries::parse(&read("entries.jsonl")).unwrap();
        let questions = entries.questions(&read("questions.jsonl")).unwrap();
        let highest = |(text, _): &(String, _)| {
            let own = trigrams(text);
            let near: HashSet<usize> =
                own.iter().filter_map(|three| places.get(three.as_str())).flatten().copied().collect();
            near.into_iter().map(|place| overlap(&own, &trained[place])).fold(0.0, f64::max)
        };
        let mut all: Vec<f64> = questions.iter().map(highest).collect();
        all.sort_by(f64::total_cmp);
        let at = |part: f64| all[((all.len() - 1) as f64 * part) as usize];
        assert!(
            at(0.5) < 0.25 && at(0.9) < 0.3 && at(1.0) < 0.6,
            "{base}: {} {} {}",
            at(0.5),
            at(0.9),
            at(1.0)
        );
    }
}

#[test]
fn a_copy_is_noticed() {
    let entries = Entries::parse(r#"{"id":"a","phrasings":["还没发货的订单怎么取消"]}"#).unwrap();
    let copied = r#"{"text":"还没发货的订单怎么取消？","entry":"a"}"#;
    let own = r#"{"text":"东西还在仓库，我不想要了","entry":"a"}"#;
    assert!(overlaps(&entries, copied)[0] > 0.99);
    assert!(overlaps(&entries, own)[0] < 0.2);
}
