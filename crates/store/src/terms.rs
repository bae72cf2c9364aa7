//! The one tokenizer of search, for both databases.
//!
//! Text is folded (NFKC, lower case). Runs of scripts that are written without spaces give
//! overlapping pairs and their last character alone; words of other letters give themselves;
//! words with a digit (order numbers, telephone numbers) also give each of their tails, so
//! that any part of them can be found. Long words are cut to [`LONGEST`] characters.

use std::collections::HashSet;
use unicode_normalization::{UnicodeNormalization as _, char::canonical_combining_class};

/// Characters of a word that count.
pub(crate) const LONGEST: usize = 16;
/// How far into a word with digits its tails are indexed.
const TAILS: usize = 64;

/// How a character takes part in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Ends words.
    Separator,
    /// Part of a word that separators surround.
    Letter,
    Digit,
    /// Of a script without spaces between words.
    Unspaced,
}

impl Class {
    pub(crate) const fn is_word(self) -> bool {
        matches!(self, Self::Letter | Self::Digit)
    }
}

pub(crate) fn class(c: char) -> Class {
    match c {
        '0'..='9' => Class::Digit,
        'a'..='z' | 'A'..='Z' => Class::Letter,
        '\0'..='\u{7f}' => Class::Separator,
        // Han, kana, bopomofo, hangul.
        '\u{3005}'..='\u{3007}'
        | '\u{3041}'..='\u{318f}'
        | '\u{31a0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}'
        // Thai, Lao, Myanmar, Khmer with their marks.
        | '\u{0e01}'..='\u{0eff}'
        | '\u{1000}'..='\u{109f}'
        | '\u{1780}'..='\u{17ff}'
        // Pictures that people search for like words.
        | '\u{2600}'..='\u{27bf}'
        | '\u{1f000}'..='\u{1faff}' => Class::Unspaced,
        c if c.is_numeric() => Class::Digit,
        // With accents that did not melt into their letter.
        c if c.is_alphabetic() || matches!(c, '\u{300}'..='\u{36f}') => Class::Letter,
        _ => Class::Separator,
    }
}

/// Hands out the folded characters of a text, each with the range of original characters
/// (counted, not bytes) that it came from.
pub(crate) fn fold(text: &str, mut each: impl FnMut(char, usize, usize)) {
    let mut chars = text.chars().enumerate().peekable();
    let mut cluster = String::new();
    while let Some((start, c)) = chars.next() {
        let mut end = start + 1;
        if chars.peek().is_none_or(|(_, next)| !is_mark(*next)) && folds_alone(c) {
            each(c.to_ascii_lowercase(), start, end);
            continue;
        }
        cluster.clear();
        cluster.push(c);
        while let Some((_, mark)) = chars.next_if(|(_, next)| is_mark(*next)) {
            cluster.push(mark);
            end += 1;
        }
        for c in cluster.nfkc().flat_map(char::to_lowercase) {
            each(c, start, end);
        }
    }
}

