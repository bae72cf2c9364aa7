//! The questions of the own bases are by other hands than their phrasings: nothing is copied. Overlap is the
//! highest Jaccard index of character trigrams of a question and any phrasing of its base.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use knowledge::evaluation::files::Entries;
use std::{collections::HashSet, fs, path::Path};

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

#[test]
fn a_copy_is_noticed() {
    let entries = Entries::parse(r#"{"id":"a","phrasings":["还没发货的订单怎么取消"]}"#).unwrap();
    let copied = r#"{"text":"还没发货的订单怎么取消？","entry":"a"}"#;
    let own = r#"{"text":"东西还在仓库，我不想要了","entry":"a"}"#;
    assert!(overlaps(&entries, copied)[0] > 0.99);
    assert!(overlaps(&entries, own)[0] < 0.2);
}
