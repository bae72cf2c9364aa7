//! What an answer states that can be compared: money, times, counts, telephone numbers.

use super::Disagreement;
use language::{
    entities::{self, by_rule},
    lexical::Text,
};
use std::collections::BTreeMap;

/// What two answers may disagree about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Money,
    /// How long something takes.
    Duration,
    /// A day or an hour.
    Time,
    /// So many of something, per cent.
    Number,
    /// A telephone number or a mail address.
    Contact,
    /// One says yes, the other no.
    Opposite,
}

/// Units of counts that mean the same whatever stands around them.
const UNITS: &[&str] = &[
    "%", "折", "件", "次", "位", "张", "页", "公斤", "千克", "kg", "克", "公里", "km", "厘米", "cm", "mm",
    "米", "gb", "mb", "倍", "级", "个", "item", "items", "times", "percent",
];
/// In minutes.
const HOUR: f64 = 60.0;

/// Values by what they count; of each how it is written.
type Claims = BTreeMap<(Kind, String), BTreeMap<String, String>>;

/// For each thing that both state: whether they state it differently. An answer that only says more
/// than the other contradicts nothing.
pub fn disagreements(left: &str, right: &str) -> Vec<Disagreement> {
    let (left, right) = (claims(left), claims(right));
    let both = left.iter().filter_map(|(of, ours)| Some((of, ours, right.get(of)?)));
    let found = both.filter_map(|((kind, _), ours, theirs)| {
        let only = |own: &BTreeMap<String, String>, other: &BTreeMap<String, String>| {
            let alone = own.iter().filter(|(value, _)| !other.contains_key(*value));
            alone.map(|(_, text)| text.clone()).collect::<Vec<_>>()
        };
        let (mine, other) = (only(ours, theirs), only(theirs, ours));
        let nothing_common = mine.len() == ours.len() && other.len() == theirs.len();
        let differs = !mine.is_empty() && !other.is_empty() && (nothing_common || ours.len() == theirs.len());
        differs.then(|| Disagreement { kind: *kind, left: mine.join(" "), right: other.join(" ") })
    });
    found.collect()
}

fn claims(answer: &str) -> Claims {
    let mut claims = Claims::new();
    let text = Text::new(answer);
    let mut taken = vec![false; text.chars.len()];
    for entity in by_rule(&text, None) {
        taken[entity.start..entity.end].fill(true);
        if let Some((kind, of, value)) = claim(entity.kind, &entity.value) {
            claims.entry((kind, of)).or_default().entry(value).or_insert(entity.text);
        }
    }
    counts(&text, &taken, &mut claims);
    claims
}

/// What is counted, and how much.
fn claim(kind: entities::Kind, value: &str) -> Option<(Kind, String, String)> {
    Some(match kind {
        entities::Kind::Money => {
            let (currency, amount) = value.split_once(' ')?;
            (Kind::Money, currency.to_owned(), amount.to_owned())
        }
        entities::Kind::Duration => {
            let (of, amount) = duration(value)?;
            (Kind::Duration, of.to_owned(), amount.to_string())
        }
        entities::Kind::Time => {
            // 今天 and 早上 are said of anything.
            let is_clock = value.starts_with('T') && value.contains(':');
            let is_day = value.starts_with(|first: char| first.is_ascii_digit() || first == '-');
            let of = if is_clock { "clock" } else { "day" };
            (is_clock || is_day).then(|| (Kind::Time, of.to_owned(), value.to_owned()))?
        }
        entities::Kind::Phone | entities::Kind::Email => {
            (Kind::Contact, format!("{kind:?}"), value.to_owned())
        }
        _ => return None,
    })
}

/// A day is 24 hours and a week seven days; a working day is neither, nor is a month so many days.
fn duration(value: &str) -> Option<(&'static str, f64)> {
    let (prefix, rest) = value.split_at(value.find(|c: char| c.is_ascii_digit())?);
    let (number, unit) = rest.split_at(rest.find(char::is_alphabetic)?);
    let number = number.parse::<f64>().ok()?;
    Some(match (prefix, unit) {
        ("PT", "S") => ("time", number / HOUR),
        ("PT", "M") => ("time", number),
        ("PT", "H") => ("time", number * HOUR),
        ("P", "D") => ("time", number * 24.0 * HOUR),
        ("P", "W") => ("time", number * 7.0 * 24.0 * HOUR),
        ("P", "M") => ("month", number),
        ("P", "Y") => ("month", number * 12.0),
        ("P", "BD") => ("working day", number),
        _ => return None,
    })
}

/// Digits with a unit right behind them.
fn counts(text: &Text, taken: &[bool], claims: &mut Claims) {
    let is_number = |at: usize| text.folded.get(at).is_some_and(|c| c.is_ascii_digit() || *c == '.');
    let mut at = 0;
    while at < text.folded.len() {
        if !text.folded[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        while is_number(at) {
            at += 1;
        }
        let free = !taken[start..at].contains(&true);
        let number = text.folded(start, at).trim_end_matches('.').parse::<f64>().ok();
        let rest: String = text.folded[at..].iter().take(12).collect();
        let unit = UNITS.iter().find(|unit| is_unit(&rest, unit));
        if let (true, Some(number), Some(unit)) = (free, number, unit) {
            let written = format!("{}{unit}", text.original(start, at));
            claims
                .entry((Kind::Number, (*unit).to_owned()))
                .or_default()
                .entry(number.to_string())
                .or_insert(written);
        }
    }
}

/// Whether a unit stands there, after a space at most, and does not go on as another word.
fn is_unit(rest: &str, unit: &str) -> bool {
    let Some(after) = rest.strip_prefix(' ').unwrap_or(rest).strip_prefix(unit) else { return false };
    !unit.ends_with(|c: char| c.is_ascii_alphabetic())
        || !after.starts_with(|c: char| c.is_ascii_alphabetic())
}
