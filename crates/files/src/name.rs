//! Hostile file names made harmless, and the header that carries them (RFC 6266).
//!
//! Invariant: a name is for people to read. It never becomes a path, and after [`safe_name`] it
//! could not even if someone made it one, on Unix or on Windows.

#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use unicode_normalization::UnicodeNormalization as _;

/// The most characters a name keeps.
pub const MAX_CHARACTERS: usize = 120;
/// Longer "extensions" are sentences with a dot in them.
const MAX_EXTENSION: usize = 16;
/// What a name becomes when nothing of it is left.
const FALLBACK: &str = "file";

/// A name for display and download: the last part of a path, composed (NFC), without control,
/// direction and invisible characters, without what Windows reserves, never empty, at most
/// [`MAX_CHARACTERS`] with the extension kept.
pub fn safe_name(name: &str) -> String {
    // Only the end matters, and composing a megabyte of accents would cost.
    let tail_at = name.char_indices().rev().nth(4 * MAX_CHARACTERS).map_or(0, |(at, _)| at);
    let visible: String = name[tail_at..].chars().filter(|c| !is_invisible(*c)).nfc().collect();
    let plain = undo_escapes(&visible);
    let last = plain.rsplit(['/', '\\']).next().unwrap_or_default();
    let replaced: String = last.chars().map(replace_reserved).collect();
    let name = shorten(trim(&replaced));
    if name.is_empty() {
        FALLBACK.to_owned()
    } else if is_device(&name) {
        shorten(&format!("_{name}"))
    } else {
        name
    }
}

/// The extension in lower case without its dot; none for `.bashrc`, `README` or `a.b c`.
pub fn extension(name: &str) -> Option<String> {
    let (stem, extension) = name.rsplit_once('.')?;
    let plain = !extension.is_empty()
        && extension.len() <= MAX_EXTENSION
        && extension.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (plain && !stem.is_empty()).then(|| extension.to_ascii_lowercase())
}

/// `Content-Disposition` with an ASCII fallback and the full name as UTF-8.
pub fn content_disposition(inline: bool, name: &str) -> String {
    let name = safe_name(name);
    let mut out = String::from(if inline { "inline" } else { "attachment" });
    // Quotes, backslashes and percent signs are read differently by different browsers.
    let fallback = name.chars().map(|c| match c {
        '"' | '\\' | '%' => '_',
        c if c == ' ' || c.is_ascii_graphic() => c,
        _ => '_',
    });
    out.push_str("; filename=\"");
    out.extend(fallback);
    out.push_str("\"; filename*=UTF-8''");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Control characters, and those that hide text or change its direction: `txt.exe` shown as
/// `exe.txt` is the oldest trick of all.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Turns percent-escapes of separators, dots, zeros and percent signs into what they would be
/// for a server that decodes once too often; separators then cut, the others become `_`.
fn undo_escapes(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let code = rest.get(at + 1..at + 3).map(str::to_ascii_lowercase);
        let replacement = match code.as_deref() {
            Some("2f" | "5c") => Some('/'),
            Some("00" | "25" | "2e") => Some('_'),
            _ => None,
        };
        out.push(replacement.unwrap_or('%'));
        rest = &rest[at + if replacement.is_some() { 3 } else { 1 }..];
    }
    out + rest
}

/// Windows reserves these; the full-width ones turn into them where a program converts to an old
/// code page.
fn replace_reserved(c: char) -> char {
    match c {
        '<' | '>' | ':' | '"' | '|' | '?' | '*' | '／' | '＼' | '∕' | '⁄' | '∖' => '_',
        c if c.is_whitespace() => ' ',
        other => other,
    }
}

/// Windows drops dots and spaces at the end; Unix hides names with a dot in front.
fn trim(name: &str) -> &str {
    name.trim_matches(|c: char| c == '.' || c.is_whitespace())
}

/// At most [`MAX_CHARACTERS`], cut before the extension, with nothing to trim at the cut.
fn shorten(name: &str) -> String {
    if name.chars().count() <= MAX_CHARACTERS {
        return name.to_owned();
    }
    let end = extension(name).map_or(0, |extension| extension.len() + 1);
    let (stem, end) = name.split_at(name.len() - end);
    let keep = MAX_CHARACTERS - end.len();
    let stem: String = stem.chars().take(keep).collect();
    format!("{}{end}", trim(&stem))
}

/// Names that open a device on Windows, with any extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = ["COM", "LPT"].iter().any(|port| {
        stem.strip_prefix(port).is_some_and(|number| {
            let mut digits = number.chars();
            matches!(digits.next(), Some('0'..='9' | '¹' | '²' | '³')) && digits.next().is_none()
        })
    });
    numbered || matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" | "CLOCK$")
}
