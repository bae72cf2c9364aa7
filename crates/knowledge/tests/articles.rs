//! Articles among questions and answers: they are found, the sentence that answers is quoted, and the
//! other entries are found as before.

use knowledge::{Band, Encode, EntryId, Index, Settings, evaluation::files::Entries};
use std::sync::Arc;

const ARTICLES: &str = include_str!("../data/articles/entries.jsonl");
const QUESTIONS: &str = include_str!("../data/articles/questions.jsonl");

fn built(entries: &Entries) -> Index {
    let encoder = language::Tuned::embedded().ok().map(|encoder| encoder as Arc<dyn Encode>);
    assert!(encoder.is_some());
    Index::build(entries.sources.clone(), encoder, Settings::default())
}

#[test]
fn an_article_is_found_and_the_sentence_that_answers_is_quoted() {
    let bank = include_str!("../data/bank/entries.jsonl");
    let all =
        Entries::parse(&[bank, include_str!("../data/bank_en/entries.jsonl"), ARTICLES].concat()).unwrap();
    let index = built(&all);
    let questions = all.questions(QUESTIONS).unwrap();
    let quoted = QUESTIONS.lines().map(|line| {
        let question: serde_json::Value = serde_json::from_str(line).unwrap();
        question["quote"].as_str().unwrap().to_owned()
    });
    let (mut first, mut said, mut wrong, mut right) = (0, 0, 0, 0);
    for ((text, entry), wanted) in questions.iter().zip(quoted) {
        let article = entry.unwrap();
        let ranking = index.answer(text);
        let is_first = ranking.candidates.first().is_some_and(|candidate| candidate.id == article);
        let answers = ranking.band == Band::Answer;
        let quote = index.quote(article, text).unwrap();
        let is_right = quote.text.contains(&wanted);
        first += usize::from(is_first);
        said += usize::from(answers && is_first);
        wrong += usize::from(answers && !is_first);
        right += usize::from(is_right);
        println!(
            "{:?} {:.2} {is_first} {is_right} {text} -> {}",
            ranking.band, ranking.probability, quote.text
        );
    }
    println!(
        "of {}: first {first}, said {said}, another said {wrong}, right sentence {right}",
        questions.len()
    );
    assert!(first >= 34 && said >= 20 && wrong <= 1, "{first} {said} {wrong}");
    assert!(right >= 34, "{right}");
    assert!(index.quote(EntryId(0), "怎么取消订单").is_none(), "no article");
}

#[test]
fn other_entries_are_found_as_before() {
    let bank = include_str!("../data/bank/entries.jsonl");
    let without = Entries::parse(bank).unwrap();
    let with = Entries::parse(&[bank, ARTICLES].concat()).unwrap();
    let questions = without.questions(include_str!("../data/bank/questions.jsonl")).unwrap();
    let count = |index: &Index| {
        let mut counts = [0; 3];
        for (text, entry) in &questions {
            let ranking = index.answer(text);
            let is_right = entry.is_some() && ranking.candidates.first().map(|one| one.id) == *entry;
            let answers = ranking.band == Band::Answer;
            counts[0] += usize::from(is_right);
            counts[1] += usize::from(answers);
            counts[2] += usize::from(answers && is_right);
        }
        counts
    };
    let (before, after) = (count(&built(&without)), count(&built(&with)));
    println!("first right, answered, answered rightly: {before:?} before, {after:?} after");
    assert!(after[0] + 6 >= before[0] && after[2] + 4 >= before[2], "{before:?} {after:?}");
    assert!(after[2] * 100 >= after[1] * 94, "{after:?}");
}
