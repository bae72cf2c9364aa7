//! Where sentences and passages end, and which sentence answers by words alone.

use super::*;
use crate::EntryId;

fn section(heading: &str, text: &str) -> Section {
    Section { heading: heading.into(), text: text.into(), ..Section::default() }
}

fn cut(text: &str) -> Vec<&str> {
    sentences(text).into_iter().map(|range| &text[range]).collect()
}

fn article(answer: &str, sections: &[Section]) -> Source {
    let phrasings = vec!["配送说明".to_owned()];
    Source { id: EntryId(1), phrasings, answer: answer.into(), passages: passages(sections) }
}

fn said(source: &Source, question: &str) -> Quote {
    quote_by_words(question, source).unwrap()
}

#[test]
fn sentence_ends_at_its_stop_with_what_closes_behind_it() {
    assert_eq!(cut("他说“可以。”然后走了！真的？！好"), ["他说“可以。”", "然后走了！", "真的？！", "好"]);
    assert_eq!(
        cut("It takes 3.5 days. See shop.example! Yes."),
        ["It takes 3.5 days.", "See shop.example!", "Yes."]
    );
    assert_eq!(cut("- 一\n\n- 二\n——\n"), ["- 一", "- 二"]);
    assert_eq!(cut(" \n"), [""; 0]);
    assert_eq!(cut(&"字".repeat(700)).len(), 3);
}

#[test]
fn passage_stays_within_its_section_and_its_length() {
    let long = format!("{}。", "字".repeat(60));
    let found = passages(&[section("甲", &long.repeat(3)), section("乙", "短。\n也短。"), section("丙", "")]);
    let of: Vec<_> = found.iter().map(|one| (one.section, one.text.chars().count())).collect();
    assert_eq!(of, [(0, 61), (0, 61), (0, 61), (1, 6)]);
    assert_eq!(found[3].text, "短。\n也短。");
}

#[test]
fn sentence_with_the_words_of_the_question_is_quoted_as_it_stands() {
    let source = article(
        "",
        &[
            section("时效", "江浙沪 1 到 2 天送达。偏远地区 4 到 6 天。"),
            section("运费", "满 99 元包邮。\n不满 99 元收 10 元运费。"),
        ],
    );
    assert_eq!(
        said(&source, "偏远地区要几天"),
        Quote { section: Some(0), text: "偏远地区 4 到 6 天。".into() }
    );
    assert_eq!(said(&source, "不满99元收多少钱").text, "不满 99 元收 10 元运费。");
}

#[test]
fn sentence_that_says_too_little_goes_on() {
    let source = article("", &[section("退货", "退货可以。\n七天内请保持包装完好。")]);
    assert_eq!(said(&source, "退货可以吗").text, "退货可以。\n七天内请保持包装完好。");
    let source = article("", &[section("", "请准备好下面这几样东西：\n发票和包装盒，还有配件。")]);
    assert_eq!(
        said(&source, "要准备好哪几样东西").text,
        "请准备好下面这几样东西：\n发票和包装盒，还有配件。"
    );
}

#[test]
fn summary_answers_what_asks_for_the_whole() {
    let source = article("我们怎么配送，要多久，要多少钱。", &[section("时效", "江浙沪 1 到 2 天送达。")]);
    assert_eq!(said(&source, "配送说明"), Quote { section: None, text: source.answer.clone() });
    assert_eq!(said(&source, "江浙沪几天").section, Some(0));
}

#[test]
fn nearest_passage_counts_more_than_single_words() {
    let source = article("", &[section("时效", "一到两天。"), section("运费", "满 99 元免费。")]);
    let near = |passage: Option<usize>| passage.map(|number| if number == 1 { 0.9 } else { 0.1 });
    assert_eq!(quote("两天", &source, near).unwrap().section, Some(1));
    assert_eq!(said(&source, "两天").section, Some(0));
}
