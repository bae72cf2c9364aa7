//! A text as characters, and the same characters folded one to one (simplified, half width, lower case).
//! Invariant: both have the same length, so a position means the same in both.

use crate::normalise::simplified::simplified;

/// What is analysed at most; the rest of a longer text is left out, and `Analysis` says so.
pub const LONGEST: usize = 10_000;

pub struct Text {
    pub chars: Vec<char>,
    pub folded: Vec<char>,
}

impl Text {
    pub fn new(text: &str) -> Self {
        let chars: Vec<char> = text.chars().take(LONGEST).collect();
        let folded = chars.iter().map(|character| fold(simplified(*character))).collect();
        Self { chars, folded }
    }

    pub fn original(&self, start: usize, end: usize) -> String {
        self.chars[start..end].iter().collect()
    }

    pub fn folded(&self, start: usize, end: usize) -> String {
        self.folded[start..end].iter().collect()
    }
}

/// Full width to half width (punctuation too) and lower case, where one character becomes one.
fn fold(character: char) -> char {
    let half = match character {
        '\u{3000}' | '\u{a0}' => ' ',
        '。' => '.',
        '“' | '”' | '„' | '«' | '»' => '"',
        '‘' | '’' | '`' => '\'',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(character as u32 - 0xfee0).unwrap_or(character),
        other => other,
    };
    let mut lower = half.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => half,
    }
}

/// Chinese characters; what the network for Chinese was made for.
pub fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}
