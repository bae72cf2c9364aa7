//! Where sentences end, and in which language each is. Invariant: no sentence is longer than `LONGEST`
//! characters, so that no text makes the parts behind this one slow.

use super::text::{Text, is_han};
use serde::Serialize;

const LONGEST: usize = 240;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Chinese,
    English,
    /// Words and entities only.
    Other,
}

/// Spans of sentences that hold more than white space. None ends inside one of the `fixed` spans.
pub fn split(text: &Text, fixed: &[(usize, usize)]) -> Vec<(usize, usize, Language)> {
    let chars = &text.folded;
    let mut spans = Vec::new();
    let mut start = 0;
    let mut at = 0;
    let mut ahead = fixed.iter().peekable();
    while at < chars.len() {
        while ahead.next_if(|span| span.1 <= at).is_some() {}
        if let Some(span) = ahead.next_if(|span| span.0 <= at) {
            at = span.1;
            continue;
        }
        let full = at + 1 - start >= LONGEST;
        let ends = ends_here(text, at);
        at += 1;
        if ends {
            while at < chars.len()
                && (is_end(chars[at]) || matches!(chars[at], '"' | '\'' | ')' | '』' | '」'))
            {
                at += 1;
            }
        }
        if ends || full {
            if full && !ends {
                let pause = last_pause(chars, start, at);
                let cuts = fixed.iter().any(|span| span.0 < pause && pause < span.1);
                at = if cuts { at } else { pause };
            }
            spans.push((start, at));
            start = at;
        }
    }
    spans.push((start, chars.len()));
    spans
        .into_iter()
        .filter(|(start, end)| chars[*start..*end].iter().any(|character| !character.is_whitespace()))
        .map(|(start, end)| (start, end, language(&chars[start..end])))
        .collect()
}

fn is_end(character: char) -> bool {
    matches!(character, '!' | '?' | '…' | '\n')
}

fn ends_here(text: &Text, at: usize) -> bool {
    let next = text.folded.get(at + 1);
    match text.chars[at] {
        '。' | '！' | '？' | '…' | '\n' | '；' | '!' => true,
        '?' => next.is_none_or(|next| next.is_whitespace() || is_han(*next) || is_end(*next)),
        '.' => {
            let before = at.checked_sub(1).map(|before| text.folded[before]);
            // "3." of a list, "e.g." and initials do not end a sentence.
            let word = before.is_some_and(char::is_alphabetic)
                && at.checked_sub(2).is_none_or(|two| text.folded[two].is_alphanumeric());
            (word && next.is_none_or(|next| next.is_whitespace()))
                || (before.is_some_and(is_han) && next != Some(&'.'))
        }
        _ => false,
    }
}

/// After the last comma or space, if there is one in the second half.
fn last_pause(chars: &[char], start: usize, end: usize) -> usize {
    let middle = start + (end - start) / 2;
    (middle..end)
        .rev()
        .find(|at| matches!(chars[*at], ',' | '、' | ';' | ' ' | '\t'))
        .map_or(end, |at| at + 1)
}

fn language(chars: &[char]) -> Language {
    if chars.iter().any(|character| is_han(*character)) {
        return Language::Chinese;
    }
    let letters = chars.iter().filter(|character| character.is_alphabetic()).count();
    let latin = chars.iter().filter(|character| character.is_ascii_alphabetic()).count();
    if latin > 0 && latin * 5 >= letters * 4 { Language::English } else { Language::Other }
}
