//! Yes and no: answers that begin with contrary words, or have a sentence in common but for its sense.

use super::{Disagreement, claims::Kind};
use crate::{clusters::likeness, opposites::contrary, text};

/// How an answer may begin: with yes, with no.
const OPENINGS: &[(&[&str], &[&str])] = &[
    (
        &["可以", "能", "支持", "行", "yes", "sure", "of course", "you can ", "we do ", "we can "],
        &[
            "不可以",
            "不能",
            "不支持",
            "不行",
            "暂不支持",
            "暂时不支持",
            "暂时不能",
            "无法",
            "no,",
            "no.",
            "no ",
            "you cannot",
            "you can't",
            "you can not",
            "we do not",
            "we don't",
            "we cannot",
            "we can't",
            "unfortunately",
        ],
    ),
    (&["有"], &["没有", "暂无", "暂时没有"]),
    (&["需要", "要"], &["不需要", "不用", "无需", "不必"]),
    (&["会"], &["不会"]),
    (&["是"], &["不是"]),
    (&["包邮", "免费", "it is free", "free of charge"], &["不包邮", "不免费", "收费", "运费自理"]),
];
/// Said before it comes to the point.
const COURTESIES: &[&str] =
    &["您好", "你好", "亲", "抱歉", "很抱歉", "对不起", "不好意思", "hello", "hi", "sorry"];
/// From so much in common on two sentences say something of the same.
const ALIKE: f32 = 0.7;
/// Sentences of an answer that are compared.
const SENTENCES: usize = 20;

pub fn disagreement(left: &str, right: &str) -> Option<Disagreement> {
    by_opening(left, right).or_else(|| by_sentence(left, right))
}

fn by_opening(left: &str, right: &str) -> Option<Disagreement> {
    let (ours, theirs) = (opening(left)?, opening(right)?);
    let turned = OPENINGS.iter().any(|(yes, no)| {
        let says = |text: &str| match (begins(text, no), begins(text, yes)) {
            (true, _) => Some(false),
            (_, true) => Some(true),
            _ => None,
        };
        matches!((says(&text::normalise(&ours)), says(&text::normalise(&theirs))), (Some(a), Some(b)) if a != b)
    });
    turned.then_some(Disagreement { kind: Kind::Opposite, left: ours, right: theirs })
}

fn begins(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| {
        let Some(rest) = text.strip_prefix(word) else { return false };
        !word.ends_with(|c: char| c.is_ascii_alphabetic())
            || !rest.starts_with(|c: char| c.is_ascii_alphabetic())
    })
}

/// The first clause that says something, a bare "no" with what ends it.
fn opening(answer: &str) -> Option<String> {
    let ends = |c: char| matches!(c, '，' | ',' | '。' | '.' | '！' | '!' | '；' | ';' | '\n' | '~');
    let clauses = answer.split_inclusive(ends).map(str::trim);
    clauses
        .filter(|clause| clause.chars().any(char::is_alphanumeric))
        .find(|clause| {
            let bare = text::normalise(clause.trim_end_matches(ends));
            !COURTESIES.contains(&bare.trim())
        })
        .map(str::to_owned)
}

/// A sentence of each that is the other's nearest, and says the contrary.
fn by_sentence(left: &str, right: &str) -> Option<Disagreement> {
    let (ours, theirs) = (sentences(left), sentences(right));
    let nearest = |text: &str, others: &[&str]| {
        let near = others.iter().enumerate().map(|(at, other)| (at, likeness(text, other)));
        near.max_by(|(_, a), (_, b)| a.total_cmp(b)).filter(|(_, near)| *near >= ALIKE)
    };
    ours.iter().enumerate().find_map(|(at, one)| {
        let (place, _) = nearest(one, &theirs)?;
        let other = theirs[place];
        let mutual = nearest(other, &ours).is_some_and(|(back, _)| back == at);
        (mutual && contrary(one, other)).then(|| Disagreement {
            kind: Kind::Opposite,
            left: (*one).to_owned(),
            right: other.to_owned(),
        })
    })
}

fn sentences(answer: &str) -> Vec<&str> {
    let ends = |c: char| matches!(c, '。' | '！' | '!' | '？' | '?' | '；' | ';' | '\n');
    let parts = answer.split(ends).flat_map(|part| part.split(". ")).map(str::trim);
    parts.filter(|part| part.chars().any(char::is_alphanumeric)).take(SENTENCES).collect()
}
