//! Words that calm, before people take over.

use super::*;
use model::rules::Phrase;

const ANGRY: &str = "你们这是什么垃圾服务，气死我了，转人工！";

fn upset() -> Scene {
    Scene { moods: true, ..Scene::new() }
}

#[test]
fn an_upset_visitor_is_soothed_before_people_take_over() {
    let actions = upset().says(ANGRY);
    assert_eq!(told(&actions), "handed_off, handed_off, Asked");
    assert!(first_text(&actions).contains("抱歉"));
    let soothing = |action: &BotAction| match action {
        BotAction::Say { evidence, .. } | BotAction::HandOff { evidence, .. } => evidence.soothing,
        BotAction::Clarify { .. } | BotAction::AskLlm(_) => false,
    };
    assert_eq!(actions.iter().map(soothing).collect::<Vec<_>>(), [true, false, false]);
    assert!(first_text(&upset().says("This is outrageous, I am furious! Get me a human!")).contains("sorry"));
}

#[test]
fn who_is_handed_over_because_a_model_has_no_answer_is_soothed_too() {
    let mut scene = upset();
    scene.says("好像退款");
    scene.says("好像发货");
    scene.llm.when_unsure = true;
    let actions = scene.says("气死我了，等了三天！好像发票？");
    assert_eq!(told(&actions), "write from 3 or handed_off, handed_off, Upset");
    let BotAction::AskLlm(asked) = &actions[0] else { panic!("{actions:?}") };
    assert!(first_text(&asked.otherwise).contains("抱歉"));
    assert!(actions[0].may_hand_off());
}

#[test]
fn a_calm_visitor_and_an_answer_need_no_soothing() {
    assert_eq!(told(&upset().says("转人工")), "handed_off, Asked");
    assert_eq!(told(&upset().says("退款多久到账？")), "answer 1");
}

#[test]
fn it_is_said_in_own_words_and_not_twice_in_a_short_time() {
    let mut scene = upset();
    scene.settings.soothing = Some(Phrase { zh: "{{name|您}}先消消气".into(), en: String::new() });
    scene.visitor.name = "小林".into();
    assert_eq!(first_text(&scene.says(ANGRY)), "小林先消消气");
    for off in [
        |scene: &mut Scene| scene.soothed = true,
        |scene: &mut Scene| scene.settings.soothing = None,
        |scene: &mut Scene| scene.moods = false,
    ] {
        let mut scene = upset();
        off(&mut scene);
        assert_eq!(told(&scene.says(ANGRY)), "handed_off, Asked");
    }
}
