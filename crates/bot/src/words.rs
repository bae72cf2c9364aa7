//! Text as the rules compare it: one width, one case, no punctuation, no markup.

use unicode_normalization::UnicodeNormalization as _;

/// The most characters of a message that are looked at.
pub const MAX_TEXT: usize = 4_000;
/// The most characters that are looked up at once.
pub const MAX_QUERY: usize = 200;

/// NFKC, lower case, without tags and invisible characters, white space as single spaces.
pub fn clean(text: &str) -> String {
    let folded: String = text.chars().take(MAX_TEXT).nfkc().flat_map(char::to_lowercase).collect();
    let mut out = String::with_capacity(folded.len());
    let mut rest = folded.as_str();
    while let Some(start) = rest.find('<') {
        let (before, tag) = rest.split_at(start);
        out.push_str(before);
        let looks_like_tag = tag[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        if let Some(end) = tag.find('>').filter(|_| looks_like_tag) {
            out.push(' ');
            rest = &tag[end + 1..];
        } else {
            out.push('<');
            rest = &tag[1..];
        }
    }
    out.push_str(rest);
    let visible = out.chars().filter(|c| !is_invisible(*c)).collect::<String>();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_invisible(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}')
}

/// Letters and digits only.
pub fn bare(text: &str) -> String {
    clean(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Latin words of a text, an apostrophe belonging to its word.
pub fn latin_words(text: &str) -> Vec<String> {
    clean(text)
        .replace('\u{2019}', "'")
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '\''))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

pub fn has_han(text: &str) -> bool {
    text.chars()
        .any(|c| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}'))
}

/// Something that could be looked up.
pub fn has_words(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// The beginning of a text, for quoting.
pub fn short(text: &str, max: usize) -> String {
    let text = text.trim();
    if text.chars().count() <= max {
        return text.to_owned();
    }
    text.chars().take(max).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning_removes_markup_width_case_and_invisible_characters() {
        assert_eq!(clean("  <b onclick=x>ＡＢＣ</b>\u{200b}退\n款 "), "abc 退 款");
        assert_eq!(clean("价格 < 100 吗"), "价格 < 100 吗");
        assert_eq!(clean("a<!-- b"), "a<!-- b");
    }

    #[test]
    fn bare_text_has_letters_and_digits_only() {
        assert_eq!(bare("“转 人工”！！😀 1"), "转人工1");
        assert!(!has_words("😀👍？！"));
    }
}
