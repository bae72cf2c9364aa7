//! The rules for what an entry may say: trimmed, bounded, nothing twice.

use super::{cards, follow_ups, images};
use crate::{Error, Result, text};
use model::{EntryContent, Section, Variant};
use std::collections::HashSet;
use unicode_normalization::UnicodeNormalization as _;

pub const QUESTION: usize = 200;
pub const PHRASINGS: usize = 100;
/// What fits into one message.
pub const ANSWER: usize = 4_000;
pub const SECTIONS: usize = 50;
pub const HEADING: usize = 120;
pub const SECTION: usize = 8_000;
/// All sections together.
pub const ARTICLE: usize = 100_000;
const DEPTH: usize = 5;
const SEGMENT: usize = 60;
const TAGS: usize = 20;
const TAG: usize = 30;

/// The content as it is stored, or the field that breaks its rules.
pub fn clean(raw: EntryContent) -> Result<EntryContent> {
    let question = text::line("question", &raw.question, QUESTION)?;
    if text::is_blank(&question) {
        return Err(Error::Field("question"));
    }
    let mut known = HashSet::from([key(&question)]);
    let mut phrasings = Vec::new();
    for phrasing in &raw.phrasings {
        let phrasing = text::optional_line("phrasings", phrasing, QUESTION)?;
        if !text::is_blank(&phrasing) && known.insert(key(&phrasing)) {
            phrasings.push(phrasing);
        }
    }
    if phrasings.len() > PHRASINGS {
        return Err(Error::Field("phrasings"));
    }
    let mut answers = raw.answers;
    for own in &mut answers {
        own.answer = paragraph("answers", &own.answer, ANSWER)?;
    }
    answers.retain(|own| !own.answer.is_empty());
    for own in &mut answers {
        own.images = images::clean(std::mem::take(&mut own.images))?;
        own.cards = cards::clean(std::mem::take(&mut own.cards))?;
    }
    let whose = |one: &Variant| (one.channel_id, one.audience);
    answers.sort_by_key(whose);
    let repeats_answer = answers.iter().any(|one| whose(one) == (None, raw.audience));
    if repeats_answer || answers.windows(2).any(|pair| whose(&pair[0]) == whose(&pair[1])) {
        return Err(Error::Field("answers"));
    }
    let sections = sections(raw.sections)?;
    // The summary of an article is the same everywhere.
    if !sections.is_empty() && !answers.is_empty() {
        return Err(Error::Field("answers"));
    }
    // An article answers with one of its sentences; images stand in its sections.
    if !sections.is_empty() && !raw.images.is_empty() {
        return Err(Error::Field("images"));
    }
    if !sections.is_empty() && !raw.cards.is_empty() {
        return Err(Error::Field("cards"));
    }
    if let (Some(from), Some(until)) = (raw.valid_from, raw.valid_until)
        && until <= from
    {
        return Err(Error::Field("valid_until"));
    }
    Ok(EntryContent {
        category: category(&raw.category)?,
        question,
        phrasings,
        answer: paragraph("answer", &raw.answer, ANSWER)?,
        images: images::clean(raw.images)?,
        cards: cards::clean(raw.cards)?,
        audience: raw.audience,
        answers,
        sections,
        tags: tags(&raw.tags)?,
        follow_ups: follow_ups::clean(raw.follow_ups)?,
        valid_from: raw.valid_from,
        valid_until: raw.valid_until,
    })
}

/// Whether two questions are the same but for case, width, spaces and punctuation.
pub fn key(question: &str) -> String {
    let folded: String =
        question.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect();
    // Only signs: then they count.
    if folded.is_empty() { question.to_owned() } else { folded }
}

fn paragraph(field: &'static str, text: &str, most: usize) -> Result<String> {
    let text = text::paragraph(field, &text.replace("\r\n", "\n"), most)?;
    Ok(if text::is_blank(&text) { String::new() } else { text })
}

/// Those that say something.
fn sections(raw: Vec<Section>) -> Result<Vec<Section>> {
    let mut sections = Vec::new();
    let (mut length, mut shown) = (0, 0);
    for section in raw {
        let heading = text::optional_line("sections", &section.heading, HEADING)?;
        let text = paragraph("sections", &section.text, SECTION)?;
        let images = images::placed(section.images, &section.text, &text)?;
        length += text.chars().count();
        shown += images.len();
        if !text::is_blank(&heading) || !text.is_empty() || !images.is_empty() {
            sections.push(Section { heading, text, images });
        }
    }
    let is_too_much = sections.len() > SECTIONS || length > ARTICLE || shown > images::IN_ARTICLE;
    if is_too_much { Err(Error::Field("sections")) } else { Ok(sections) }
}

