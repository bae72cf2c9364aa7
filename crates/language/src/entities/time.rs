//! Dates and times, Chinese and English: atoms by pattern, then neighbours joined.
//! Invariant: without a day to count from, the value says what it counts ("today+1d"), not a guess.

mod value;
mod words;

use super::{Found, Haystack, Kind, Rule, calendar::Date, numeral};
use regex::Captures;
use std::sync::LazyLock;
pub use value::{Clock, Day};

/// A part of an expression of time.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Atom {
    Day(Day),
    /// Morning, afternoon: hours to add when a clock follows, and the letters of the value without one.
    Part(words::Part),
    Clock(Clock),
}

struct Placed {
    start: usize,
    end: usize,
    atom: Atom,
}

/// None: the pattern fits, the numbers do not.
type Reading = fn(&Captures<'_>) -> Option<Atom>;

static ATOMS: LazyLock<Vec<(Rule, Reading)>> = LazyLock::new(|| {
    let cn = numeral::CLASS;
    let month = words::MONTHS;
    let day = words::WEEKDAYS;
    let rows: Vec<(String, Reading)> = vec![
        (r"(?P<y> 20\d\d | 19\d\d ) [-/.] (?P<m> \d{1,2} ) [-/.] (?P<d> \d{1,2} )".into(), absolute),
        (
            format!(r"(?: (?P<y> \d{{4}} | \d\d | [零〇一二三四五六七八九]{{4}} ) \ ? 年 \ ? | (?P<ry> 前年 | 去年 | 今年 | 明年 | 后年 ) 的? )? (?P<m> 1[0-2] | 0?[1-9] | 十[一二]? | [一二三四五六七八九] ) \ ? 月份? \ ? (?: (?P<d> [12]\d | 3[01] | 0?[1-9] | [{cn}]{{1,3}} ) \ ? [日号] )?"),
            absolute,
        ),
        (r"(?P<y> (?: 19 | 20 )\d\d ) \ ? 年".into(), whole_year),
        (r"(?P<ry> 前年 | 去年 | 今年 | 明年 | 后年 )".into(), whole_year),
        (format!(r"(?P<mm> 上个?月 | 这个?月 | 本月 | 下个?月 ) 的? (?: (?P<d> \d{{1,2}} | [{cn}]{{1,3}} ) [日号] )?"), relative_month),
        (r"(?P<d> [12]\d | 3[01] | [1-9] | 二?十[一二三四五六七八九]? | 三十一? ) 号 (?: 之前 | 以前 )?".into(), month_day),
        (r"(?P<r> 大前天 | 前天 | 昨[天日晚] | 今[天日晚早] | 当天 | 明[天日晚早] | 大后天 | 后天 )".into(), relative_day),
        (r"(?P<w> 上上 | 上 | 这 | 本 | 下下 | 下 )? 个? (?: 周 | 星期 | 礼拜 ) (?P<wd> [一二三四五六日天末] | [1-7]\b )".into(), weekday),
        (r"(?P<w> 上上 | 上 | 这 | 本 | 下下 | 下 ) 个? (?: 周 | 星期 | 礼拜 )".into(), weekday),
        (format!(r"(?P<n> \d{{1,3}} | [{cn}]{{1,4}} ) \ ? 个? 半? (?P<u> 天 | 日 | 周 | 星期 | 礼拜 | 月 | 年 ) (?P<way> 之?前 | 以前 | 之?后 | 以后 )"), counted),
        (r"(?P<part> 凌晨 | 清晨 | 早上 | 早晨 | 上午 | 中午 | 下午 | 午后 | 傍晚 | 晚上 | 夜里 | 夜间 | 半夜 | 晚间 )".into(), part_of_day),
        (format!(r"(?P<h> [01]?\d | 2[0-4] | 十[一二]? | 二十[一二三四]? | [一二两三四五六七八九] ) \ ? 点 (?: 钟 | (?P<half> 半 ) | (?P<q> [一三] 刻 ) | 整 | \ ? (?P<min> [0-5]?\d | [{cn}]{{1,3}} ) 分? )?"), clock),
        (r"(?P<h> [01]?\d | 2[0-4] ) : (?P<min> [0-5]\d ) (?: : [0-5]\d )? (?: \ ? (?P<ap> [ap]\.?m\b\.? ) )?".into(), clock),
        (r"(?P<r> \b (?: the\ day\ after\ tomorrow | the\ day\ before\ yesterday | today | tonight | tomorrow | yesterday ) \b )".into(), relative_day),
        (format!(r"\b (?: (?P<w> next | last | this ) \ )? (?P<wd> {day} ) \b"), weekday),
        (r"\b (?P<w> next | last | this ) \ (?P<unit> week | month | year | weekend ) \b".into(), english_unit),
        (format!(r"\b (?: (?P<m> {month} ) \.? \ (?P<d> [12]?\d | 3[01] ) (?: st | nd | rd | th )? \b (?: ,? \ (?P<y> (?:19|20)\d\d ) \b )? )"), absolute),
        (format!(r"\b (?P<d> [12]?\d | 3[01] ) (?: st | nd | rd | th )? \ (?: of \ )? (?P<m> {month} ) \b (?: ,? \ (?P<y> (?:19|20)\d\d ) \b )?"), absolute),
        (r"\b in \ (?P<n> \d{1,3} | a | an | one | two | three | four | five | six | seven | ten ) \ (?P<u> day | week | month | year ) s? \b".into(), counted),
        (r"\b (?P<n> \d{1,3} | a | an | one | two | three | four | five | six | seven | ten ) \ (?P<u> day | week | month | year ) s? \ (?P<way> ago | later | from\ now ) \b".into(), counted),
        (r"\b (?: in\ the\ | this\ )? (?P<part> morning | noon | afternoon | evening | midnight ) \b".into(), part_of_day),
        (r"\b (?P<h> 1[0-2] | [1-9] ) \ ? (?P<ap> [ap]\.?m\b\.? ) ".into(), clock),
        (r"\b (?P<h> 1[0-2] | [1-9] ) \ ? o'clock \b".into(), clock),
    ];
    rows.into_iter().map(|(pattern, reading)| (Rule::new(&pattern), reading)).collect()
});
static DURATION: LazyLock<Rule> = LazyLock::new(|| {
    Rule::new(&format!(
        r"(?P<n> \d{{1,4}} (?: \.\d )? | [{cn}]{{1,5}} ) \ ? (?P<u> 个?工作日 | 个?小时 | 个?钟头 | 分钟 | 秒钟? | 天 | 周 | 个?星期 | 个?礼拜 | 个月 | 年 ) (?P<rest> 半 )? (?: 以?内 | 之内 )?
         | \b (?: within \ )? (?P<en> \d{{1,4}} | one | two | three | four | five | six | seven | ten | a | an ) [\ -] (?P<eu> (?: business | working )\ day | second | minute | hour | day | week | month | year ) s? \b",
        cn = numeral::CLASS
    ))
});

pub fn find(hay: &Haystack<'_>, today: Option<Date>, found: &mut Vec<Found>) {
    let mut placed: Vec<Placed> = Vec::new();
    for (rule, reading) in ATOMS.iter() {
        for (start, end, captures) in hay.matches(rule) {
            let free = placed.iter().all(|other| end <= other.start || start >= other.end);
            if free && hay.stands_alone(start, end) && !misleads(hay, start, end) {
                placed.extend(reading(&captures).map(|atom| Placed { start, end, atom }));
            }
        }
    }
    placed.sort_by_key(|one| one.start);
    let mut rest = placed.as_slice();
    while let [first, tail @ ..] = rest {
        let mut group = vec![first];
        let mut taken = 0;
        while let Some(next) = tail.get(taken).filter(|next| joins(hay, &group, next)) {
            group.push(next);
            taken += 1;
        }
        rest = &tail[taken..];
        let (start, end) = (first.start, group.last().map_or(first.end, |last| last.end));
        let atoms: Vec<Atom> = group.iter().map(|one| one.atom).collect();
        // A bare part of the day ("good morning") says nothing.
        if !matches!(atoms.as_slice(), [Atom::Part(part)] if !part.tells) {
            found.push(Found::new(start, end, Kind::Time, value::write(&atoms, today)));
        }
    }
    for (start, end, captures) in hay.matches(&DURATION) {
        if let Some(value) = duration(&captures).filter(|_| hay.stands_alone(start, end)) {
            found.push(Found::new(start, end, Kind::Duration, value));
        }
    }
}

/// Words that only look like dates: 一点 "a little", 3号线 "line 3", 三月底 is fine.
fn misleads(hay: &Haystack<'_>, start: usize, end: usize) -> bool {
    let folded = &hay.text.folded;
    let next = folded.get(end).copied().unwrap_or(' ');
    let before = start.checked_sub(1).map_or(' ', |at| folded[at]);
    match folded[end - 1] {
        '点' => {
            folded[start..end] == ['一', '点'] && !"钟整半左右前后".contains(next)
                || "击赞评餐单数".contains(next)
                || before == '有'
        }
        '号' => "线楼码店院馆门桌机房".contains(next) || "账帐订单编型楼第".contains(before),
        _ => false,
    }
}

/// Whether an atom continues the expression: one of each sort, in any order, hardly anything between.
fn joins(hay: &Haystack<'_>, group: &[&Placed], next: &Placed) -> bool {
    let Some(last) = group.last() else { return false };
    let sort = |one: &Placed| std::mem::discriminant(&one.atom);
    let between = hay.text.folded(last.end, next.start);
    group.iter().all(|one| sort(one) != sort(next))
        && matches!(between.trim(), "" | "的" | "at" | "on" | "," | "t" | "in the")
}

fn part<'c>(captures: &'c Captures<'_>, name: &str) -> Option<&'c str> {
    captures.name(name).map(|part| part.as_str())
}

fn count(captures: &Captures<'_>, name: &str) -> Option<i64> {
    let number = part(captures, name)?;
    numeral::read(number).map(|number| number as i64).or_else(|| words::english_number(number))
}

fn absolute(captures: &Captures<'_>) -> Option<Atom> {
    let month = part(captures, "m").and_then(words::month).or_else(|| count(captures, "m"))?;
    let day = if captures.name("d").is_some() {
        Some(count(captures, "d").filter(|day| (1..=31).contains(day))?)
    } else {
        None
    };
    let year = count(captures, "y").map(|year| if year < 100 { year + 2000 } else { year });
    let years = part(captures, "ry").and_then(words::relative_year);
    (1..=12).contains(&month).then_some(Atom::Day(Day::Of { year, years, month, day }))
}

fn whole_year(captures: &Captures<'_>) -> Option<Atom> {
    let years = part(captures, "ry").and_then(words::relative_year);
    let year = count(captures, "y");
    (year.is_some() || years.is_some()).then_some(Atom::Day(Day::Year { year, years }))
}

fn relative_month(captures: &Captures<'_>) -> Option<Atom> {
    let months = match part(captures, "mm")?.chars().next()? {
        '上' => -1,
        '下' => 1,
        _ => 0,
    };
    Some(Atom::Day(Day::Month { months, day: count(captures, "d") }))
}

fn month_day(captures: &Captures<'_>) -> Option<Atom> {
    let day = count(captures, "d").filter(|day| (1..=31).contains(day))?;
    Some(Atom::Day(Day::Month { months: 0, day: Some(day) }))
}

fn relative_day(captures: &Captures<'_>) -> Option<Atom> {
    words::relative_day(part(captures, "r")?).map(|(days, part)| Atom::Day(Day::Relative { days, part }))
}

fn weekday(captures: &Captures<'_>) -> Option<Atom> {
    let weeks = part(captures, "w").and_then(words::weeks);
    let day = match part(captures, "wd") {
        Some(name) => Some(words::weekday(name)?),
        None => None,
    };
    Some(Atom::Day(Day::Week { weeks, day }))
}

fn english_unit(captures: &Captures<'_>) -> Option<Atom> {
    let steps = part(captures, "w").and_then(words::weeks)?;
    Some(Atom::Day(match part(captures, "unit")? {
        "month" => Day::Month { months: steps, day: None },
        "year" => Day::Year { year: None, years: Some(steps) },
        "weekend" => Day::Week { weeks: Some(steps), day: Some(6) },
        _ => Day::Week { weeks: Some(steps), day: None },
    }))
}

fn counted(captures: &Captures<'_>) -> Option<Atom> {
    let number = count(captures, "n")?;
    let back = part(captures, "way").is_some_and(|way| way.contains('前') || way == "ago");
    let number = if back { -number } else { number };
    Some(Atom::Day(match part(captures, "u")? {
        "天" | "日" | "day" => Day::Relative { days: number, part: None },
        "月" | "month" => Day::Counted { days: 0, months: number },
        "年" | "year" => Day::Counted { days: 0, months: 12 * number },
        _ => Day::Relative { days: 7 * number, part: None },
    }))
}

fn part_of_day(captures: &Captures<'_>) -> Option<Atom> {
    words::part_of_day(part(captures, "part")?).map(Atom::Part)
}

fn clock(captures: &Captures<'_>) -> Option<Atom> {
    let mut hour = count(captures, "h").filter(|hour| *hour <= 24)?;
    let minute = match (captures.name("half"), part(captures, "q")) {
        (Some(_), _) => 30,
        (_, Some(quarter)) => {
            if quarter.starts_with('一') {
                15
            } else {
                45
            }
        }
        _ => count(captures, "min").unwrap_or(0),
    };
    match part(captures, "ap").map(|half| half.starts_with('p')) {
        Some(true) if hour < 12 => hour += 12,
        Some(false) if hour == 12 => hour = 0,
        _ => {}
    }
    let fixed = captures.name("ap").is_some();
    (minute < 60).then_some(Atom::Clock(Clock { hour, minute, fixed }))
}

/// ISO 8601, such as P7D or PT24H; working days as `P3BD`.
fn duration(captures: &Captures<'_>) -> Option<String> {
    let unit = part(captures, "u").or(part(captures, "eu"))?;
    let number = part(captures, "n").and_then(numeral::read).or_else(|| {
        let number = part(captures, "en")?;
        numeral::read(number).or_else(|| words::english_number(number).map(|number| number as f64))
    })?;
    let number = if captures.name("rest").is_some() { number + 0.5 } else { number };
    let (prefix, letter) = match unit.trim_start_matches('个') {
        "工作日" | "business day" | "working day" => ("P", "BD"),
        "小时" | "钟头" | "hour" => ("PT", "H"),
        "分钟" | "minute" => ("PT", "M"),
        "秒" | "秒钟" | "second" => ("PT", "S"),
        "周" | "星期" | "礼拜" | "week" => ("P", "W"),
        "月" | "month" => ("P", "M"),
        "年" | "year" => ("P", "Y"),
        _ => ("P", "D"),
    };
    Some(format!("{prefix}{number}{letter}"))
}
