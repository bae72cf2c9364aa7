//! Who wants what done to what: verbs with their objects, from the tree. Invariant: one frame for each
//! pair, whichever way it was said (改地址, 把地址改了, 地址怎么改, "cancel my order").

use serde::Serialize;

use super::{
    scope::{Scope, ScopeKind},
    tree::Parsed,
};
use crate::lexical::{Language, Pos, Token};

/// `start` and `end` hold both words, in characters of the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Frame {
    pub verb: String,
    pub object: String,
    pub negated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modality: Option<ScopeKind>,
    pub start: usize,
    pub end: usize,
}

/// Verbs and objects that make up words of two characters: 退货, 换货, 发票 is none.
const VERBS: &str = "退换发收付改下补取查催还转充提寄签汇缴交领开销注借订";
const OBJECTS: &str = "货款单钱件费卡账号户票物金额课课";
const NOT_FRAMES: &str = "发票 收费 付费 收款 订单 提单 交账 转账号 下课 开户 开课 汇票 退票口";

pub fn find(sentence: &Parsed<'_>, scopes: &[Scope]) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    let mut add = |frame: Frame| {
        if !frames.iter().any(|known| known.verb == frame.verb && known.object == frame.object) {
            frames.push(frame);
        }
    };
    for index in 0..sentence.tokens.len() {
        if let Some(frame) = inside_word(sentence, index, scopes) {
            add(frame);
        }
        for object in objects(sentence, index) {
            let (verb, noun) = (&sentence.tokens[index], &sentence.tokens[object]);
            add(Frame {
                verb: verb.lemma.clone(),
                object: noun_phrase(sentence, object),
                negated: is_negated(index, scopes),
                modality: modality(index, scopes),
                start: verb.start.min(noun.start),
                end: verb.end.max(noun.end),
            });
        }
    }
    frames
}

fn is_negated(verb: usize, scopes: &[Scope]) -> bool {
    scopes.iter().filter(|scope| scope.kind == ScopeKind::Negation && scope.target == verb).count() % 2 == 1
}

fn modality(verb: usize, scopes: &[Scope]) -> Option<ScopeKind> {
    scopes
        .iter()
        .find(|scope| scope.kind != ScopeKind::Negation && scope.target == verb)
        .map(|scope| scope.kind)
}

fn inside_word(sentence: &Parsed<'_>, index: usize, scopes: &[Scope]) -> Option<Frame> {
    let token = &sentence.tokens[index];
    let mut letters = token.folded.chars();
    let (verb, object, rest) = (letters.next()?, letters.next()?, letters.next());
    // 收货地址: what kind of address, nobody receives anything.
    let describes = sentence.head(index).is_some_and(|head| head > index && is_noun(&sentence.tokens[head]));
    let listed = VERBS.contains(verb) && OBJECTS.contains(object) && rest.is_none();
    (sentence.language == Language::Chinese
        && listed
        && !describes
        && !NOT_FRAMES.split(' ').any(|word| word == token.folded)
        && matches!(token.pos, Pos::Verb | Pos::Noun))
    .then(|| Frame {
        verb: verb.to_string(),
        object: object.to_string(),
        negated: is_negated(index, scopes),
        modality: modality(index, scopes),
        start: token.start,
        end: token.end,
    })
}

fn is_verb(token: &Token) -> bool {
    token.pos == Pos::Verb
        && !matches!(
            token.lemma.as_str(),
            "是" | "有" | "be" | "在" | "请问" | "谢谢" | "麻烦" | "没有" | "让" | "到" | "成" | "给"
        )
}

fn is_noun(token: &Token) -> bool {
    matches!(token.pos, Pos::Noun | Pos::Propn) && !matches!(token.tag.as_str(), "TIME" | "f" | "t")
}

fn objects(sentence: &Parsed<'_>, verb: usize) -> Vec<usize> {
    let tokens = sentence.tokens;
    if !is_verb(&tokens[verb]) {
        return Vec::new();
    }
    let mut direct: Vec<usize> = sentence
        .children(verb)
        .filter(|child| sentence.label(*child) == "obj" && is_noun(&tokens[*child]))
        .collect();
    if direct.is_empty() {
        direct.extend(moved(sentence, verb));
    }
    direct
}

/// The object before the verb: with 把 or 将, as the subject of a passive, or as the topic of a question.
fn moved(sentence: &Parsed<'_>, verb: usize) -> Option<usize> {
    let tokens = sentence.tokens;
    let start = sentence.clause_start(verb);
    let between = |from: usize, words: &[&str]| (from..verb).any(|at| words.contains(&sentence.folded(at)));
    if let Some(ba) = (start..verb).rev().find(|at| matches!(sentence.folded(*at), "把" | "将")) {
        return (ba + 1..verb).rev().find(|at| is_noun(&tokens[*at]));
    }
    let subject = sentence
        .children(verb)
        .find(|child| *child < verb && sentence.label(*child) == "nsubj" && is_noun(&tokens[*child]))?;
    let passive = between(subject, &["被", "was", "were", "been", "being", "got"])
        && (sentence.language == Language::Chinese || tokens[verb].tag == "VBN");
    let topic = sentence.language == Language::Chinese
        && between(
            subject,
            &["怎么", "如何", "怎样", "咋", "能", "可以", "能不能", "可不可以", "能否", "可否", "要", "想"],
        )
        && !matches!(tokens[subject].tag.as_str(), "PER" | "ORG");
    (passive || topic).then_some(subject)
}

/// The noun with the nouns directly before it that belong to it: 收货地址, "delivery address".
fn noun_phrase(sentence: &Parsed<'_>, noun: usize) -> String {
    let mut first = noun;
    while first > 0
        && sentence.head(first - 1) == Some(noun)
        && is_noun(&sentence.tokens[first - 1])
        && matches!(sentence.label(first - 1), "compound" | "nmod" | "amod" | "affix")
    {
        first -= 1;
    }
    let words = sentence.tokens[first..=noun].iter();
    match sentence.language {
        Language::Chinese => words.map(|token| token.folded.as_str()).collect(),
        _ => words.map(|token| token.lemma.as_str()).collect::<Vec<_>>().join(" "),
    }
}
