//! What a visitor wants from the conversation itself: a person, a greeting, calm. By rules,
//! in Chinese (both scripts) and English, so that it works without any knowledge base.

use crate::words::{bare, clean, latin_words};
use std::{collections::HashMap, sync::LazyLock};

/// One of the lists in `wordings.txt`; empty when there is none of that name.
fn list(name: &str) -> &'static [&'static str] {
    static LISTS: LazyLock<HashMap<&str, Vec<&str>>> = LazyLock::new(|| {
        let text = include_str!("signals/wordings.txt");
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let mut lists: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut name = "";
        for line in lines {
            match line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                Some(next) => name = next,
                None => lists.entry(name).or_default().extend(line.split_whitespace()),
            }
        }
        lists
    });
    LISTS.get(name).map(Vec::as_slice).unwrap_or_default()
}

/// Small talk: the whole of what was said, not a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SmallTalk {
    Greeting,
    Thanks,
    Bye,
    /// "OK", "I see".
    Acknowledged,
    /// "Are you a robot?"
    Robot,
    Insult,
}

/// The visitor wants to talk to a person, in whatever wording.
pub fn asks_for_person(text: &str) -> bool {
    let cleaned = clean(text);
    cleaned.split(['。', '！', '!', '？', '?', '；', ';', '，', ',', '\n', '.']).any(clause_asks_for_person)
}

fn clause_asks_for_person(clause: &str) -> bool {
    if small_talk(clause) == Some(SmallTalk::Robot) {
        return false;
    }
    let text = bare(clause);
    asks_in_chinese(&text) || asks_in_english(&latin_words(clause))
}

fn asks_in_chinese(text: &str) -> bool {
    let trimmed = text.trim_end_matches(['吧', '啊', '呀', '哦', '呢', '了', '嘛', '吗', '谢']);
    let core = strip_prefixes(
        trimmed,
        &["请问", "麻烦", "请", "我要", "我想要", "我想", "给我", "帮我", "快", "直接", "要", "叫", "找"],
    );
    if list("person, whole").contains(&trimmed) || list("person, whole").contains(&core) {
        return true;
    }
    (list("person, anywhere").iter().any(|call| text.contains(call)) || calls_somebody(text))
        && !list("person, not").iter().any(|other| text.contains(other))
}

/// A verb of fetching with a person at most three characters behind it: 找个真人.
fn calls_somebody(text: &str) -> bool {
    const VERBS: [char; 9] = ['转', '轉', '接', '找', '要', '换', '換', '叫', '派'];
    const SOMEBODY: [&str; 5] = ["人工", "真人", "活人", "客服", "专员"];
    text.char_indices().filter(|(_, c)| VERBS.contains(c)).any(|(at, verb)| {
        let behind: String = text[at + verb.len_utf8()..].chars().take(5).collect();
        SOMEBODY.iter().any(|who| behind.contains(who))
    })
}

fn strip_prefixes<'a>(mut text: &'a str, prefixes: &[&str]) -> &'a str {
    while let Some(rest) = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)) {
        text = rest;
    }
    text
}

fn asks_in_english(words: &[String]) -> bool {
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let negated = has(&["don't", "dont", "no", "not", "without", "needn't"])
        && !has(&["bot", "robot", "machine", "chatbot"]);
    if !has(list("people")) {
        return words.windows(2).any(|pair| pair[0] == "customer" && pair[1] == "service")
            && words.len() <= 3;
    }
    if negated || has(list("business")) {
        return false;
    }
    let talks = has(&["talk", "speak", "chat", "connect", "transfer", "escalate", "live", "real", "actual"]);
    let vague = !has(&["human", "agent", "representative", "rep", "operator", "manager", "supervisor"]);
    words.len() <= 2 || talks || (has(list("requests")) && !vague && words.len() <= 12)
}

/// What kind of small talk this is, if it is nothing else.
pub fn small_talk(text: &str) -> Option<SmallTalk> {
    let whole = bare(text);
    if whole.is_empty() {
        return None;
    }
    let core = whole.trim_end_matches([
        '啊', '呀', '哦', '呢', '了', '嘛', '哈', '啦', '哟', '噢', '吗', '嗎', '么', '吧', '亲',
    ]);
    let is = |list: &[&str]| list.contains(&whole.as_str()) || (!core.is_empty() && list.contains(&core));
    let kinds = [
        (list("robot"), SmallTalk::Robot),
        (list("greeting"), SmallTalk::Greeting),
        (list("thanks"), SmallTalk::Thanks),
        (list("bye"), SmallTalk::Bye),
        (list("acknowledged"), SmallTalk::Acknowledged),
    ];
    if let Some((_, kind)) = kinds.into_iter().find(|(list, _)| is(list)) {
        return Some(kind);
    }
    // An insult hardly ever stands alone word for word; a long text is a question that is angry.
    (whole.chars().count() <= 24 && is_insulting(text)).then_some(SmallTalk::Insult)
}

pub fn is_insulting(text: &str) -> bool {
    let whole = bare(text);
    list("insult").iter().any(|word| whole.contains(word))
        || whole == "滚"
        || latin_words(text).iter().any(|word| list("insult, words").contains(&word.as_str()))
}

pub fn is_upset(text: &str) -> bool {
    let whole = bare(text);
    is_insulting(text)
        || list("upset").iter().any(|word| whole.contains(word))
        || latin_words(text).iter().any(|word| list("upset, words").contains(&word.as_str()))
}

pub fn is_urgent(text: &str) -> bool {
    let whole = bare(text);
    list("urgent").iter().any(|word| whole.contains(word))
        || latin_words(text).iter().any(|word| list("urgent, words").contains(&word.as_str()))
}

/// Says nothing without what was said before it.
pub fn is_vague(text: &str) -> bool {
    list("vague").contains(&bare(text).trim_end_matches(['啊', '呀', '呢', '了']))
}

/// "Yes, please", as an answer to an offer.
pub fn agrees(text: &str) -> bool {
    let whole = bare(text);
    let core = whole.trim_end_matches(['啊', '呀', '哦', '的', '吧', '了', '呢']);
    !declines(text) && [whole.as_str(), core].iter().any(|said| list("yes").contains(said))
}

/// "No, thanks", as an answer to an offer.
pub fn declines(text: &str) -> bool {
    let whole = bare(text);
    let core = whole.trim_end_matches(['啊', '呀', '哦', '的', '吧', '了', '呢']);
    [whole.as_str(), core].iter().any(|said| list("no").contains(said))
}

/// "None of these", as an answer to offered choices.
pub fn declines_choices(text: &str) -> bool {
    let whole = bare(text);
    list("none of these").contains(&whole.trim_end_matches(['啊', '呀', '哦', '的', '问', '题']))
        || list("none of these").contains(&whole.as_str())
}

/// The number of a choice, counted from 0: `2`, `②`, `第二个`, `the second one`.
pub fn ordinal(text: &str, options: usize) -> Option<usize> {
    let whole = bare(text);
    (0..options).find(|index| list(&format!("choice {}", index + 1)).contains(&whole.as_str()))
}

#[cfg(test)]
mod tests;
