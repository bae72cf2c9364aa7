//! Articles: their words are said, and the evidence says where they stand.

use super::*;
use model::{
    ArticleLink,
    rules::{Condition, Phrase, Rule, Step},
};

/// Quotes what it was asked.
pub fn link(entry_id: EntryId, question: &str) -> ArticleLink {
    let title = "退款说明".into();
    ArticleLink {
        entry_id,
        title,
        section: Some(0),
        heading: "时效".into(),
        quote: format!("〔{question}〕"),
    }
}

fn scene() -> Scene {
    Scene { table: Some(Table { article: Some(REFUND), ..Table::default() }), ..Scene::new() }
}

fn article(action: &BotAction) -> Option<&ArticleLink> {
    match action {
        BotAction::Say { evidence, .. } => evidence.article.as_deref(),
        _ => None,
    }
}

#[test]
fn words_of_an_article_are_said_with_their_place() {
    let actions = scene().says("退款多久到账？");
    assert_eq!(first_text(&actions), "〔退款多久到账?〕");
    assert_eq!(article(&actions[0]), Some(&link(REFUND, "退款多久到账?")));
    let several = scene().says("退款多久到账？能开发票吗？");
    assert!(first_text(&several).ends_with("〔退款多久到账?〕"), "{several:?}");
    assert_eq!(several.iter().map(|one| article(one).is_some()).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn article_that_was_chosen_answers_what_was_asked_before() {
    let mut scene = scene();
    assert_eq!(told(&scene.says("好像退款或者发货")), "offer 1 2");
    assert_eq!(first_text(&scene.says("1")), "〔好像退款或者发货〕");
}

#[test]
fn words_of_a_rule_are_none_of_the_article() {
    let mut scene = scene();
    let say = Phrase { zh: "请看公告".into(), en: String::new() };
    let when = vec![Condition::Words { any: vec!["退款".into()] }];
    scene.settings.rules = vec![Rule { name: "公告".into(), enabled: true, when, then: Step::Say { say } }];
    let actions = scene.says("退款多久到账？");
    assert_eq!((first_text(&actions).as_str(), article(&actions[0])), ("请看公告", None));
}

#[test]
fn model_writes_from_the_words_that_answer() {
    let mut scene = scene();
    scene.llm = LlmUse { when_unsure: true, when_sure: false, looks_up: false };
    let actions = scene.says("好像退款");
    let BotAction::AskLlm(asked) = &actions[0] else { panic!("{actions:?}") };
    assert_eq!(asked.sources[0].1.answer, "〔好像退款〕");
}
