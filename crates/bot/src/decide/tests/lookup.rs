//! A question looked up alone, with what led to it, and as a continuation of the one before.

use super::*;

#[test]
fn a_leaning_question_is_joined_with_the_one_before() {
    let mut scene = Scene::new();
    assert_eq!(told(&scene.says("换货运费谁出？")), "answer 4");
    assert_eq!(told(&scene.says("那退款呢？")), "answer 1");
    let asked = scene.table.as_ref().map(|table| table.asked.borrow().clone()).unwrap_or_default();
    assert!(asked.iter().any(|question| question.contains("那退款呢")), "alone first: {asked:?}");
}

#[test]
fn a_question_that_is_asked_again_and_again_is_looked_up_as_it_stands() {
    let mut scene = Scene::new();
    for _ in 0..3 {
        scene.says("好像退款");
    }
    let asked = scene.table.as_ref().map(|table| table.asked.borrow().clone()).unwrap_or_default();
    assert!(asked.iter().all(|question| question.matches("退款").count() == 1), "{asked:?}");
}

/// The question before must not answer for the new one.
#[test]
fn a_leaning_question_without_an_answer_of_its_own_is_not_answered_by_the_one_before() {
    let mut scene = Scene::new();
    assert_eq!(told(&scene.says("换货运费谁出？")), "answer 4");
    assert_eq!(told(&scene.says("那火星呢？")), "missed");
}

#[test]
fn what_led_to_a_question_helps_to_find_it() {
    assert_eq!(told(&Scene::new().says("我申请了退款。多久？")), "answer 1");
    let mut scene = Scene::new();
    assert_eq!(told(&scene.says("换货的东西没收到。怎么办？")), "answer 4");
    let asked = scene.table.as_ref().map(|table| table.asked.borrow().clone()).unwrap_or_default();
    assert!(!asked.iter().any(|question| question.starts_with("怎么办")), "it says nothing alone: {asked:?}");
    assert_eq!(told(&scene.says("为什么？")), "missed", "nothing but the entry that was said already");
}
