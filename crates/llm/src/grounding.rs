//! Whether what a model wrote stands in the entries that it was given: sentence by sentence, by our
//! own means. Strict on purpose: what is dropped becomes a question back, what is let through wrongly
//! becomes a promise.

use crate::{
    NO_ANSWER, Passage,
    cited::{Cited, sentences},
    facts::{fold, links, numbers, sequence, units},
};
use knowledge::{Encode, contrary};
use model::{CheckedSentence, LlmVerdict, SentenceVerdict};
use std::collections::BTreeSet;

/// The share of a sentence's words that its entry must have.
const COMMON: f32 = 0.55;
/// … that suffices when the sentence means what one of the entry says.
const COMMON_BY_MEANING: f32 = 0.3;
const MEANING: f32 = 0.85;
/// The longest run of words that the entry does not have.
const FOREIGN: usize = 6;
/// Of each part of a sentence, so that nothing foreign hides beside much that is not.
const COMMON_OF_A_PART: f32 = 0.3;
/// The longest answer, in characters.
const LONGEST: usize = 1_200;
const MOST_SENTENCES: usize = 8;

/// Who and what must not change sides, beyond what the knowledge base's own opposites know.
const SIDES: [(&[&str], &[&str]); 5] = [
    (&["免费", "包邮", "free of charge", "free shipping"], &["收费", "付费", "自费", "自理", "surcharge"]),
    (&["买家", "顾客", "buyer"], &["卖家", "商家", "店家", "本店", "seller", "merchant"]),
    (&["之前", "以前", "before"], &["之后", "以后", "after"]),
    (&["至少", "不少于", "以上", "at least"], &["最多", "不超过", "以内", "at most", "up to"]),
    (&["允许", "allowed"], &["禁止", "严禁", "forbidden", "prohibited"]),
];

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Used, no answer, or unsupported.
    pub verdict: LlmVerdict,
    /// What may be said: the sentences without their citations. Empty unless it may be used.
    pub text: String,
    pub sentences: Vec<CheckedSentence>,
}

/// Judges a draft. `encode` is used where there is one.
pub fn check(draft: &str, passages: &[Passage], encode: Option<&dyn Encode>) -> Checked {
    let draft = draft.trim();
    if draft.trim_matches(|c: char| !c.is_alphanumeric()) == NO_ANSWER {
        return Checked { verdict: LlmVerdict::NoAnswer, text: String::new(), sentences: Vec::new() };
    }
    let cited = sentences(draft);
    let too_long = draft.chars().count() > LONGEST || cited.len() > MOST_SENTENCES;
    let checked: Vec<CheckedSentence> = cited
        .into_iter()
        .take(MOST_SENTENCES)
        .map(|sentence| {
            let verdict = judge(&sentence, passages, encode);
            let text = sentence.text.chars().take(LONGEST).collect();
            CheckedSentence { text, citations: sentence.citations, verdict }
        })
        .collect();
    let holds = |sentence: &CheckedSentence| sentence.verdict == SentenceVerdict::Supported;
    if checked.is_empty() || too_long || !checked.iter().all(holds) || is_markup(draft) {
        return Checked { verdict: LlmVerdict::Unsupported, text: String::new(), sentences: checked };
    }
    Checked { verdict: LlmVerdict::Used, text: joined(&checked), sentences: checked }
}

/// Latin sentences with a space between, others without.
fn joined(sentences: &[CheckedSentence]) -> String {
    let mut text = String::new();
    for sentence in sentences {
        if text.chars().last().is_some_and(|last| last.is_ascii()) {
            text.push(' ');
        }
        text.push_str(&sentence.text);
    }
    text
}

/// Signs of HTML, pictures, code or a call of a tool; plain text has none of them.
fn is_markup(text: &str) -> bool {
    const SIGNS: [&str; 12] = [
        "![",
        "](",
        "```",
        "<<<",
        ">>>",
        "javascript:",
        "data:",
        "&#",
        "&lt;",
        "tool_call",
        "function_call",
        "\u{1b}",
    ];
    let folded = fold(text);
    let tag = folded.match_indices('<').any(|(at, _)| {
        folded[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '|'))
    });
    tag || SIGNS.iter().any(|sign| folded.contains(sign))
        || folded.starts_with('{')
        || text.chars().any(crate::blocks::is_hidden)
}

