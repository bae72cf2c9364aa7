//! What a sentence asks for. Invariant: the kind comes with the words that show it.

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use super::tree::Parsed;
use crate::lexical::{Language, Pos, Text};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    What,
    Which,
    Who,
    How,
    Why,
    HowMuch,
    HowLong,
    When,
    Where,
    YesNo,
    Choice,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Question {
    pub kind: QuestionKind,
    pub cue: String,
    pub start: usize,
    pub end: usize,
}

use QuestionKind as K;

/// In the order in which they are tried.
static CHINESE: LazyLock<Vec<(K, Regex)>> = LazyLock::new(|| {
    compile(&[
        (
            K::HowMuch,
            r"多少钱|什么价|啥价|怎么卖|怎么收费|几块|几元|多贵|多少|几折|几[个件次张种条台份人位斤寸]",
        ),
        (K::HowLong, r"多久|多长时间|几天|几个?(?:小时|月|星期|工作日)|几周|多少天"),
        (K::When, r"什么时候|啥时候|几时|何时|几点|几号|几月|哪天|哪一天|周几|星期几|什么时间|啥时间"),
        (K::Where, r"哪里|哪儿|(?:在|去|到|从)哪(?:里|儿)?|何处|什么地方|啥地方|何地"),
        (
            K::Why,
            r"为什么|为何|为啥|凭什么|凭啥|什么原因|怎么回事|咋回事|(?:怎么|咋)(?:还|又|就|会|没|不|总|老|一直|突然|变|这么|那么|越)",
        ),
        (K::How, r"怎么|怎样|如何|咋|怎麽"),
        (K::Which, r"哪个|哪种|哪些|哪款|哪一|哪家|哪边"),
        (K::Who, r"谁|哪位"),
        (K::What, r"什么|啥|何种|多大|多重|多高|多长|多远"),
    ])
});
static CHOICE: LazyLock<Vec<(K, Regex)>> = LazyLock::new(|| {
    compile(&[
        (
            K::YesNo,
            r"能不能|可不可以|可以不可以|是不是|有没有|会不会|要不要|行不行|好不好|对不对|能否|可否|是否|有无|在不在|支不支持|需不需要|用不用|该不该|算不算|给不给|退不退|包不包|[吗嘛么][\s?!.]*$|(?:没有?|不)\s*\?+$|[可能]以?吧\?",
        ),
        (K::Choice, r"还是"),
    ])
});

fn compile(rows: &[(K, &str)]) -> Vec<(K, Regex)> {
    rows.iter().filter_map(|(kind, pattern)| Some((*kind, Regex::new(pattern).ok()?))).collect()
}

pub fn find(text: &Text, start: usize, end: usize, sentence: &Parsed<'_>) -> Option<Question> {
    match sentence.language {
        Language::Chinese => chinese(text, start, end),
        Language::English => english(sentence),
        Language::Other => None,
    }
}

fn chinese(text: &Text, start: usize, end: usize) -> Option<Question> {
    let folded = text.folded(start, end);
    let place = |kind: K, from: usize, to: usize| {
        let before = start + folded[..from].chars().count();
        let length = folded[from..to].trim_end_matches(['?', '!', '.', ' ', '\n']).chars().count().max(1);
        Some(Question {
            kind,
            cue: text.original(before, before + length),
            start: before,
            end: before + length,
        })
    };
    let asks = folded.contains('?');
    let choice = CHOICE.iter().find_map(|(kind, regex)| Some((*kind, regex.find(&folded)?)));
    for (kind, regex) in CHINESE.iter() {
        for found in regex.find_iter(&folded) {
            let after = &folded[found.end()..];
            let before = &folded[..found.start()];
            // 什么都没有, 没什么, 无论怎么: no question.
            let universal = after.starts_with(['都', '也'])
                || after.starts_with("的话")
                || ["没", "没有", "无论", "不管", "不论", "任"].iter().any(|word| before.ends_with(word));
            // 有什么活动吗: whether, not what; but 知道怎么退吗 asks how.
            let asked =
                ["知道", "告诉", "请问", "问一下", "说一下", "教"].iter().any(|word| before.contains(word));
            let whether = choice.is_some_and(|(kind, _)| kind == K::YesNo)
                && !asked
                && matches!(kind, K::What | K::Who | K::Which | K::HowMuch | K::Where);
            if !universal && !whether {
                return place(*kind, found.start(), found.end());
            }
        }
    }
    match choice {
        Some((K::Choice, found)) if !asks && !folded.contains('呢') && found.start() < 3 => None,
        // 还是不行 "still does not work" is no choice.
        Some((K::Choice, found))
            if folded[found.end()..].starts_with(['不', '没'])
                || found.start() == 0
                || (!asks && !folded.contains("还是")) =>
        {
            asks.then(|| last_mark(text, start, end)).flatten()
        }
        Some((kind, found)) if kind == K::YesNo || asks => place(kind, found.start(), found.end()),
        _ if asks && folded.trim_end_matches(['?', ' ', '\n']).ends_with('呢') => {
            let mark = last_mark(text, start, end)?;
            Some(Question { kind: K::What, ..mark })
        }
        _ if asks => last_mark(text, start, end),
        _ => None,
    }
}

