//! Which Office format a ZIP archive is, read from its directory; nothing is ever unpacked, so an
//! archive bomb stays a small file.

use crate::Format;

const END_OF_DIRECTORY: &[u8] = b"PK\x05\x06";
const DIRECTORY_ENTRY: &[u8] = b"PK\x01\x02";
/// The end record and the longest comment behind it.
const END_WINDOW: usize = 22 + 0xffff;
/// Documents have tens of entries; the directory is not read further than this.
const MAX_ENTRIES: usize = 10_000;

/// None for plain archives, and for documents with macros.
pub(super) fn format_of(bytes: &[u8]) -> Option<Format> {
    let mut has_types = false;
    let mut format = None;
    for name in entry_names(bytes)?.take(MAX_ENTRIES) {
        let found = match name {
            b"[Content_Types].xml" => {
                has_types = true;
                continue;
            }
            _ if name.starts_with(b"word/") => Format::Docx,
            _ if name.starts_with(b"xl/") => Format::Xlsx,
            _ if name.starts_with(b"ppt/") => Format::Pptx,
            _ => continue,
        };
        if name.ends_with(b"vbaProject.bin") || format.is_some_and(|earlier| earlier != found) {
            return None;
        }
        format = Some(found);
    }
    format.filter(|_| has_types)
}

/// The names in the central directory; it ends early where it is malformed.
fn entry_names(bytes: &[u8]) -> Option<impl Iterator<Item = &[u8]>> {
    let window = bytes.len().saturating_sub(END_WINDOW);
    let end = window + bytes[window..].windows(4).rposition(|four| four == END_OF_DIRECTORY)?;
    let start = usize::try_from(u32_at(bytes, end + 16)?).ok()?;
    let mut rest = bytes.get(start..end)?;
    Some(std::iter::from_fn(move || {
        if !rest.starts_with(DIRECTORY_ENTRY) {
            return None;
        }
        let [name, extra, comment] = [28, 30, 32].map(|at| u16_at(rest, at).map(usize::from));
        let (name, extra, comment) = (name?, extra?, comment?);
        let found = rest.get(46..46 + name)?;
        rest = rest.get(46 + name + extra + comment..)?;
        Some(found)
    }))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|two| u16::from_le_bytes(*two))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_le_bytes(*four))
}
