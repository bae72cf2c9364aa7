//! The table of a font that says which letters its codes mean (`ToUnicode`). Programs write it a
//! little differently each, so it is read word by word and what is unknown passed over.

use std::collections::HashMap;

/// Codes that one table may name.
const CODES: usize = 100_000;

#[derive(Debug, Default)]
pub struct Table {
    /// By length in bytes and value.
    letters: HashMap<(usize, u32), String>,
    /// Lengths of codes, the likeliest first.
    lengths: Vec<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    Code(Vec<u8>),
    Open,
    Close,
    Name(String),
}

impl Table {
    /// None when it names nothing.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut table = Self::default();
        let mut words = Words(bytes);
        while let Some(word) = words.next() {
            match word {
                Word::Name(name) if name == "begincodespacerange" => table.lengths(&mut words),
                Word::Name(name) if name == "beginbfchar" => table.letters(&mut words),
                Word::Name(name) if name == "beginbfrange" => table.ranges(&mut words),
                _ => {}
            }
        }
        if table.lengths.is_empty() {
            let mut lengths: Vec<usize> = table.letters.keys().map(|(length, _)| *length).collect();
            lengths.sort_unstable();
            lengths.dedup();
            table.lengths = lengths;
        }
        (!table.letters.is_empty()).then_some(table)
    }

    pub fn write(&self, mut bytes: &[u8], out: &mut String) {
        while !bytes.is_empty() {
            let known = self.lengths.iter().find_map(|length| {
                let letters = self.letters.get(&(*length, value(bytes.get(..*length)?)))?;
                Some((*length, letters))
            });
            let length = known.map(|(length, _)| length).or(self.lengths.first().copied()).unwrap_or(1);
            out.push_str(known.map_or("", |(_, letters)| letters));
            bytes = bytes.get(length.max(1)..).unwrap_or_default();
        }
    }

    fn lengths(&mut self, words: &mut Words<'_>) {
        while let Some(Word::Code(low)) = words.next() {
            if !self.lengths.contains(&low.len()) && (1..=4).contains(&low.len()) {
                self.lengths.push(low.len());
            }
        }
    }

    fn letters(&mut self, words: &mut Words<'_>) {
        while let (Some(Word::Code(code)), Some(Word::Code(letters))) = (words.next(), words.next()) {
            self.put(code.len(), value(&code), text(&letters));
        }
    }

    fn ranges(&mut self, words: &mut Words<'_>) {
        while let (Some(Word::Code(low)), Some(Word::Code(high))) = (words.next(), words.next()) {
            let (length, first, last) = (low.len(), value(&low), value(&high));
            match words.next() {
                Some(Word::Code(mut letters)) => {
                    for code in (first..=last).take(CODES) {
                        if self.is_full() {
                            return;
                        }
                        self.put(length, code, text(&letters));
                        // Only the last byte counts on, with what it carries.
                        for byte in letters.iter_mut().rev() {
                            *byte = byte.wrapping_add(1);
                            if *byte != 0 {
                                break;
                            }
                        }
                    }
                }
                Some(Word::Open) => {
                    let mut code = first;
                    while let Some(Word::Code(letters)) = words.next() {
                        self.put(length, code, text(&letters));
                        code = code.saturating_add(1);
                    }
                }
                _ => return,
            }
        }
    }

    fn is_full(&self) -> bool {
        self.letters.len() >= CODES
    }

    fn put(&mut self, length: usize, code: u32, letters: String) {
        if !self.is_full() && (1..=4).contains(&length) {
            self.letters.insert((length, code), letters);
        }
    }
}

fn value(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |value, byte| value << 8 | u32::from(*byte))
}

fn text(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    let letters = char::decode_utf16(units).filter_map(Result::ok);
    letters.filter(|c| *c != '\0').collect()
}

struct Words<'a>(&'a [u8]);

impl Iterator for Words<'_> {
    type Item = Word;

    fn next(&mut self) -> Option<Word> {
        self.0 = self.0.trim_ascii_start();
        let (first, rest) = self.0.split_first()?;
        let until = |bytes: &[u8], ends: fn(u8) -> bool| {
            bytes.iter().position(|byte| ends(*byte)).unwrap_or(bytes.len())
        };
        match first {
            b'[' | b']' => {
                self.0 = rest;
                Some(if *first == b'[' { Word::Open } else { Word::Close })
            }
            b'<' if !rest.starts_with(b"<") => {
                let end = until(rest, |byte| byte == b'>');
                let digits = rest[..end].iter().filter_map(|byte| char::from(*byte).to_digit(16));
                let digits: Vec<u8> = digits.map(|digit| digit as u8).collect();
                self.0 = rest.get(end + 1..).unwrap_or_default();
                Some(Word::Code(
                    digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).unwrap_or(&0)).collect(),
                ))
            }
            b'%' => {
                let end = until(rest, |byte| matches!(byte, b'\r' | b'\n'));
                self.0 = &rest[end..];
                Some(Word::Name(String::new()))
            }
            _ => {
                let end = until(rest, |byte| {
                    byte.is_ascii_whitespace() || matches!(byte, b'<' | b'[' | b']' | b'%')
                });
                let (name, rest) = self.0.split_at(end + 1);
                self.0 = rest;
                Some(Word::Name(String::from_utf8_lossy(name).into_owned()))
            }
        }
    }
}
