//! Clean text for comparing: what looks the same or means the same is written the same.
//!
//! Invariant: normalising twice changes nothing more; no input panics; the result is at most 16 times as long.
//!
//! Compatibility forms (NFKC: full width, circled, mathematical letters), traditional characters, capitals, typographic
//! quotes and dashes, invisible characters, piled-up accents, letters of other scripts inside Latin words, and white
//! space each get one form. It is for matching: what people see is never normalised.

mod lookalikes;
pub(crate) mod simplified;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Accents that a letter keeps; Vietnamese needs two.
const MARKS: usize = 2;

/// The text in its normal form.
pub fn normalise(text: &str) -> String {
    if text.is_ascii() {
        return collapse(text.chars().map(|character| character.to_ascii_lowercase()));
    }
    // One pass is enough for nearly all texts. Where a removed or replaced character stood between others, these may
    // compose anew, which the next pass sees.
    let mut text = pass(text);
    for _ in 0..8 {
        let again = pass(&text);
        if again == text {
            break;
        }
        text = again;
    }
    text
}

fn pass(text: &str) -> String {
    let visible = text.chars().filter(|character| !is_invisible(*character));
    let lower = visible.nfkc().filter(|character| !is_invisible(*character)).flat_map(char::to_lowercase);
    let mut marks = 0;
    let limited = lower.filter(move |character| {
        marks = if is_combining_mark(*character) { marks + 1 } else { 0 };
        marks <= MARKS
    });
    let one_form = limited.map(|character| simplified::simplified(plain(character)));
    lookalikes::in_latin_words(&collapse(one_form)).nfkc().collect()
}

/// White space as single spaces, none at the ends. Control characters that are no white space vanish.
fn collapse(characters: impl Iterator<Item = char>) -> String {
    let mut text = String::new();
    let mut space = false;
    for character in characters {
        if character.is_whitespace() {
            space = !text.is_empty();
        } else if !character.is_control() {
            if std::mem::take(&mut space) {
                text.push(' ');
            }
            text.push(character);
        }
    }
    text
}

/// Characters that show nothing: zero width, direction, variation, tags, fillers.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// One form of quotes and dashes, and of letters in boxes.
fn plain(character: char) -> char {
    match character {
        '‘' | '’' | '‚' | '‛' | '′' | '`' | '´' | 'ʼ' | '＇' => '\'',
        '“' | '”' | '„' | '‟' | '″' | '「' | '」' | '『' | '』' => '"',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => '-',
        '\u{1f150}'..='\u{1f169}' => boxed(character, 0x1f150),
        '\u{1f170}'..='\u{1f189}' => boxed(character, 0x1f170),
        _ => character,
    }
}

fn boxed(character: char, first: u32) -> char {
    char::from(b'a' + (u32::from(character) - first) as u8)
}

#[cfg(test)]
mod tests;
