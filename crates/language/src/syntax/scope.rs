//! Negation and modality: the word that says it, and the words that it is about.
//! Invariant: a scope lies in its cue's clause and never holds the cue itself.

use serde::Serialize;

use super::tree::Parsed;
use crate::lexical::{Language, Pos};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScopeKind {
    Negation,
    Ability,
    Wish,
    Obligation,
    Possibility,
}

/// Positions are characters of the text; `target` is the token (of the sentence) that is negated or wished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Scope {
    pub kind: ScopeKind,
    pub cue: String,
    pub cue_start: usize,
    pub cue_end: usize,
    pub start: usize,
    pub end: usize,
    #[serde(skip)]
    pub target: usize,
    /// The token (of the sentence) that the cue is, or is part of.
    #[serde(skip)]
    pub token: usize,
}

/// Words that begin like a negation and are none.
const NOT_NEGATED: &str = "不好意思 不错 不客气 不过 不管 不仅 不但 不如 不同 不久 不断 不只 不论 不止 不光 不料 不少 不妨 不愧 不得不 没关系 没事 没问题 没准 无论 无数 无线 非常 非得 别人 别的 别墅 别名 特别 差别 未来 未必不 没错 了不起 对不起 不知不觉 不然 要不 要不然 无忧";
const NEGATIONS: [&str; 12] =
    ["没有", "没法", "没能", "无法", "不", "没", "未", "别", "勿", "甭", "无", "莫"];
const ENGLISH_NEGATIONS: &str =
    "not n't n’t no never without none nothing nobody neither nor cannot hardly barely";

fn listed(list: &str, word: &str) -> bool {
    list.split(' ').any(|known| known == word)
}

fn modality(language: Language, word: &str) -> Option<ScopeKind> {
    let table = match language {
        Language::Chinese => [
            (ScopeKind::Ability, "能 能够 可以 可 会 能不能 可不可以 可否 能否 会不会 行不行"),
            (ScopeKind::Wish, "想 要 想要 希望 愿意 打算 准备 申请 需要 要求 想不想 要不要"),
            (ScopeKind::Obligation, "必须 得 应该 应当 应 该 务必 需 一定要 非得"),
            (ScopeKind::Possibility, "可能 也许 大概 或许 恐怕 说不定 估计"),
        ],
        _ => [
            (ScopeKind::Ability, "can could ca able may"),
            (ScopeKind::Wish, "want wants wanted wish like hope prefer wanna need needs"),
            (ScopeKind::Obligation, "must should ought shall have"),
            (ScopeKind::Possibility, "might maybe perhaps probably possibly likely"),
        ],
    };
    table.into_iter().find(|row| listed(row.1, word)).map(|row| row.0)
}

pub fn find(sentence: &Parsed<'_>) -> Vec<Scope> {
    let mut scopes = Vec::new();
    for index in 0..sentence.tokens.len() {
        match sentence.language {
            Language::Chinese => chinese(sentence, index, &mut scopes),
            Language::English => english(sentence, index, &mut scopes),
            Language::Other => {}
        }
    }
    scopes
}

/// 能不能, 有没有, 是不是: a question, not a negation.
pub fn is_choice(word: &str) -> bool {
    let letters: Vec<char> = word.chars().collect();
    (1..letters.len()).any(|at| {
        matches!(letters[at], '不' | '没') && letters.get(at + 1).is_some_and(|next| *next == letters[0])
    })
}

fn chinese(sentence: &Parsed<'_>, index: usize, scopes: &mut Vec<Scope>) {
    let token = &sentence.tokens[index];
    let word = token.folded.as_str();
    if let Some(kind) = modality(Language::Chinese, word) {
        if matters(sentence, index, kind) {
            scopes.extend(scope(sentence, index, (token.start, token.end), kind, false));
        }
        return;
    }
    // 能 不 能 may come as three words; V-not-V is a question.
    let split_choice = index > 0
        && sentence.folded(index - 1) == sentence.folded(index + 1)
        && !sentence.folded(index + 1).is_empty();
    if listed(NOT_NEGATED, word) || is_choice(word) || (split_choice && matches!(word, "不" | "没")) {
        return;
    }
    let length = word.chars().count();
    if let Some(cue) = NEGATIONS.iter().find(|cue| word.starts_with(**cue)) {
        let cut = cue.chars().count();
        let fused = length > cut;
        // 别 and 无 also begin other words.
        if fused
            && matches!(*cue, "别" | "无" | "未" | "莫" | "勿")
            && !matches!(word, "别再" | "别给" | "未能" | "未收到" | "未到" | "无效")
        {
            return;
        }
        // 没有 before a question mark or at the end: 发货了没有?
        if !fused
            && matches!(*cue, "没" | "没有")
            && sentence.clause_end(index) == index + 1
            && index > 1
            && sentence.label(index) != "root"
            && sentence.tokens.last().is_some_and(|last| last.folded == "?")
        {
            return;
        }
        let rest: String = word.chars().skip(cut).collect();
        let modal = modality(Language::Chinese, &rest);
        let negation = (token.start, token.start + cut);
        let negated = match modal {
            // 不能 is about what one cannot, and 能 itself.
            Some(_) => scope(sentence, index, negation, ScopeKind::Negation, false)
                .map(|scope| Scope { start: negation.1, ..scope })
                .or_else(|| scope(sentence, index, negation, ScopeKind::Negation, true)),
            None => scope(sentence, index, negation, ScopeKind::Negation, fused),
        };
        scopes.extend(negated);
        if let Some(kind) = modal {
            scopes.extend(scope(sentence, index, (token.start + cut, token.end), kind, false));
        }
    } else if let Some(at) =
        word.chars().position(|character| character == '不').filter(|at| *at > 0 && at + 1 < length)
    {
        // 收不到, 登录不了: the result is not reached.
        if length <= 5 && token.pos != Pos::Propn && token.tag.starts_with('v') {
            let cue = (token.start + at, token.start + at + 1);
            scopes.push(Scope {
                kind: ScopeKind::Negation,
                cue: "不".to_owned(),
                cue_start: cue.0,
                cue_end: cue.1,
                start: token.start,
                end: scope_end(sentence, index, index),
                target: index,
                token: index,
            });
        }
    }
}

