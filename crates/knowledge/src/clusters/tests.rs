//! Questions that ask the same come together, whatever the wording allows; others do not.

use super::{Group, Groups, Space, central, likeness};

fn gather(space: &Space, texts: &[&str]) -> Vec<usize> {
    let mut groups = Groups::new(space, Vec::new());
    texts.iter().map(|text| groups.join(&space.place(text).unwrap())).collect()
}

const QUESTIONS: [&str; 6] =
    ["可以开发票吗", "能不能开发票", "怎么退货", "可以开发票么", "怎么申请退货", "How do I get an invoice?"];

#[test]
fn same_questions_come_together_with_and_without_an_encoder() {
    let words = Space::new(None);
    assert_eq!(gather(&words, &QUESTIONS), [0, 0, 1, 0, 1, 2]);
    let encoder = language::Encoder::embedded().unwrap();
    let meaning = Space::new(Some(encoder));
    let gathered = gather(&meaning, &QUESTIONS);
    assert_eq!(gathered[..5], [0, 0, 1, 0, 1]);
}

#[test]
fn a_thousand_times_the_same_is_one_group_and_nothing_else_changes() {
    let space = Space::new(None);
    let vector = space.place("可以开发票吗").unwrap();
    let mut groups = Groups::new(&space, Vec::new());
    assert!((0..1_000).all(|_| groups.join(&vector) == 0));
    assert_eq!((groups.len(), groups.group(0).size), (1, 1_000));
    assert_eq!(groups.join(&space.place("怎么退货").unwrap()), 1);
}

#[test]
fn what_says_nothing_has_no_place_and_what_is_long_has_one() {
    let space = Space::new(None);
    for text in ["", "😀😀", "？！", "\u{200b}"] {
        assert!(space.place(text).is_none(), "{text}");
    }
    assert!(space.place("退").is_some());
    assert!(space.place(&"退货".repeat(5_000)).is_some());
}

#[test]
fn groups_that_grew_together_become_the_older_one() {
    let space = Space::new(None);
    let place = |text: &str| space.place(text).unwrap();
    let all = vec![
        Group::new(place("怎么退货"), 3),
        Group::new(place("运费多少"), 2),
        Group::new(place("怎么退货呢"), 1),
    ];
    let mut groups = Groups::new(&space, all);
    assert_eq!((groups.merges_into(1), groups.merges_into(2)), (None, Some(0)));
    groups.merge(2, 0);
    assert_eq!((groups.group(0).size, groups.group(2).size), (4, 0));
    assert_ne!(groups.join(&place("怎么退货呢")), 2);
}

#[test]
fn the_central_question_is_like_most_of_the_others() {
    let space = Space::new(None);
    let texts =
        ["我昨天买的那个东西想开个发票可以吗谢谢", "可以开发票吗", "可以开发票么", "请问可以开发票吗"];
    let vectors: Vec<_> = texts.iter().map(|text| space.place(text).unwrap()).collect();
    assert_eq!(central(&vectors), Some(1));
    assert_eq!(central(&[]), None);
}

#[test]
fn kept_vectors_come_back_in_their_own_space_only() {
    let space = Space::new(None);
    let vector = space.place("怎么退货").unwrap();
    let back = space.unpack(&space.pack(&vector)).unwrap();
    assert!(crate::vectors::product(&vector, &back) > 0.999);
    let mut foreign = space.pack(&vector);
    foreign[0] = 1;
    assert!(space.unpack(&foreign).is_none() && space.unpack(&[]).is_none());
}

#[test]
fn likeness_is_shared_words() {
    assert!(likeness("七天内可以退货", "七天内可以退货。") > 0.99);
    assert!(likeness("七天内可以退货", "满 99 元包邮") < 0.2);
    assert!(likeness("", "😀").abs() < f32::EPSILON);
}
