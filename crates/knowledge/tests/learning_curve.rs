//! The learning curve: from three phrasings an entry, what agents label in a stream of
//! conversations raises the share of questions that are answered, and answers stay right.

use knowledge::{
    Settings,
    evaluation::{files::Entries, stream::Stream},
};

#[test]
fn labels_of_agents_raise_the_answered_share_and_answers_stay_right() {
    let entries = Entries::parse(include_str!("../data/shop/entries.jsonl")).unwrap();
    let questions = entries.questions(include_str!("../data/shop/questions.jsonl")).unwrap();
    let stream = Stream::new(&entries.sources, &questions, 3);
    assert!(stream.test.iter().all(|question| !stream.questions.contains(question)));
    let steps = stream.run(150, 300, None, &Settings::default());
    let curve: Vec<_> = steps
        .iter()
        .map(|step| (step.labels, step.answered_at_target, step.report.recall_at_3, step.report.precision))
        .collect();
    println!("{curve:?}");
    let (first, last) = (&steps[0], &steps[2]);
    assert!(last.labels > 80, "{curve:?}");
    assert!(last.answered_at_target > first.answered_at_target + 0.04, "{curve:?}");
    assert!(last.report.recall_at_3 > first.report.recall_at_3 + 0.02, "{curve:?}");
    assert!(last.report.precision > 0.85, "{curve:?}");
}
