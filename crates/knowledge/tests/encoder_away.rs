//! An encoder elsewhere may be away when a question comes: it is answered by words and sounds then, less
//! often and as rightly.

use knowledge::{Band, Encode, Index, Settings, evaluation::files::Entries};
use std::sync::Arc;

/// Knows the entries' texts, and what is asked only while it is there.
struct Elsewhere {
    encoder: Arc<language::Tuned>,
    is_there: bool,
}

impl Encode for Elsewhere {
    fn encode(&self, text: &str) -> Vec<f32> {
        if self.is_there { self.encoder.encode(text) } else { Vec::new() }
    }

    fn encode_all(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        Encode::encode_all(self.encoder.as_ref(), texts)
    }
}

/// How many were answered rightly, and how many wrongly.
fn answered(
    base: &Entries,
    questions: &[(String, Option<knowledge::EntryId>)],
    is_there: bool,
) -> (usize, usize) {
    let encoder = language::Tuned::embedded().unwrap_or_else(|error| panic!("{error}"));
    let encoder = Elsewhere { encoder, is_there };
    let plain = Arc::new(Index::build(base.sources.clone(), None, Settings::default()));
    let index = Index::build(base.sources.clone(), Some(Arc::new(encoder)), Settings::default());
    // What is edited is edited in both.
    let index = index.with_fallback(plain).with(base.sources[..1].to_vec(), &[]);
    let (mut right, mut wrong) = (0, 0);
    for (text, entry) in questions {
        let ranking = index.answer(text);
        if ranking.band == Band::Answer {
            let is_right = ranking.candidates.first().map(|first| first.id) == *entry;
            *(if is_right { &mut right } else { &mut wrong }) += 1;
        }
    }
    println!("there {is_there}: {right} rightly, {wrong} wrongly, of {}", questions.len());
    (right, wrong)
}

#[test]
fn a_question_that_cannot_be_encoded_is_answered_all_the_same() {
    let base = Entries::parse(include_str!("../data/shop/entries.jsonl")).unwrap();
    let questions = base.questions(include_str!("../data/shop/questions.jsonl")).unwrap();
    let (there, _) = answered(&base, &questions, true);
    let (right, wrong) = answered(&base, &questions, false);
    assert!((there / 3..there).contains(&right) && wrong * 15 <= right, "{there} {right} {wrong}");
}
