//! What a text names: numbers with meaning (by rule, with their checksums), dates, money, and people,
//! places and organisations (by the lexer). Invariant: entities do not overlap, and each has a value
//! in one written form.

mod addresses;
pub mod calendar;
mod money;
mod numbers;
mod numeral;
mod time;

use calendar::Date;
use regex::Regex;
use serde::Serialize;

use crate::lexical::{Sentence, Text};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Url,
    Email,
    IdCard,
    BankCard,
    Phone,
    TrackingNumber,
    OrderNumber,
    Plate,
    Money,
    Time,
    Duration,
    Person,
    Place,
    Organisation,
}

impl Kind {
    /// Whether the span is one word whatever the lexer thinks.
    fn is_one_word(self) -> bool {
        !matches!(
            self,
            Self::Money | Self::Time | Self::Duration | Self::Person | Self::Place | Self::Organisation
        )
    }
}

/// Something named in the text. `value` is its normal form: an address in lower case, a phone number
/// with its country, `CNY 12.50`, `2026-05-03T15:00`, `today+1d T15:00` when no day was given to count from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entity {
    pub start: usize,
    pub end: usize,
    pub text: String,
    pub kind: Kind,
    pub value: String,
    /// The carrier of a tracking number, the scheme of a bank card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<&'static str>,
}

/// What a rule found, in characters.
#[derive(Debug)]
struct Found {
    start: usize,
    end: usize,
    kind: Kind,
    value: String,
    issuer: Option<&'static str>,
}

impl Found {
    fn new(start: usize, end: usize, kind: Kind, value: impl Into<String>) -> Self {
        Self { start, end, kind, value: value.into(), issuer: None }
    }
}

/// The folded text as a string, and the way from its bytes to characters.
struct Haystack<'a> {
    text: &'a Text,
    folded: String,
    /// Where in `folded` each character starts, and its length at the end.
    bytes: Vec<usize>,
}

impl<'a> Haystack<'a> {
    fn new(text: &'a Text) -> Self {
        let folded: String = text.folded.iter().collect();
        let bytes = folded.char_indices().map(|(byte, _)| byte).chain([folded.len()]).collect();
        Self { text, folded, bytes }
    }

    /// The character at a byte that starts one.
    fn at(&self, byte: usize) -> usize {
        self.bytes.binary_search(&byte).unwrap_or_else(|next| next)
    }

    /// Whether the span is not part of a longer word or number of ASCII.
    fn stands_alone(&self, start: usize, end: usize) -> bool {
        let ascii = |at: usize| self.text.folded.get(at).is_some_and(char::is_ascii_alphanumeric);
        let cuts = |at: usize| at > 0 && ascii(at - 1) && ascii(at);
        !cuts(start) && !cuts(end)
    }

    fn matches<'h>(&'h self, rule: &'h Rule) -> impl Iterator<Item = (usize, usize, regex::Captures<'h>)> {
        rule.0.iter().flat_map(|regex| regex.captures_iter(&self.folded)).filter_map(|captures| {
            let whole = captures.get(0)?;
            Some((self.at(whole.start()), self.at(whole.end()), captures))
        })
    }
}

/// A pattern over folded text.
struct Rule(Option<Regex>);

impl Rule {
    /// A pattern that does not compile finds nothing; a test makes sure that all of them do.
    fn new(pattern: &str) -> Self {
        let regex = Regex::new(&format!("(?x){pattern}"));
        #[cfg(test)]
        assert!(regex.is_ok(), "{regex:?}");
        Self(regex.ok())
    }
}

/// Everything that rules find, in order. Relative dates count from `today`, if it is known.
pub fn by_rule(text: &Text, today: Option<Date>) -> Vec<Entity> {
    let hay = Haystack::new(text);
    let mut found = Vec::new();
    addresses::find(&hay, &mut found);
    numbers::find(&hay, &mut found);
    money::find(&hay, &mut found);
    time::find(&hay, today, &mut found);
    // The rules are called in the order of their certainty: what comes later gives way.
    let mut taken = vec![false; text.chars.len()];
    let mut kept: Vec<Found> = Vec::new();
    for one in found {
        if one.start < one.end && !taken[one.start..one.end].contains(&true) {
            taken[one.start..one.end].fill(true);
            kept.push(one);
        }
    }
    kept.sort_by_key(|one| one.start);
    let entity = |one: Found| Entity {
        text: text.original(one.start, one.end),
        start: one.start,
        end: one.end,
        kind: one.kind,
        value: one.value,
        issuer: one.issuer,
    };
    kept.into_iter().map(entity).collect()
}

/// The spans that the lexer must not cut.
pub fn words_of(entities: &[Entity]) -> Vec<(usize, usize)> {
    entities
        .iter()
        .filter(|entity| entity.kind.is_one_word())
        .map(|entity| (entity.start, entity.end))
        .collect()
}

/// Adds the names that the lexer saw, where no rule found something else.
pub fn add_names(entities: &mut Vec<Entity>, sentences: &[Sentence]) {
    for token in sentences.iter().flat_map(|sentence| &sentence.tokens) {
        let kind = match token.tag.as_str() {
            "PER" => Kind::Person,
            "LOC" => Kind::Place,
            "ORG" => Kind::Organisation,
            "TIME" => Kind::Time,
            _ => continue,
        };
        let free = |entity: &Entity| entity.end <= token.start || entity.start >= token.end;
        let name = token.text.chars().any(char::is_alphabetic);
        if name && entities.iter().all(free) {
            let (start, end, text) = (token.start, token.end, token.text.clone());
            entities.push(Entity { start, end, text, kind, value: token.folded.clone(), issuer: None });
        }
    }
    entities.sort_by_key(|entity| entity.start);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_patterns_compile() {
        // Each pattern is made when it is first used; a bad one panics in tests.
        assert_eq!(by_rule(&Text::new(""), None), []);
    }
}
