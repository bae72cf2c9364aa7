//! What a statement consists of, as far as it can be compared: numbers with their units, addresses,
//! and the words and characters that carry its meaning.

use std::collections::BTreeSet;

/// Folds width and case; Chinese numerals stay.
pub fn fold(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        '\u{2019}' => '\'',
        _ => c,
    };
    text.chars().map(narrow).flat_map(char::to_lowercase).collect()
}

/// A number and the unit behind it, if one is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number {
    /// As a decimal without needless zeros.
    pub value: String,
    pub unit: Option<&'static str>,
}

/// Units by how they are written; the longer ones first.
const UNITS: [(&str, &str); 66] = [
    ("个工作日", "workday"),
    ("工作日", "workday"),
    ("business day", "workday"),
    ("working day", "workday"),
    ("个自然日", "day"),
    ("自然日", "day"),
    ("个小时", "hour"),
    ("小时", "hour"),
    ("钟头", "hour"),
    ("分钟", "minute"),
    ("秒", "second"),
    ("个星期", "week"),
    ("星期", "week"),
    ("个月", "month"),
    ("天", "day"),
    ("日", "day"),
    ("周", "week"),
    ("月", "month"),
    ("年", "year"),
    ("day", "day"),
    ("hour", "hour"),
    ("hrs", "hour"),
    ("minute", "minute"),
    ("min", "minute"),
    ("second", "second"),
    ("week", "week"),
    ("month", "month"),
    ("year", "year"),
    ("人民币", "yuan"),
    ("元", "yuan"),
    ("块", "yuan"),
    ("rmb", "yuan"),
    ("cny", "yuan"),
    ("yuan", "yuan"),
    ("美元", "dollar"),
    ("usd", "dollar"),
    ("dollar", "dollar"),
    ("欧元", "euro"),
    ("eur", "euro"),
    ("%", "percent"),
    ("percent", "percent"),
    ("折", "tenth"),
    ("倍", "times"),
    ("公斤", "kilogram"),
    ("千克", "kilogram"),
    ("kg", "kilogram"),
    ("克", "gram"),
    ("斤", "jin"),
    ("公里", "kilometre"),
    ("km", "kilometre"),
    ("厘米", "centimetre"),
    ("cm", "centimetre"),
    ("米", "metre"),
    ("gb", "gigabyte"),
    ("mb", "megabyte"),
    ("件", "piece"),
    ("个", "piece"),
    ("次", "time"),
    ("位", "person"),
    ("人", "person"),
    ("积分", "point"),
    ("分", "point"),
    ("点", "clock"),
    ("号", "number"),
    ("级", "level"),
    ("期", "instalment"),
];

/// All numbers of a folded text. A lone 一 counts only before a unit of time or money: 一般 and 一下 are words.
pub fn numbers(folded: &str) -> Vec<Number> {
    let letters: Vec<char> = folded.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let (value, end) = if letters[at].is_ascii_digit() {
            arabic(&letters, at)
        } else if digit(letters[at]).is_some() || letters[at] == '十' {
            chinese(&letters, at)
        } else {
            at += 1;
            continue;
        };
        let rest: String = letters[end..].iter().take(16).collect();
        let rest = rest.trim_start_matches([' ', '-']);
        let unit = UNITS.iter().find(|(written, _)| rest.starts_with(written)).map(|(_, unit)| *unit);
        let is_word = end == at + 1 && !letters[at].is_ascii_digit();
        if !is_word || unit.is_some_and(|unit| unit != "point" && unit != "clock") {
            found.push(Number { value, unit });
        }
        at = end;
    }
    found
}

/// 1280, 1,280, 3.50, 3万.
fn arabic(letters: &[char], start: usize) -> (String, usize) {
    let mut end = start;
    let mut text = String::new();
    while let Some(c) = letters.get(end) {
        let digit_follows = letters.get(end + 1).is_some_and(char::is_ascii_digit);
        match c {
            '0'..='9' => text.push(*c),
            ',' if digit_follows => {}
            '.' if digit_follows && !text.contains('.') => text.push('.'),
            _ => break,
        }
        end += 1;
    }
    let scale = match letters.get(end) {
        Some('万') => 10_000.0,
        Some('千') if letters.get(end + 1).is_none_or(|next| *next != '克') => 1_000.0,
        Some('百') => 100.0,
        _ => 1.0,
    };
    if scale > 1.0
        && let Ok(number) = text.parse::<f64>()
    {
        return (plain(&(number * scale).to_string()), end + 1);
    }
    (plain(&text), end)
}

/// Without zeros that say nothing.
fn plain(text: &str) -> String {
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
    let whole = text.trim_start_matches('0');
    if whole.is_empty() || whole.starts_with('.') { format!("0{whole}") } else { whole.to_owned() }
}

const fn digit(c: char) -> Option<u64> {
    Some(match c {
        '零' | '〇' => 0,
        '一' => 1,
        '二' | '两' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        _ => return None,
    })
}

