//! From what a visitor wrote to what is looked up: several questions in one message, and
//! questions that lean on the one before (那退款呢？).

use crate::signals::{SmallTalk, asks_for_person, is_vague, small_talk};
use crate::words::{MAX_QUERY, bare, clean, has_words, latin_words, short};

/// One thing that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// As it is quoted: the visitor's words.
    pub text: String,
    /// What was said before it in the same message, in case it says too little alone.
    pub lead: String,
}

/// What the visitor wrote since the bot last spoke.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// Without small talk, each once, in order.
    pub questions: Vec<Question>,
    pub small_talk: Vec<SmallTalk>,
    /// Something was written that has no words: emoji, punctuation.
    pub wordless: bool,
}

pub fn read<'a>(texts: impl Iterator<Item = &'a str>) -> Read {
    let mut read = Read::default();
    let mut seen = Vec::new();
    for text in texts {
        if !has_words(text) {
            read.wordless |= !text.trim().is_empty();
            continue;
        }
        if let Some(kind) = small_talk(text) {
            read.small_talk.push(kind);
            continue;
        }
        let mut lead = String::new();
        for sentence in sentences(&without_greeting(text)) {
            match small_talk(&sentence.text) {
                // "好" in the middle is no answer to anybody.
                Some(kind) => read.small_talk.push(kind),
                None if !has_words(&sentence.text) => {}
                None if !sentence.asks => {
                    lead = if lead.is_empty() { sentence.text } else { format!("{lead} {}", sentence.text) };
                }
                None => {
                    let lead = std::mem::take(&mut lead);
                    push(&mut read.questions, &mut seen, Question { text: sentence.text, lead });
                }
            }
        }
        if !lead.is_empty() {
            push(&mut read.questions, &mut seen, Question { text: lead, lead: String::new() });
        }
    }
    read
}

fn push(questions: &mut Vec<Question>, seen: &mut Vec<String>, question: Question) {
    let key = bare(&question.text);
    if !seen.contains(&key) {
        seen.push(key);
        questions.push(question);
    }
}

struct Sentence {
    text: String,
    asks: bool,
}

/// Parts that end with a mark or a line break, each with whether it asks something.
fn sentences(text: &str) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    let mut current = String::new();
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let is_stop = match c {
            '？' | '?' | '。' | '！' | '!' | '\n' | '；' | ';' => true,
            // Not in 3.5 or shop.example.
            '.' => characters.peek().is_none_or(|next| next.is_whitespace()) && has_words(&current),
            _ => false,
        };
        if is_stop {
            finish(&mut sentences, &mut current, matches!(c, '？' | '?'));
        } else {
            current.push(c);
        }
    }
    finish(&mut sentences, &mut current, false);
    sentences
}

fn finish(sentences: &mut Vec<Sentence>, current: &mut String, marked: bool) {
    let text = std::mem::take(current).trim().to_owned();
    if text.is_empty() {
        return;
    }
    let asks = marked || sounds_like_question(&text);
    let text = if marked { text + "？" } else { text };
    sentences.push(Sentence { text, asks });
}

/// A question word, for those who leave out the mark.
fn sounds_like_question(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "吗",
        "么",
        "呢",
        "嘛",
        "多少",
        "几天",
        "几点",
        "几个",
        "怎么",
        "怎样",
        "如何",
        "什么",
        "哪",
        "谁",
        "是否",
        "能不能",
        "可不可以",
        "可以吗",
        "有没有",
        "是不是",
        "会不会",
        "要不要",
        "多久",
        "多长",
        "为什么",
        "为啥",
        "咋",
        "啥",
    ];
    const LATIN: &[&str] = &[
        "how", "what", "when", "where", "which", "who", "why", "can", "could", "do", "does", "did", "is",
        "are", "will", "would", "may", "should",
    ];
    let cleaned = clean(text);
    WORDS.iter().any(|word| cleaned.contains(word))
        || latin_words(&cleaned).first().is_some_and(|word| LATIN.contains(&word.as_str()))
}

/// "你好，…" and "hi, …" say nothing about the question.
fn without_greeting(text: &str) -> String {
    let trimmed = text.trim_start();
    for (at, c) in trimmed.char_indices() {
        if matches!(c, ',' | '，' | '、' | '~' | '～' | ' ') {
            let rest = trimmed[at + c.len_utf8()..].trim_start();
            let is_polite = small_talk(&trimmed[..at]).is_some_and(|kind| kind != SmallTalk::Insult);
            return if is_polite && has_words(rest) { rest.to_owned() } else { trimmed.to_owned() };
        }
        if at > 24 {
            break;
        }
    }
    trimmed.to_owned()
}