fn judge(sentence: &Cited, passages: &[Passage], encode: Option<&dyn Encode>) -> SentenceVerdict {
    if is_markup(&sentence.text) {
        return SentenceVerdict::Markup;
    }
    if sentence.citations.is_empty() {
        return SentenceVerdict::Uncited;
    }
    let mut sources = Vec::new();
    for number in &sentence.citations {
        match usize::from(*number).checked_sub(1).and_then(|index| passages.get(index)) {
            Some(passage) => sources.push(passage),
            None => return SentenceVerdict::UnknownSource,
        }
    }
    let said = fold(&sentence.text);
    let answers: String = sources.iter().map(|source| fold(&source.answer) + "\n").collect();
    let whole: String =
        sources.iter().map(|source| fold(&source.question) + "\n").collect::<String>() + &answers;
    if !links(&said).is_subset(&links(&whole)) {
        return SentenceVerdict::Link;
    }
    let known = numbers(&answers);
    let stands = |number: &crate::facts::Number| {
        known
            .iter()
            .any(|other| other.value == number.value && (number.unit.is_none() || other.unit == number.unit))
    };
    if !numbers(&said).iter().all(stands) {
        return SentenceVerdict::Number;
    }
    let statements: Vec<String> = sources.iter().flat_map(|source| clauses(&fold(&source.answer))).collect();
    if clauses(&said).iter().any(|clause| goes_against(clause, &statements)) {
        return SentenceVerdict::Contradicts;
    }
    let (own, theirs) = (units(&said), units(&whole));
    let parts = clauses(&said).into_iter().flat_map(|clause| scripts(&units(&clause)));
    let hides = parts.filter(|part| part.len() > 1).any(|part| share(&part, &theirs) < COMMON_OF_A_PART);
    let sequence = sequence(&said);
    let foreign = sequence.split(|unit| theirs.contains(unit)).map(<[String]>::len).max();
    if own.is_empty() || hides || foreign > Some(FOREIGN) {
        return SentenceVerdict::Unsupported;
    }
    let common = share(&own, &theirs);
    let by_meaning = || {
        let Some(encode) = encode.filter(|_| common >= COMMON_BY_MEANING) else { return false };
        let meaning = encode.encode(&sentence.text);
        let sources = sources.iter().flat_map(|source| sentences(&source.answer));
        sources.map(|source| encode.encode(&source.text)).any(|other| cosine(&meaning, &other) >= MEANING)
    };
    if common >= COMMON || by_meaning() { SentenceVerdict::Supported } else { SentenceVerdict::Unsupported }
}

fn cosine(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// The share of the first that the second has too.
fn share(own: &BTreeSet<String>, other: &BTreeSet<String>) -> f32 {
    if own.is_empty() { 0.0 } else { own.intersection(other).count() as f32 / own.len() as f32 }
}

/// Chinese and other words apart: in a Chinese sentence the others are few.
fn scripts(units: &BTreeSet<String>) -> [BTreeSet<String>; 2] {
    let (latin, others) = units.iter().cloned().partition(|unit| unit.is_ascii());
    [latin, others]
}

/// The parts of a text that each say one thing.
fn clauses(text: &str) -> Vec<String> {
    let ends = |c: char| matches!(c, '，' | ',' | '。' | '；' | ';' | '！' | '!' | '？' | '?' | '\n' | '：');
    // A space between Chinese characters ends a part; beside digits and letters it is only a space.
    let letters: Vec<char> = text.replace(". ", "\n").chars().collect();
    let is_han = |at: Option<usize>| {
        at.and_then(|at| letters.get(at)).is_some_and(|c| !c.is_ascii() && c.is_alphabetic())
    };
    let told_apart: String = letters
        .iter()
        .enumerate()
        .map(|(at, c)| if *c == ' ' && is_han(at.checked_sub(1)) && is_han(Some(at + 1)) { '\n' } else { *c })
        .collect();
    let parts = told_apart.split(ends).map(|part| part.trim().trim_end_matches('.').to_owned());
    parts.filter(|part| part.chars().any(char::is_alphanumeric)).collect()
}

/// Whether a clause says the contrary of the statement that it has most in common with (where several
/// have as much, of all of them), or of any that it shares something with which no statement that
/// agrees has.
fn goes_against(clause: &str, statements: &[String]) -> bool {
    let own = units(clause);
    if own.is_empty() {
        return false;
    }
    let judged: Vec<(BTreeSet<String>, bool)> = statements
        .iter()
        .map(|statement| {
            let common = own.intersection(&units(statement)).cloned().collect();
            let against = contrary(clause, statement)
                || changes_sides(clause, statement)
                || denies_another(&own, &units(statement));
            (common, against)
        })
        .collect();
    let most = judged.iter().map(|(common, _)| common.len()).max().unwrap_or(0);
    let nearest_is_against =
        most > 0 && judged.iter().filter(|(common, _)| common.len() == most).all(|(_, against)| *against);
    let agreed: BTreeSet<&String> =
        judged.iter().filter(|(_, against)| !against).flat_map(|(common, _)| common).collect();
    let stands_alone = |(common, against): &(BTreeSet<String>, bool)| {
        *against && common.len() > 1 && !common.iter().all(|unit| agreed.contains(unit))
    };
    nearest_is_against || judged.iter().any(stands_alone)
}

/// Whether something that both have is denied by one of them only: a 不 right before it.
fn denies_another(one: &BTreeSet<String>, other: &BTreeSet<String>) -> bool {
    const DENIALS: &str = "不未没无别勿非";
    let denied = |units: &BTreeSet<String>| -> BTreeSet<char> {
        let second = |unit: &String| {
            let mut letters = unit.chars();
            letters.next().filter(|first| DENIALS.contains(*first)).and(letters.next())
        };
        units.iter().filter_map(second).collect()
    };
    let (in_one, in_other) = (denied(one), denied(other));
    let begins = |first: &char| one.intersection(other).any(|unit| unit.starts_with(*first));
    in_one.symmetric_difference(&in_other).any(begins)
}

fn changes_sides(one: &str, other: &str) -> bool {
    SIDES.iter().any(|(left, right)| {
        let leans = |text: &str| {
            let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
            i8::from(has(left)) - i8::from(has(right))
        };
        leans(one) * leans(other) < 0
    })
}

#[cfg(test)]
mod tests;
