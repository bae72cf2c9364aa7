//! DOCX: paragraphs with their styles, and tables. Headings are recognised by the outline level of
//! their style, whatever language Word was written in.

mod document;
mod styles;
#[cfg(test)]
mod tests;

use crate::{Block, Error, Result};
use quick_xml::XmlVersion;
use std::io::{Cursor, Read as _};
use zip::{ZipArchive, result::ZipError};

/// Bytes of an unpacked part.
const UNPACKED: u64 = 60 * 1024 * 1024;
/// What a file of Word's older format, or one with a password, begins with.
const COMPOUND: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
/// The name of the stream that holds an encrypted document, as it stands in such a file.
const ENCRYPTED: &str = "EncryptedPackage";

pub fn read(bytes: &[u8]) -> Result<Vec<Block>> {
    if bytes.starts_with(&COMPOUND) {
        let name: Vec<u8> = ENCRYPTED.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let is_encrypted = bytes.windows(name.len()).any(|part| part == name);
        return Err(if is_encrypted { Error::Encrypted } else { Error::Unreadable });
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Error::Unreadable)?;
    let styles = match part(&mut archive, "word/styles.xml")? {
        Some(text) => styles::read(&text)?,
        None => styles::Styles::default(),
    };
    let text = part(&mut archive, "word/document.xml")?.ok_or(Error::Unreadable)?;
    document::read(&text, &styles)
}

/// A part of the archive; none when there is no such part.
fn part(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str) -> Result<Option<String>> {
    let part = match archive.by_name(name) {
        Ok(part) => part,
        Err(ZipError::FileNotFound) => return Ok(None),
        Err(_) => return Err(Error::Unreadable),
    };
    let mut bytes = Vec::new();
    part.take(UNPACKED + 1).read_to_end(&mut bytes).map_err(|_| Error::Unreadable)?;
    if bytes.len() as u64 > UNPACKED {
        return Err(Error::TooLarge);
    }
    // Word writes UTF-8, others sometimes UTF-16.
    let encoding =
        encoding_rs::Encoding::for_bom(&bytes).map_or(encoding_rs::UTF_8, |(encoding, _)| encoding);
    let (text, _, broken) = encoding.decode(&bytes);
    if broken { Err(Error::Unreadable) } else { Ok(Some(text.into_owned())) }
}

/// An attribute by its name without prefix. (The check for repeated ones would compare each with each.)
fn attribute(tag: &quick_xml::events::BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = tag.attributes();
    let attributes = attributes.with_checks(false);
    let found = attributes
        .filter_map(std::result::Result::ok)
        .find(|one| one.key.local_name().into_inner() == name)?;
    found.normalized_value(XmlVersion::Implicit1_0).ok().map(std::borrow::Cow::into_owned)
}
