//! When a language model is asked.

use super::*;

#[test]
fn a_language_model_is_asked_where_it_may_be_and_nowhere_else() {
    let both = LlmUse { when_unsure: true, when_sure: true, looks_up: false };
    let tools = LlmUse { when_unsure: true, when_sure: false, looks_up: true };
    for (llm, said, expected) in [
        (LlmUse::default(), "好像退款好像发货", "offer 1 2"),
        (LlmUse::default(), "退款", "answer 1"),
        (
            LlmUse { when_unsure: true, when_sure: false, looks_up: false },
            "好像退款好像发货",
            "write from 1 2 or offer 1 2",
        ),
        (LlmUse { when_unsure: true, when_sure: false, looks_up: false }, "退款", "answer 1"),
        (both, "退款", "write from 1 or answer 1"),
        (both, "转人工", "handed_off, Asked"),
        (both, "你好", "small_talk"),
        (both, "天气", "missed"),
        // What it can look up no entry needs to say.
        (tools, "天气", "write from  or missed"),
        (tools, "好像退款", "write from 1 or offer 1"),
        (tools, "天气怎么样？彩票呢？", "write from  or missed"),
        (tools, "转人工", "handed_off, Asked"),
        // Several questions are answered in the entries' own words.
        (both, "能开发票吗？多久发货？", "answer 3, answer 2"),
        (both, "能开发票吗？好像退款", "answer 3, offer 1"),
    ] {
        let mut scene = Scene { llm, ..Scene::new() };
        assert_eq!(told(&scene.says(said)), expected, "{said}");
    }
}

#[test]
fn what_was_written_once_is_not_written_again_for_the_same_question() {
    let mut scene =
        Scene { llm: LlmUse { when_unsure: true, when_sure: true, looks_up: false }, ..Scene::new() };
    assert_eq!(told(&scene.says("好像退款")), "write from 1 or offer 1");
    for _ in 0..2 {
        assert_eq!(told(&scene.says("好像退款！")), "offer 1");
    }
    assert_eq!(told(&scene.says("退款")), "write from 1 or answer 1");
    assert_eq!(told(&scene.says("退款")), "missed");
}
