//! Rules of the channel over the bot's own judgement.

use super::*;
use model::{
    MoodKind,
    rules::{Condition, Held, Phrase, Rule, Step, UsedRule},
};

const CARE: TeamId = TeamId(7);

fn phrase(zh: &str) -> Phrase {
    Phrase { zh: zh.into(), en: String::new() }
}

fn rule(when: Vec<Condition>, then: Step) -> Rule {
    Rule { name: "规则".into(), enabled: true, when, then }
}

const fn to_care() -> Step {
    Step::HandOff { team_id: Some(CARE), say: Phrase { zh: String::new(), en: String::new() } }
}

fn with(rules: Vec<Rule>) -> Scene {
    let mut scene = Scene::new();
    scene.settings.rules = rules;
    scene.teams = vec![(CARE, true)];
    scene.moods = true;
    scene.settings.soothing = None;
    scene
}

/// What a rule did: its evidence, and to whom it gave the conversation.
fn given(actions: &[BotAction]) -> Option<(HandOffReason, Option<TeamId>, bool, UsedRule)> {
    actions.iter().find_map(|action| match action {
        BotAction::HandOff { reason, team, staffed, evidence } => {
            Some((*reason, *team, *staffed, evidence.rule.as_deref()?.clone()))
        }
        _ => None,
    })
}

fn fires(condition: Condition, text: &str, change: impl FnOnce(&mut Scene)) -> Option<Held> {
    let mut scene = with(vec![rule(vec![condition], to_care())]);
    change(&mut scene);
    let (.., used) = given(&scene.says(text))?;
    used.why.into_iter().next()
}

fn attribute(value: &str, verified: bool) -> impl FnOnce(&mut Scene) {
    move |scene| {
        scene.visitor.attributes.insert("level".into(), value.into());
        scene.visitor.verified = verified;
    }
}

#[test]
fn a_rule_replaces_an_answer_and_says_why() {
    let words = Condition::Words { any: vec!["起诉".into(), "退款".into()] };
    let mut scene = with(vec![rule(vec![words], to_care())]);
    let actions = scene.says("退款多久到账？");
    let (reason, team, staffed, used) = given(&actions).unwrap();
    assert_eq!((reason, team, staffed), (HandOffReason::Rule, Some(CARE), true));
    assert_eq!((used.name.as_str(), used.step.as_str()), ("规则", "hand_off"));
    assert_eq!(used.why, [Held::Word { word: "退款".into() }]);
    assert!(first_text(&actions).contains("转接"));
    assert_eq!(told(&scene.says("你好")), "small_talk", "other messages are left alone");
}

#[test]
fn the_first_rule_that_holds_counts_and_one_that_is_off_does_not() {
    let say = |text: &str| Step::Say { say: phrase(text) };
    let any = |word: &str| vec![Condition::Words { any: vec![word.into()] }];
    let off = Rule { enabled: false, ..rule(any("退款"), say("关")) };
    let both =
        vec![Condition::Words { any: vec!["退款".into()] }, Condition::Words { any: vec!["火星".into()] }];
    let rules = vec![off, rule(both, say("都")), rule(any("退款"), say("一")), rule(Vec::new(), say("二"))];
    assert_eq!(first_text(&with(rules.clone()).says("退款")), "一");
    assert_eq!(first_text(&with(rules.clone()).says("火星退款")), "都");
    assert_eq!(first_text(&with(rules).says("发货")), "二");
}

#[test]
fn who_asks_for_a_person_gets_one_whatever_the_rules_say() {
    for then in
        [Step::Say { say: phrase("先看看帮助") }, Step::AskFirst { team_id: None, say: phrase("真的吗") }]
    {
        let mut scene = with(vec![rule(Vec::new(), then)]);
        assert_eq!(told(&scene.says("转人工")), "handed_off, Asked");
    }
    let mut scene = with(vec![rule(vec![Condition::Asked], to_care())]);
    let (reason, team, ..) = given(&scene.says("转人工")).unwrap();
    assert_eq!((reason, team), (HandOffReason::Asked, Some(CARE)), "but rules may say to whom");
}

#[test]
fn misses_count_the_question_at_hand() {
    let mut scene = with(vec![rule(vec![Condition::Misses { at_least: 2 }], to_care())]);
    scene.settings.hand_off_after = 5;
    assert_eq!(told(&scene.says("火星分店在哪条街")), "missed");
    let (.., used) = given(&scene.says("水星分店在哪条街")).unwrap();
    assert_eq!(used.why, [Held::Misses { count: 2 }]);
}

#[test]
fn moods_are_looked_at_where_the_workspace_allows_it() {
    let mood = |mood, at_least| Condition::Mood { mood, at_least };
    let angry = "你们这是什么垃圾服务，气死我了，我要投诉！";
    let held = fires(mood(MoodKind::Angry, 2), angry, |_| {});
    assert!(matches!(held, Some(Held::Mood { mood: MoodKind::Angry, strength: 2.. })), "{held:?}");
    assert!(fires(mood(MoodKind::Upset, 1), angry, |_| {}).is_some(), "who is angry is upset");
    assert_eq!(fires(mood(MoodKind::Angry, 1), angry, |scene| scene.moods = false), None);
    assert_eq!(fires(mood(MoodKind::Angry, 1), "退款多久到账？", |_| {}), None);
    assert!(fires(mood(MoodKind::Urgent, 1), "很急，麻烦马上处理退款", |_| {}).is_some());
}

