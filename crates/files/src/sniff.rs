//! What a file is: its extension, its declared type and its first bytes must agree on one of the
//! formats we take.
//!
//! Invariant: programs and anything a browser would run are refused by content, whatever their
//! name; an unknown extension or content is refused, never guessed.

mod office;
#[cfg(test)]
mod tests;

use crate::{Error, Format, name};
use infer::MatcherType;
use model::MediaKind;

/// How far into a text we look for the start of a page.
const MARKUP_WINDOW: usize = 4 * 1024;

/// Types that say nothing: the client did not know.
const UNDECLARED: [&str; 5] = [
    "",
    "application/octet-stream",
    "binary/octet-stream",
    "application/x-download",
    "application/force-download",
];

/// What the bytes themselves say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Image(Format),
    Pdf,
    Office(Format),
    Zip,
    Mp3,
    Wav,
    Ogg,
    /// ISO base media: MP4 and its kin.
    Mpeg4,
    Webm,
    Text,
    Unknown,
}

/// The format of an upload, judged from its safe name, what the client declared, and its bytes.
///
/// Images need only agree that they are images: their content decides which, since phones and
/// messengers mix the names up, and we write them anew in any case.
pub fn format_of(safe_name: &str, declared: &str, bytes: &[u8]) -> Result<Format, Error> {
    if is_active(bytes) {
        return Err(Error::TypeNotAllowed);
    }
    let extension = name::extension(safe_name);
    let declared = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let declared = (!UNDECLARED.contains(&declared.as_str())).then_some(declared);
    let known = |test: &dyn Fn(Format) -> bool| Format::ALL.into_iter().any(test);
    if extension.as_deref().is_some_and(|given| !known(&|format| format.has_extension(given)))
        || declared.as_deref().is_some_and(|given| !known(&|format| format.is_declared_as(given)))
    {
        return Err(Error::TypeNotAllowed);
    }
    let content = content_of(bytes);
    Format::ALL
        .into_iter()
        .find(|format| {
            is_content_of(*format, content)
                && extension.as_deref().is_none_or(|given| agrees(*format, |f| f.has_extension(given)))
                && declared.as_deref().is_none_or(|given| agrees(*format, |f| f.is_declared_as(given)))
        })
        .ok_or(Error::TypeMismatch)
}

fn agrees(format: Format, test: impl Fn(Format) -> bool) -> bool {
    if format.kind() == MediaKind::Image {
        Format::ALL.into_iter().any(|other| other.kind() == MediaKind::Image && test(other))
    } else {
        test(format)
    }
}

fn is_content_of(format: Format, content: Content) -> bool {
    match format {
        Format::Png | Format::Jpeg | Format::Webp | Format::Gif => content == Content::Image(format),
        Format::Pdf => content == Content::Pdf,
        Format::Docx | Format::Xlsx | Format::Pptx => content == Content::Office(format),
        Format::Zip => matches!(content, Content::Zip | Content::Office(_)),
        Format::Text | Format::Csv | Format::Markdown => content == Content::Text,
        Format::Mp3 => content == Content::Mp3,
        Format::Wav => content == Content::Wav,
        Format::Ogg => content == Content::Ogg,
        Format::Mp4 | Format::M4a => content == Content::Mpeg4,
        Format::Webm | Format::WebmAudio => content == Content::Webm,
    }
}

fn content_of(bytes: &[u8]) -> Content {
    if bytes.starts_with(b"%PDF-") {
        return Content::Pdf;
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return office::format_of(bytes).map_or(Content::Zip, Content::Office);
    }
    if is_mpeg4(bytes) {
        return Content::Mpeg4;
    }
    match infer::get(bytes).map(|found| found.mime_type()) {
        Some("image/png") => Content::Image(Format::Png),
        Some("image/jpeg") => Content::Image(Format::Jpeg),
        Some("image/webp") => Content::Image(Format::Webp),
        Some("image/gif") => Content::Image(Format::Gif),
        Some("audio/mpeg") => Content::Mp3,
        Some("audio/x-wav") => Content::Wav,
        Some("audio/ogg" | "audio/opus" | "video/ogg") => Content::Ogg,
        Some("video/webm") => Content::Webm,
        // Other magics are two or three letters, which a text may well begin with.
        _ if is_text(bytes) => Content::Text,
        _ => Content::Unknown,
    }
}

/// An `ftyp` box first, and not one of the still-image or `QuickTime` brands.
fn is_mpeg4(bytes: &[u8]) -> bool {
    let (Some(size), Some(b"ftyp"), Some(brand)) =
        (bytes.first_chunk::<4>(), bytes.get(4..8), bytes.get(8..12))
    else {
        return false;
    };
    let size = u32::from_be_bytes(*size) as usize;
    (16..=4_096).contains(&size)
        && size <= bytes.len()
        && brand.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ')
        && !matches!(brand, b"qt  " | b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx")
        && !matches!(brand, b"mif1" | b"msf1" | b"avif" | b"avis" | b"crx " | b"jp2 ")
}

/// UTF-8, UTF-16 with its mark, or an older encoding such as GB 18030; without control characters.
fn is_text(bytes: &[u8]) -> bool {
    let unit: Option<fn([u8; 2]) -> u16> = match bytes {
        [0xff, 0xfe, ..] => Some(u16::from_le_bytes),
        [0xfe, 0xff, ..] => Some(u16::from_be_bytes),
        _ => None,
    };
    if let Some(unit) = unit {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let mut characters = char::decode_utf16(pairs.iter().map(|pair| unit(*pair)));
        return rest.is_empty() && characters.all(|c| c.is_ok_and(|c| !is_control(u32::from(c))));
    }
    !bytes.iter().any(|byte| is_control(u32::from(*byte)))
}

fn is_control(code: u32) -> bool {
    matches!(code, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f)
}

/// Programs of any system, and text that starts like a page, a vector image or a script.
fn is_active(bytes: &[u8]) -> bool {
    let flash = [b"CWS", b"FWS", b"ZWS"].iter().any(|magic| bytes.starts_with(*magic));
    let program = infer::get(bytes).is_some_and(|found| found.matcher_type() == MatcherType::App);
    // Two letters are enough of a magic for some programs, and a text may begin with them.
    ((flash || program) && !is_text(bytes)) || is_markup(bytes)
}

/// The starts that browsers sniff, also behind marks, blanks and comments, and in UTF-16.
fn is_markup(bytes: &[u8]) -> bool {
    let window = &bytes[..bytes.len().min(MARKUP_WINDOW)];
    let text: Vec<u8> =
        window.iter().filter(|byte| byte.is_ascii() && **byte != 0).map(u8::to_ascii_lowercase).collect();
    let mut rest = text.trim_ascii_start();
    while let Some(comment) = rest.strip_prefix(b"<!--") {
        match comment.windows(3).position(|end| end == b"-->") {
            Some(end) => rest = comment[end + 3..].trim_ascii_start(),
            None => return false,
        }
    }
    let starts: [&[u8]; 18] = [
        b"<!doctype",
        b"<!entity",
        b"<html",
        b"<head",
        b"<body",
        b"<script",
        b"<style",
        b"<iframe",
        b"<frameset",
        b"<object",
        b"<embed",
        b"<meta",
        b"<svg",
        b"<math",
        b"<?xml",
        b"<?php",
        b"mime-version:",
        b"#!",
    ];
    starts.iter().any(|start| rest.starts_with(start))
}