/// 三, 十五, 二十, 三百零五, 两万.
fn chinese(letters: &[char], start: usize) -> (String, usize) {
    let (mut total, mut section, mut last) = (0_u64, 0_u64, 0_u64);
    let mut end = start;
    while let Some(c) = letters.get(end) {
        let scale = match c {
            '十' => 10,
            '百' => 100,
            '千' => 1_000,
            '万' => 10_000,
            _ => match digit(*c) {
                Some(value) => {
                    last = last.saturating_mul(if last > 0 { 10 } else { 0 }).saturating_add(value);
                    end += 1;
                    continue;
                }
                None => break,
            },
        };
        if scale == 10_000 {
            total = (total + section + last).saturating_mul(scale);
            section = 0;
        } else {
            section = section.saturating_add(last.max(1).saturating_mul(scale));
        }
        last = 0;
        end += 1;
    }
    ((total.saturating_add(section).saturating_add(last)).to_string(), end)
}

/// Web and mail addresses of a folded text, as they stand there.
pub fn links(folded: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@!$&'*+;=%".contains(c);
    folded
        .split(|c| !is_part(c))
        .map(|word| word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '/'))
        .filter(|word| {
            let named = word.split(['/', '@', ':']).any(|part| {
                part.rsplit_once('.').is_some_and(|(name, end)| {
                    end.len() >= 2 && end.bytes().all(|b| b.is_ascii_alphabetic()) && !name.is_empty()
                })
            });
            word.contains("://") || word.contains('@') || named
        })
        .map(str::to_owned)
        .collect()
}

/// What carries no meaning of its own.
const FILLERS: &str =
    "的了吧呢吗啊呀哦您你我们请可以会在和与及或就也都还将把被对于是有为以到后内前时如若则并且等个这那其该需";
const STOP_WORDS: [&str; 44] = [
    "the", "a", "an", "of", "to", "in", "on", "at", "for", "and", "or", "is", "are", "be", "will", "can",
    "you", "your", "we", "our", "it", "its", "this", "that", "within", "by", "with", "as", "please", "after",
    "from", "if", "then", "so", "may", "i", "they", "their", "there", "any", "all", "been", "has", "have",
];

/// Pairs of Chinese characters that carry meaning, and words of other scripts without their endings.
pub fn units(folded: &str) -> BTreeSet<String> {
    sequence(folded).into_iter().collect()
}

/// The same in their order, with repetitions.
pub fn sequence(folded: &str) -> Vec<String> {
    let mut units = Vec::new();
    let mut word = String::new();
    let mut before: Option<char> = None;
    for c in folded.chars().chain([' ']) {
        let is_han = matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}');
        if c.is_alphanumeric() && !is_han {
            word.push(c);
        } else if !word.is_empty() {
            let finished = std::mem::take(&mut word);
            if !STOP_WORDS.contains(&finished.as_str()) && finished.parse::<f64>().is_err() {
                units.push(stem(&finished));
            }
        }
        if is_han && !FILLERS.contains(c) && digit(c).is_none() {
            if let Some(before) = before {
                units.push(format!("{before}{c}"));
            }
            before = Some(c);
        } else if !is_han || digit(c).is_some() {
            before = None;
        }
    }
    units
}

fn stem(word: &str) -> String {
    let cut = ["ing", "ed", "es", "s"].iter().find_map(|end| word.strip_suffix(end));
    cut.filter(|stem| stem.len() >= 4).unwrap_or(word).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(String, Option<&'static str>)> {
        numbers(&fold(text)).into_iter().map(|number| (number.value, number.unit)).collect()
    }

    #[test]
    fn numbers_are_read_in_both_ways_of_writing() {
        for text in ["3 个工作日", "三个工作日", "３个工作日", "3 business days"] {
            assert_eq!(all(text), [("3".to_owned(), Some("workday"))], "{text}");
        }
        assert_eq!(all("满 1,280.50 元"), [("1280.5".to_owned(), Some("yuan"))]);
        assert_eq!(all("三百零五元"), [("305".to_owned(), Some("yuan"))]);
        assert_eq!(all("十五天"), [("15".to_owned(), Some("day"))]);
        assert_eq!(all("3万积分"), [("30000".to_owned(), Some("point"))]);
        assert_eq!(all("一般请看一下"), []);
        assert_eq!(all("一年"), [("1".to_owned(), Some("year"))]);
        assert_eq!(all("九十九"), [("99".to_owned(), None)]);
    }

    #[test]
    fn links_are_found_with_and_without_a_scheme() {
        let found = links("see https://evil.example/a?b=c, shop.example/help or mail a@b.example. 3.5 days");
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            ["a@b.example", "https://evil.example/a?b=c", "shop.example/help"]
        );
        assert!(links("请点击evil.com领取").contains("evil.com"));
        assert!(links("no links here. really.").is_empty());
    }

    #[test]
    fn units_carry_meaning_only() {
        assert_eq!(units("您可以退货"), units("请退货"));
        assert_eq!(units("the returned items"), units("returning an item"));
    }
}
