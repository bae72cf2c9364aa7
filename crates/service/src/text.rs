//! Rules for text that people type into fields: trimmed, bounded, without control characters.

use crate::{Error, Result};

/// A required one-line value.
pub fn line(field: &'static str, text: &str, max: usize) -> Result<String> {
    let text = optional_line(field, text, max)?;
    if text.is_empty() { Err(Error::Field(field)) } else { Ok(text) }
}

/// A one-line value that may be empty.
pub fn optional_line(field: &'static str, text: &str, max: usize) -> Result<String> {
    let text = text.trim();
    if text.chars().count() > max || text.chars().any(char::is_control) {
        return Err(Error::Field(field));
    }
    Ok(text.to_owned())
}

/// A value of several lines that may be empty.
pub fn paragraph(field: &'static str, text: &str, max: usize) -> Result<String> {
    let text = text.trim();
    let forbidden = |c: char| c.is_control() && !matches!(c, '\n' | '\t' | '\r');
    if text.chars().count() > max || text.chars().any(forbidden) {
        return Err(Error::Field(field));
    }
    Ok(text.to_owned())
}

/// What a page reports about itself: cut, never refused.
pub fn cut(text: &str, max: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(max).collect()
}

/// An e-mail address in lower case: something@domain, no spaces.
pub fn email(text: &str) -> Result<String> {
    let text = line("email", text, 200)?.to_lowercase();
    let valid = text.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty()
            && domain.contains('.')
            && !domain.contains('@')
            && !text.contains(char::is_whitespace)
    });
    if valid { Ok(text) } else { Err(Error::Field("email")) }
}

/// Nothing that a reader could see: only white space and invisible characters.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_trimmed_and_bounded() {
        assert_eq!(line("name", "  李 雷 ", 10).unwrap(), "李 雷");
        assert!(line("name", " ", 10).is_err());
        assert!(line("name", "a\nb", 10).is_err());
        assert!(line("name", "一二三", 2).is_err());
    }

    #[test]
    fn email_needs_name_and_domain() {
        assert_eq!(email(" Li@Shop.example ").unwrap(), "li@shop.example");
        for bad in ["", "li", "@shop.example", "li@shop", "l i@shop.example", "a@b@c.example"] {
            assert!(email(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn invisible_text_is_blank() {
        assert!(is_blank(" \u{200b}\u{feff}\n"));
        assert!(!is_blank(" a"));
    }
}