/// What to look up for the last thing that was asked in these texts; none when nothing was.
pub fn newest_question<'a>(texts: impl Iterator<Item = &'a str>) -> Option<String> {
    let asked = read(texts.filter(|text| !asks_for_person(text)));
    let Question { text, lead } = asked.questions.into_iter().last()?;
    Some(query(&if is_vague(&text) { format!("{lead} {text}") } else { text }))
}

/// What is looked up for a text.
pub fn query(text: &str) -> String {
    short(&clean(text), MAX_QUERY)
}

/// The new part of a question that leans on the one before; none when it stands alone.
pub fn ellipsis(text: &str) -> Option<String> {
    let cleaned = clean(text);
    let stripped = cleaned.trim_matches(|c: char| !c.is_alphanumeric());
    let words = latin_words(stripped);
    if !words.is_empty() && !crate::words::has_han(stripped) {
        const OPENINGS: [&[&str]; 7] = [
            &["what", "about"],
            &["how", "about"],
            &["and", "what", "about"],
            &["and", "how", "about"],
            &["what", "if"],
            &["and"],
            &["or"],
        ];
        let mut openings = OPENINGS.to_vec();
        openings.sort_by_key(|opening| std::cmp::Reverse(opening.len()));
        let opening = openings.iter().find(|opening| {
            words.iter().zip(opening.iter()).filter(|(a, b)| a == b).count() == opening.len()
        });
        let rest = &words[opening.map_or(0, |opening| opening.len())..];
        let short = words.len() <= 3 || opening.is_some() && words.len() <= 8;
        return (short && !rest.is_empty()).then(|| rest.join(" "));
    }
    let core = ["那么", "那要是", "那如果", "那", "还有", "如果是", "要是", "换成"]
        .iter()
        .find_map(|prefix| stripped.strip_prefix(prefix));
    let leans = core.is_some() || stripped.ends_with('呢');
    let core = core.unwrap_or(stripped).trim_end_matches(['呢', '吗', '嘛', '啊', '的', '话']).trim();
    let length = core.chars().count();
    ((leans && length <= 12 || length <= 5) && !core.is_empty()).then(|| core.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(message: &str) -> Vec<String> {
        read(std::iter::once(message)).questions.into_iter().map(|question| question.text).collect()
    }

    #[test]
    fn several_questions_are_told_apart() {
        assert_eq!(texts("退货运费谁出？多久到账？"), ["退货运费谁出？", "多久到账？"]);
        assert_eq!(texts("能开发票吗\n几天发货"), ["能开发票吗", "几天发货"]);
        assert_eq!(
            texts("How do I pay? Do you ship to France?"),
            ["How do I pay？", "Do you ship to France？"]
        );
        assert_eq!(texts("运费是 3.5 元吗"), ["运费是 3.5 元吗"]);
        assert_eq!(texts("多久发货？多久发货？ 多久发货"), ["多久发货？"]);
    }

    #[test]
    fn a_statement_leads_to_its_question() {
        let found = read(std::iter::once("我上周买的杯子。碎了。怎么办？")).questions;
        assert_eq!(found, [Question { text: "怎么办？".into(), lead: "我上周买的杯子 碎了".into() }]);
        assert_eq!(texts("我想退货"), ["我想退货"]);
    }

    #[test]
    fn small_talk_around_a_question_is_left_out() {
        assert_eq!(texts("你好，退货运费谁出？谢谢！"), ["退货运费谁出？"]);
        assert_eq!(texts("Hi, do you ship to France?"), ["do you ship to France？"]);
        let found = read(["你好", "在吗", "多久发货"].into_iter());
        assert_eq!((found.questions.len(), found.small_talk.len()), (1, 2));
    }

    #[test]
    fn what_has_no_words_is_no_question() {
        for text in ["😀😀👍", "？？？", "……", "!!!"] {
            let found = read(std::iter::once(text));
            assert!(found.questions.is_empty() && found.wordless, "{text}");
        }
        assert_eq!(read(std::iter::once(" \n ")), Read::default());
    }

    #[test]
    fn a_long_text_is_looked_up_by_its_beginning() {
        assert_eq!(query(&"退".repeat(10_000)).chars().count(), MAX_QUERY + 1);
        assert_eq!(query("<script>alert(1)</script>怎么退款"), "alert(1) 怎么退款");
    }

    #[test]
    fn leaning_questions_give_their_new_part() {
        let table = [
            ("那退款呢？", Some("退款")),
            ("那换货的话", Some("换货")),
            ("退款呢", Some("退款")),
            ("澳门呢？", Some("澳门")),
            ("What about refunds?", Some("refunds")),
            ("and France?", Some("france")),
            ("退货的运费是由谁来承担的", None),
            ("How do I get a refund for my order", None),
        ];
        for (text, expected) in table {
            assert_eq!(ellipsis(text).as_deref(), expected, "{text}");
        }
    }
}