fn category(path: &str) -> Result<String> {
    let segments = path.split('/').map(str::trim).filter(|segment| !segment.is_empty());
    let segments: Vec<String> =
        segments.map(|segment| text::optional_line("category", segment, SEGMENT)).collect::<Result<_>>()?;
    if segments.len() > DEPTH { Err(Error::Field("category")) } else { Ok(segments.join("/")) }
}

fn tags(raw: &[String]) -> Result<Vec<String>> {
    let mut tags: Vec<String> = Vec::new();
    for tag in raw {
        let tag = text::optional_line("tags", tag, TAG)?;
        if !text::is_blank(&tag) && !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    if tags.len() > TAGS { Err(Error::Field("tags")) } else { Ok(tags) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Audience, ChannelId};

    fn raw(question: &str) -> EntryContent {
        EntryContent { question: question.into(), ..EntryContent::default() }
    }

    fn own(channel: Option<i64>, audience: Audience, answer: &str) -> Variant {
        Variant {
            channel_id: channel.map(ChannelId),
            audience,
            answer: answer.into(),
            images: Vec::new(),
            cards: Vec::new(),
        }
    }

    fn field(content: EntryContent) -> &'static str {
        match clean(content) {
            Err(Error::Field(field)) => field,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn content_is_trimmed_and_says_nothing_twice() {
        let content = EntryContent {
            category: " 售后 / /退货/".into(),
            phrasings: ["如何退货", "怎么退货 ", "", "如何 退货！", "ＨＯＷ"].map(String::from).to_vec(),
            answer: " 七天内\r\n免费 ".into(),
            tags: ["退货", " 退货", "\u{200b}"].map(String::from).to_vec(),
            ..raw(" 怎么退货？ ")
        };
        let clean = clean(content).unwrap();
        assert_eq!((clean.category.as_str(), clean.question.as_str()), ("售后/退货", "怎么退货？"));
        assert_eq!(clean.phrasings, ["如何退货", "ＨＯＷ"]);
        assert_eq!((clean.answer.as_str(), clean.tags), ("七天内\n免费", vec!["退货".to_owned()]));
    }

    #[test]
    fn broken_rule_names_its_field() {
        assert_eq!(field(raw("\u{200b}")), "question");
        assert_eq!(field(raw(&"字".repeat(201))), "question");
        assert_eq!(field(EntryContent { category: "a/b/c/d/e/f".into(), ..raw("x") }), "category");
        assert_eq!(field(EntryContent { answer: "字".repeat(4_001), ..raw("x") }), "answer");
        let many = (0..101).map(|n| format!("问{n}")).collect();
        assert_eq!(field(EntryContent { phrasings: many, ..raw("x") }), "phrasings");
        assert_eq!(field(EntryContent { tags: vec!["字".repeat(31)], ..raw("x") }), "tags");
        let validity = EntryContent { valid_from: Some(2), valid_until: Some(2), ..raw("x") };
        assert_eq!(field(validity), "valid_until");
        let twice = own(Some(1), Audience::Vip, "x");
        assert_eq!(field(EntryContent { answers: vec![twice.clone(), twice], ..raw("x") }), "answers");
        let vips = EntryContent { audience: Audience::Vip, ..raw("x") };
        assert_eq!(
            field(EntryContent { answers: vec![own(None, Audience::Vip, "x")], ..vips }),
            "answers",
            "the answer itself is for them already"
        );
    }

    #[test]
    fn article_is_bounded_and_keeps_sections_that_say_something() {
        let of = |sections: Vec<Section>| EntryContent { sections, ..raw("配送说明") };
        let section = |heading: &str, text: &str| Section {
            heading: heading.into(),
            text: text.into(),
            ..Section::default()
        };
        let kept =
            clean(of(vec![section(" ", "\n"), section("", "序\r\n言 "), section(" 运费 ", "")])).unwrap();
        assert_eq!(kept.sections, [section("", "序\n言"), section("运费", "")]);
        assert!(
            kept.answers_something() && !clean(of(vec![section("运费", "")])).unwrap().answers_something()
        );

        assert_eq!(field(of(vec![section("", "字"); 51])), "sections");
        assert_eq!(field(of(vec![section(&"字".repeat(121), "")])), "sections");
        assert_eq!(field(of(vec![section("", &"字".repeat(8_001))])), "sections");
        assert_eq!(field(of(vec![section("", &"字".repeat(8_000)); 13])), "sections");
        let own = own(Some(1), Audience::Everybody, "x");
        assert_eq!(field(EntryContent { answers: vec![own], ..of(vec![section("", "字")]) }), "answers");
    }

    #[test]
    fn variant_without_text_is_left_out() {
        let own = own(Some(1), Audience::Everybody, " ");
        assert_eq!(clean(EntryContent { answers: vec![own], ..raw("x") }).unwrap().answers, []);
    }
}