#[test]
fn what_the_site_did_not_sign_counts_only_where_the_rule_says_so() {
    let vip = |unsigned| Condition::Attribute {
        name: "level".into(),
        any: vec!["VIP".into(), "金卡".into()],
        unsigned,
    };
    let signed = Held::Attribute { name: "level".into(), value: "vip".into(), signed: true };
    assert_eq!(fires(vip(false), "退款", attribute("vip", true)), Some(signed));
    assert_eq!(fires(vip(false), "退款", attribute("vip", false)), None);
    assert!(fires(vip(true), "退款", attribute("金卡", false)).is_some());
    assert_eq!(fires(vip(true), "退款", attribute("普通", true)), None);
    assert_eq!(fires(vip(true), "退款", |_| {}), None);
    let amount = |at_least| Condition::Amount { name: "level".into(), at_least, unsigned: false };
    assert!(fires(amount(1_000), "退款", attribute("¥1,299.00", true)).is_some());
    assert_eq!(fires(amount(1_300), "退款", attribute("¥1,299.00", true)), None);
    assert_eq!(fires(amount(0), "退款", attribute("无", true)), None);
}

#[test]
fn the_topic_is_that_of_the_likeliest_entry() {
    let category = |name: &str| Condition::Category { any: vec!["别的".into(), name.into()] };
    assert_eq!(fires(category("售后"), "退款", |_| {}), Some(Held::Category { name: "售后".into() }));
    assert!(fires(category("售后/钱"), "好像退款", |_| {}).is_some(), "an offered one too");
    assert_eq!(fires(category("售"), "退款", |_| {}), None, "a part of a name is another name");
    assert_eq!(fires(category("售后"), "火星分店在哪", |_| {}), None);
    let tag = Condition::Tag { any: vec!["发货".into()] };
    assert_eq!(fires(tag.clone(), "多久发货", |_| {}), Some(Held::Tag { name: "发货".into() }));
    assert_eq!(fires(tag, "退款", |_| {}), None);
}

#[test]
fn hours_and_people_who_are_there() {
    let hours = |open| Condition::Hours { open };
    assert_eq!(
        fires(hours(false), "退款", |scene| scene.open = Some(false)),
        Some(Held::Hours { open: false })
    );
    assert_eq!(fires(hours(true), "退款", |scene| scene.open = Some(false)), None);
    assert_eq!(fires(hours(true), "退款", |_| {}), None, "without hours neither holds");
    assert_eq!(fires(hours(false), "退款", |_| {}), None);
    let nobody = Condition::Staffed { there: false };
    assert!(fires(nobody.clone(), "退款", |scene| scene.staffed = false).is_some());
    assert_eq!(fires(nobody, "退款", |_| {}), None);
}

#[test]
fn a_message_is_left_without_a_promise() {
    let then = Step::LeaveMessage { team_id: Some(CARE), say: Phrase::default() };
    let mut scene = with(vec![rule(Vec::new(), then)]);
    let actions = scene.says("退款多久到账？");
    let (reason, team, staffed, _) = given(&actions).unwrap();
    assert_eq!((reason, team, staffed), (HandOffReason::Rule, Some(CARE), false));
    assert!(first_text(&actions).contains("留言"));
}

#[test]
fn an_offer_is_taken_or_declined_and_made_once() {
    let then = || Step::AskFirst { team_id: Some(CARE), say: Phrase::default() };
    for yes in ["好的", "可以", "要的", "yes, please", "OK"] {
        let mut scene = with(vec![rule(Vec::new(), then())]);
        assert!(first_text(&scene.says("退款多久到账？")).contains("需要为您转接"));
        let (reason, team, ..) = given(&scene.says(yes)).expect(yes);
        assert_eq!((reason, team), (HandOffReason::Rule, Some(CARE)), "{yes}");
    }
    let mut scene = with(vec![rule(Vec::new(), then())]);
    scene.says("退款多久到账？");
    assert_eq!(told(&scene.says("不用了")), "small_talk");
    assert_eq!(told(&scene.says("退款多久到账？")), "answer 1", "not offered again");
    let mut scene = with(vec![rule(Vec::new(), then())]);
    scene.says("退款多久到账？");
    assert_eq!(told(&scene.says("多久发货")), "answer 2", "another question goes on");
}

#[test]
fn an_offer_instead_of_a_miss_still_counts_as_one() {
    let then = Step::AskFirst { team_id: None, say: Phrase::default() };
    let mut scene = with(vec![rule(vec![Condition::Misses { at_least: 1 }], then)]);
    assert_eq!(told(&scene.says("火星分店在哪条街")), "missed");
    assert_eq!(told(&scene.says("水星分店在哪条街")), "handed_off, Misses");
}

#[test]
fn the_same_is_not_said_twice_in_a_row() {
    let then = Step::Say { say: phrase("{{name|您}}好，大促期间发货会慢一些") };
    let mut scene = with(vec![rule(vec![Condition::Words { any: vec!["发货".into()] }], then)]);
    scene.visitor.name = "小林".into();
    assert_eq!(first_text(&scene.says("多久发货")), "小林好，大促期间发货会慢一些");
    assert_eq!(told(&scene.says("那多久发货呢")), "answer 2");
    assert_eq!(told(&scene.says("多久发货")), "small_talk");
}

#[test]
fn a_team_that_has_gone_leaves_the_conversation_where_it_is() {
    let mut scene = with(vec![rule(Vec::new(), to_care())]);
    scene.teams = Vec::new();
    let (_, team, staffed, _) = given(&scene.says("退款")).unwrap();
    assert_eq!((team, staffed), (None, true));
}