/// Characters whose folding is themselves (or their ASCII lower case): nearly all of them.
const fn folds_alone(c: char) -> bool {
    matches!(c, '\0'..='\u{7f}' | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{4e00}'..='\u{9fff}')
}

/// Melts into the character before it.
fn is_mark(c: char) -> bool {
    match c {
        '\0'..='\u{2ff}' | '\u{3400}'..='\u{9fff}' => false,
        // Half-width voicing marks of kana.
        '\u{ff9e}' | '\u{ff9f}' => true,
        c => canonical_combining_class(c) != 0,
    }
}

/// Hands out the terms under which a text is found, some of them repeatedly.
pub(crate) fn each_term(text: &str, mut each: impl FnMut(&str)) {
    let mut word = Word::default();
    let mut pair = [0_u8; 8];
    let mut last: Option<char> = None;
    fold(text, |c, _, _| {
        let class = class(c);
        if class.is_word() {
            word.push(c, class);
        } else if !word.text.is_empty() {
            word.finish(&mut each);
        }
        if class == Class::Unspaced {
            if let Some(last) = last {
                each(encode(&mut pair, last, Some(c)));
            }
            last = Some(c);
        } else if let Some(last) = last.take() {
            each(encode(&mut pair, last, None));
        }
    });
    word.finish(&mut each);
    if let Some(last) = last {
        each(encode(&mut pair, last, None));
    }
}

fn encode(pair: &mut [u8; 8], first: char, second: Option<char>) -> &str {
    let mut length = first.encode_utf8(pair).len();
    if let Some(second) = second {
        length += second.encode_utf8(&mut pair[length..]).len();
    }
    std::str::from_utf8(&pair[..length]).unwrap_or_default()
}

/// A word while it is being read.
#[derive(Default)]
struct Word {
    text: String,
    /// Where each character begins.
    starts: Vec<usize>,
    has_digit: bool,
}

impl Word {
    fn push(&mut self, c: char, class: Class) {
        if self.starts.len() < TAILS + LONGEST {
            self.starts.push(self.text.len());
            self.text.push(c);
        }
        self.has_digit |= class == Class::Digit;
    }

    fn finish(&mut self, each: &mut impl FnMut(&str)) {
        let tails = if self.has_digit { TAILS } else { 1 };
        for (index, start) in self.starts.iter().enumerate().take(tails) {
            let end = self.starts.get(index + LONGEST).copied().unwrap_or(self.text.len());
            each(&self.text[*start..end]);
        }
        self.text.clear();
        self.starts.clear();
        self.has_digit = false;
    }
}

/// Whether a query that begins with a word may match inside a word, `offset` characters
/// after its start: exactly where [`each_term`] made a term.
pub(crate) const fn is_indexed_at(offset: usize, has_digit: bool) -> bool {
    offset == 0 || (has_digit && offset < TAILS)
}

/// All terms with a space after each, as the full-text table of `SQLite` takes them.
pub(crate) fn joined(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    each_term(text, |term| {
        out.push_str(term);
        out.push(' ');
    });
    out
}

pub(crate) fn distinct(text: &str) -> HashSet<String> {
    let mut out = HashSet::new();
    each_term(text, |term| {
        if !out.contains(term) {
            out.insert(term.to_owned());
        }
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<String> {
        joined(text).split_whitespace().map(str::to_owned).collect()
    }

    fn sorted(text: &str) -> Vec<String> {
        let mut terms: Vec<String> = distinct(text).into_iter().collect();
        terms.sort();
        terms
    }

    #[test]
    fn han_gives_pairs_and_the_last_character() {
        assert_eq!(list("我要退款"), ["我要", "要退", "退款", "款"]);
        assert_eq!(list("好"), ["好"]);
        assert_eq!(list("退款，谢谢"), ["退款", "款", "谢谢", "谢"]);
    }

    #[test]
    fn words_are_lower_case_and_whole() {
        assert_eq!(list("Hello, World!"), ["hello", "world"]);
        assert_eq!(list("iPhone手机"), ["iphone", "手机", "机"]);
    }

    #[test]
    fn words_with_digits_give_their_tails() {
        assert_eq!(sorted("A1b2"), ["1b2", "2", "a1b2", "b2"]);
    }

    #[test]
    fn width_and_composition_do_not_matter() {
        assert_eq!(list("ＡＢＣ"), ["abc"]);
        assert_eq!(list("cafe\u{301}"), ["café"]);
        assert_eq!(list("ｶﾞｽ"), list("ガス"));
        assert_eq!(list("①"), ["1"]);
    }

    #[test]
    fn long_words_are_cut() {
        let terms = list(&"x".repeat(100));
        assert_eq!(terms, ["x".repeat(LONGEST)]);
        assert_eq!(list(&"1".repeat(1_000)).len(), TAILS);
    }

    #[test]
    fn folding_remembers_where_characters_came_from() {
        let mut seen = Vec::new();
        fold("a\u{301}ﬁ好", |c, start, end| seen.push((c, start, end)));
        assert_eq!(seen, [('á', 0, 2), ('f', 2, 3), ('i', 2, 3), ('好', 3, 4)]);
    }

    #[test]
    fn nothing_to_find_gives_no_terms() {
        assert!(list("").is_empty());
        assert!(list(" …?! \n").is_empty());
    }
}
