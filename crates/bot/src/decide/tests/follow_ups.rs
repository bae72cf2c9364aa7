//! What is offered after an answer, and what becomes of it when it is taken.

use super::*;

fn of(entry: EntryId, question: &str) -> FollowUp {
    FollowUp { entry_id: Some(entry), question: question.into() }
}

/// Refunds lead to invoices, to exchanges and to something free; so many exchanges to refunds.
fn scene() -> Scene {
    let mut scene = Scene::new();
    let free = FollowUp { entry_id: None, question: "周末发货吗？".into() };
    let refund = [of(INVOICE, "旧的问法"), of(EXCHANGE, "换货呢"), free].map(|one| (REFUND, one));
    let table = scene.table.as_mut().unwrap();
    table.follow_ups = refund.into_iter().chain([(EXCHANGE, of(REFUND, "退款呢"))]).collect();
    scene
}

fn offered(scene: &Scene) -> Vec<String> {
    match scene.turns.last() {
        Some(Turn::Bot { offered: Offered::FollowUps(follow_ups), .. }) => {
            follow_ups.iter().map(|one| one.question.clone()).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn answer_offers_what_its_entry_names_in_the_words_of_now() {
    let mut scene = scene();
    scene.says("退款多久到账？");
    assert_eq!(offered(&scene), ["能开发票吗？", "换货运费谁出？", "周末发货吗？"]);
}

#[test]
fn entry_that_does_not_answer_or_just_did_is_not_offered() {
    let mut gone = scene();
    gone.table.as_mut().unwrap().withdrawn = Some(EXCHANGE);
    gone.says("退款多久到账？");
    assert_eq!(offered(&gone), ["能开发票吗？", "周末发货吗？"]);
    let mut both = scene();
    assert_eq!(told(&both.says("退款多久到账？换货运费谁出？")), "answer 1, answer 4");
    assert_eq!(offered(&both), [""; 0]);
}

#[test]
fn nothing_is_offered_with_a_question_back_or_a_hand_off() {
    for text in ["好像是退款", "退款多久？转人工", "你好"] {
        let mut scene = scene();
        scene.says(text);
        assert_eq!(offered(&scene), [""; 0], "{text}");
    }
}

#[test]
fn taken_follow_up_is_answered_by_its_entry_and_says_so() {
    let mut scene = scene();
    scene.says("退款多久到账？");
    let actions = scene.says("换货运费谁出");
    let [BotAction::Say { text, evidence }] = &actions[..] else { panic!("{actions:?}") };
    assert_eq!((text.as_str(), evidence.entry_id), ("换货的回答", Some(EXCHANGE)));
    assert_eq!((evidence.question.as_str(), evidence.band.as_deref()), ("换货运费谁出？", None));
    assert_eq!(offered(&scene), ["退款多久到账？"], "it has follow-ups of its own");
}

#[test]
fn free_follow_up_is_asked_like_any_question() {
    let mut scene = scene();
    scene.says("退款多久到账？");
    let actions = scene.says("周末发货吗？");
    assert_eq!(told(&actions), "answer 2");
    let BotAction::Say { evidence, .. } = &actions[0] else { panic!("{actions:?}") };
    assert_eq!(evidence.band.as_deref(), Some("answer"), "it was looked up");
    // A number is none of them: nobody asked which one is meant.
    let mut other = scene_after_refund();
    assert_eq!(told(&other.says("2")), "missed");
}

fn scene_after_refund() -> Scene {
    let mut scene = scene();
    scene.says("退款多久到账？");
    scene
}