/// 要 before a noun, 会 in 会员 and have without to are no modality.
fn matters(sentence: &Parsed<'_>, index: usize, kind: ScopeKind) -> bool {
    let rest = index + 1..sentence.clause_end(index + 1).max(index + 1);
    let verb_follows = rest
        .clone()
        .any(|next| sentence.tokens[next].tag.starts_with('v') || sentence.tokens[next].tag.starts_with('a'));
    match kind {
        ScopeKind::Possibility => true,
        ScopeKind::Wish => !rest.is_empty(),
        _ => verb_follows || matches!(sentence.folded(index), "可以" | "能不能" | "可不可以" | "行不行"),
    }
}

fn english(sentence: &Parsed<'_>, index: usize, scopes: &mut Vec<Scope>) {
    let token = &sentence.tokens[index];
    let word = token.folded.as_str();
    if listed(ENGLISH_NEGATIONS, word) {
        scopes.extend(scope(sentence, index, (token.start, token.end), ScopeKind::Negation, false));
    } else if let Some(kind) = modality(Language::English, word) {
        let next = sentence.folded(index + 1);
        let real = match word {
            "have" => next == "to",
            "like" => index > 0 && matches!(sentence.folded(index - 1), "'d" | "would"),
            "may" => token.tag == "MD",
            _ => true,
        };
        if real {
            scopes.extend(scope(sentence, index, (token.start, token.end), kind, false));
        }
    }
}

/// What the cue at `index` is about: the rest of its head's clause, as far as the tree reaches.
fn scope(
    sentence: &Parsed<'_>,
    index: usize,
    cue: (usize, usize),
    kind: ScopeKind,
    fused: bool,
) -> Option<Scope> {
    let tokens = sentence.tokens;
    let clause_end = sentence.clause_end(index + 1);
    let target = if fused {
        index
    } else {
        let head = sentence.head(index).filter(|head| *head > index && *head < clause_end);
        let own = sentence.children(index).find(|child| {
            *child > index
                && *child < clause_end
                && matches!(sentence.label(*child), "xcomp" | "ccomp" | "obj")
        });
        head.or(own).or_else(|| (index + 1 < clause_end).then_some(index + 1))?
    };
    let start = if fused { cue.1 } else { tokens.get(index + 1)?.start };
    let end = scope_end(sentence, index, target).max(tokens[target].end);
    let letters: Vec<char> = tokens[index].text.chars().collect();
    let text = letters.get(cue.0 - tokens[index].start..cue.1 - tokens[index].start)?;
    (end > start).then(|| Scope {
        kind,
        cue: text.iter().collect(),
        cue_start: cue.0,
        cue_end: cue.1,
        start,
        end,
        target,
        token: index,
    })
}

/// The end of the last word of the clause that hangs below the target, or below a head in the clause
/// that the target hangs on by being its object or complement.
fn scope_end(sentence: &Parsed<'_>, index: usize, target: usize) -> usize {
    let clause_end = sentence.clause_end(index + 1);
    let under = |at: &usize| sentence.is_under(*at, target) || sentence.is_under(*at, index);
    let last = (target..clause_end.max(target + 1)).rev().find(under).unwrap_or(target);
    // The nouns right behind belong to it, wherever the tree has put them.
    let nominal = |at: &usize| {
        let token = &sentence.tokens[*at];
        matches!(token.pos, Pos::Noun | Pos::Propn | Pos::Num | Pos::Det | Pos::Adj) || token.folded == "的"
    };
    let last = (last + 1..clause_end).take_while(nominal).last().unwrap_or(last);
    // Particles of mood and aspect at the end (了, 吗, 呢) say nothing of what is negated.
    let last = (target..=last)
        .rev()
        .find(|at| !matches!(sentence.folded(*at), "了" | "吗" | "呢" | "吧" | "啊" | "呀" | "么"))
        .unwrap_or(target);
    sentence.tokens[last].end
}