/// A statement with a question mark asks whether it holds.
fn last_mark(text: &Text, start: usize, end: usize) -> Option<Question> {
    let at = (start..end).rev().find(|at| text.folded[*at] == '?')?;
    Some(Question { kind: K::YesNo, cue: text.original(at, at + 1), start: at, end: at + 1 })
}

fn english(sentence: &Parsed<'_>) -> Option<Question> {
    let tokens = sentence.tokens;
    let asks = tokens.iter().any(|token| token.folded.starts_with('?'));
    let told = |until: usize| {
        tokens[..until].iter().any(|token| {
            matches!(
                token.lemma.as_str(),
                "tell"
                    | "know"
                    | "ask"
                    | "wonder"
                    | "explain"
                    | "show"
                    | "understand"
                    | "say"
                    | "idea"
                    | "help"
                    | "advise"
                    | "sure"
                    | "see"
                    | "check"
            )
        })
    };
    for index in 0..tokens.len() {
        let next = sentence.folded(index + 1);
        let (kind, width) = match (sentence.folded(index), next) {
            ("how", "much" | "many") | ("what", "price" | "cost") => (K::HowMuch, 2),
            ("how", "long" | "soon" | "often") => (K::HowLong, 2),
            ("how", "come") | ("what", "reason") => (K::Why, 2),
            ("what", "time") => (K::When, 2),
            ("how", _) => (K::How, 1),
            ("why", _) => (K::Why, 1),
            ("when", _) => (K::When, 1),
            ("where", _) => (K::Where, 1),
            ("which", _) => (K::Which, 1),
            ("who" | "whom" | "whose", _) => (K::Who, 1),
            ("what", _) => (K::What, 1),
            _ => continue,
        };
        let after = tokens.get(index + width);
        let inverted = after.is_some_and(|after| after.pos == Pos::Aux || after.folded == "to");
        let opens = tokens[..index]
            .iter()
            .all(|token| matches!(token.pos, Pos::Punct | Pos::Intj | Pos::Cconj | Pos::Adv));
        let wide = width == 2 && asks;
        if (inverted && (opens || asks)) || (opens && asks) || told(index) || wide {
            let (start, end) = (tokens[index].start, tokens[index + width - 1].end);
            let cue = tokens[index..index + width]
                .iter()
                .map(|token| token.text.as_str())
                .collect::<Vec<_>>()
                .join(" ");
            return Some(Question { kind, cue, start, end });
        }
    }
    let question = |index: usize, kind: K| {
        let token = &tokens[index];
        Question { kind, cue: token.text.clone(), start: token.start, end: token.end }
    };
    let first = tokens.iter().position(|token| !matches!(token.pos, Pos::Punct | Pos::Intj | Pos::Cconj))?;
    let inverted = matches!(
        tokens[first].folded.as_str(),
        "do" | "does"
            | "did"
            | "is"
            | "are"
            | "was"
            | "were"
            | "can"
            | "could"
            | "will"
            | "would"
            | "should"
            | "have"
            | "has"
            | "may"
            | "am"
            | "must"
            | "ca"
    ) && tokens.get(first + 1).is_some_and(|next| {
        matches!(next.pos, Pos::Pron | Pos::Det | Pos::Propn | Pos::Noun)
            || next.folded == "n't"
            || next.folded == "there"
    });
    if asks
        && let Some(or) = tokens.iter().position(|token| token.folded == "or")
        && inverted
        && or > first
    {
        return Some(question(or, K::Choice));
    }
    if inverted {
        return Some(question(first, K::YesNo));
    }
    let mark = tokens.iter().rposition(|token| token.folded.starts_with('?'))?;
    Some(question(mark, K::YesNo))
}
