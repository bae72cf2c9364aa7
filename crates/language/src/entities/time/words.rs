//! The words of time in both languages. Invariant: all tables are of folded text.

pub const MONTHS: &str = "january|february|march|april|june|july|august|september|october|november|december|jan|feb|mar|apr|may|jun|jul|aug|sept|sep|oct|nov|dec";
pub const WEEKDAYS: &str = "monday|tuesday|wednesday|thursday|friday|saturday|sunday";

/// A part of the day: its name in a value, the hours that its clock starts from, and whether it says
/// something by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    pub name: &'static str,
    pub after: i64,
    pub tells: bool,
}

pub fn part_of_day(word: &str) -> Option<Part> {
    let (name, after) = match word {
        "凌晨" | "清晨" | "早上" | "早晨" | "上午" | "morning" => ("morning", 0),
        "中午" | "noon" => ("noon", 11),
        "下午" | "午后" | "afternoon" => ("afternoon", 12),
        "傍晚" | "晚上" | "晚间" | "夜里" | "夜间" | "evening" => ("evening", 12),
        "半夜" | "midnight" => ("night", 0),
        _ => return None,
    };
    Some(Part { name, after, tells: !word.is_ascii() || matches!(word, "noon" | "midnight") })
}

pub fn relative_day(word: &str) -> Option<(i64, Option<Part>)> {
    let days = match word {
        "大前天" => -3,
        "前天" | "the day before yesterday" => -2,
        "yesterday" => -1,
        "today" | "tonight" | "当天" => 0,
        "tomorrow" => 1,
        "后天" | "the day after tomorrow" => 2,
        "大后天" => 3,
        other => match other.chars().next()? {
            '昨' => -1,
            '今' => 0,
            '明' => 1,
            _ => return None,
        },
    };
    let part = match word {
        _ if word.ends_with('晚') || word == "tonight" => part_of_day("晚上"),
        _ if word.ends_with('早') => part_of_day("早上"),
        _ => None,
    };
    Some((days, part))
}

pub fn relative_year(word: &str) -> Option<i64> {
    ["前年", "去年", "今年", "明年", "后年"]
        .iter()
        .position(|known| *known == word)
        .map(|index| index as i64 - 2)
}

pub fn weeks(word: &str) -> Option<i64> {
    Some(match word {
        "上上" => -2,
        "上" | "last" => -1,
        "这" | "本" | "this" => 0,
        "下" | "next" => 1,
        "下下" => 2,
        _ => return None,
    })
}

pub fn weekday(word: &str) -> Option<i64> {
    let chinese = "一二三四五六日".chars().position(|known| word.starts_with(known));
    let english = WEEKDAYS.split('|').position(|known| known == word);
    match word {
        "天" => Some(7),
        "末" => Some(6),
        _ => chinese.or(english).map(|index| index as i64 + 1).or_else(|| word.parse().ok()),
    }
}

pub fn month(word: &str) -> Option<i64> {
    let start = word.get(..3)?;
    let names = MONTHS.split('|').take(12);
    names.map(|name| &name[..3]).position(|known| known == start).map(|index| index as i64 + 1)
}

pub fn english_number(word: &str) -> Option<i64> {
    Some(match word {
        "a" | "an" | "one" => 1,
        "two" => 2,
        "three" => 3,
        "four" => 4,
        "five" => 5,
        "six" => 6,
        "seven" => 7,
        "ten" => 10,
        _ => return None,
    })
}
