//! The lines of a page: its drawing operations are followed, and letters gathered that stand at
//! the same height.

use super::{CONTENT, Line, STREAM, failed, table::Table};
use crate::{Error, Result, TEXT};
use lopdf::{Dictionary, Document, Encoding, Object, ObjectId, content::Content};
use std::collections::{BTreeMap, HashMap};

/// Fonts that are read, and bytes of the table of one.
const FONTS: usize = 300;
const TABLE: usize = 4 * 1024 * 1024;
/// Saved states of the drawing.
const SAVED: usize = 256;
/// A gap in a row of letters that is a space, in thousandths of the size.
const GAP: f32 = 180.0;

type Matrix = [f32; 6];
const UNIT: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

fn product(a: Matrix, b: Matrix) -> Matrix {
    [
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    ]
}

struct Font<'a> {
    letters: Letters<'a>,
    is_bold: bool,
}

/// What the codes of a font mean.
enum Letters<'a> {
    Table(Table),
    Encoding(Encoding<'a>),
}

/// What stays the same over all pages, and what was found so far.
pub struct Reading<'a> {
    document: &'a Document,
    /// By where its dictionary lies in memory: pages share fonts.
    fonts: HashMap<*const Dictionary, Option<Font<'a>>>,
    lines: Vec<Line>,
    content_left: usize,
    text_left: usize,
}

/// Where the pen is.
struct Pen {
    page: Matrix,
    saved: Vec<Matrix>,
    text: Matrix,
    line: Matrix,
    leading: f32,
    size: f32,
    font: Option<*const Dictionary>,
}

impl<'a> Reading<'a> {
    pub fn new(document: &'a Document) -> Self {
        Self { document, fonts: HashMap::new(), lines: Vec::new(), content_left: CONTENT, text_left: TEXT }
    }

    pub fn lines(self) -> Vec<Line> {
        self.lines
    }

    pub fn page(&mut self, number: usize, id: ObjectId) -> Result<()> {
        let fonts = self.document.get_page_fonts(id).unwrap_or_default();
        let limit = self.content_left.min(STREAM);
        let content = self.document.get_page_content_with_limit(id, limit).map_err(failed)?;
        self.content_left = self.content_left.checked_sub(content.len()).ok_or(Error::TooLarge)?;
        let mut pen = Pen {
            page: UNIT,
            saved: Vec::new(),
            text: UNIT,
            line: UNIT,
            leading: 0.0,
            size: 0.0,
            font: None,
        };
        let mut row = Row::default();
        // What stands before damage in a page is taken.
        for operation in Content::decode_iter(&content).map_while(std::result::Result::ok) {
            let numbers = || operation.operands.iter().filter_map(number_of).collect::<Vec<f32>>();
            match operation.operator.as_str() {
                "q" if pen.saved.len() < SAVED => pen.saved.push(pen.page),
                "Q" => pen.page = pen.saved.pop().unwrap_or(pen.page),
                "cm" => {
                    if let Ok(matrix) = Matrix::try_from(numbers()) {
                        pen.page = product(matrix, pen.page);
                    }
                }
                "BT" => (pen.text, pen.line) = (UNIT, UNIT),
                "Tf" => self.choose(&fonts, &operation.operands, &mut pen)?,
                "TL" => pen.leading = numbers().first().copied().unwrap_or_default(),
                "Tm" => {
                    if let Ok(matrix) = Matrix::try_from(numbers()) {
                        (pen.text, pen.line) = (matrix, matrix);
                    }
                }
                "Td" | "TD" => {
                    if let [x, y] = numbers()[..] {
                        if operation.operator == "TD" {
                            pen.leading = -y;
                        }
                        pen.next(x, y);
                    }
                }
                "T*" => pen.next(0.0, -pen.leading),
                "Tj" | "TJ" => self.show(number, &operation.operands, &mut pen, &mut row)?,
                "'" | "\"" => {
                    pen.next(0.0, -pen.leading);
                    let text = operation.operands.last().cloned().into_iter().collect::<Vec<_>>();
                    self.show(number, &text, &mut pen, &mut row)?;
                }
                _ => {}
            }
        }
        self.finish(&mut row);
        Ok(())
    }

    fn choose(
        &mut self,
        fonts: &BTreeMap<Vec<u8>, &'a Dictionary>,
        operands: &[Object],
        pen: &mut Pen,
    ) -> Result<()> {
        let [name, size] = operands else { return Ok(()) };
        pen.size = number_of(size).unwrap_or_default();
        pen.font = None;
        let Some(font) = name.as_name().ok().and_then(|name| fonts.get(name).copied()) else { return Ok(()) };
        let key = std::ptr::from_ref(font);
        pen.font = Some(key);
        if self.fonts.contains_key(&key) {
            return Ok(());
        }
        if self.fonts.len() == FONTS {
            return Err(Error::TooLarge);
        }
        let letters = self.letters(font)?;
        let name = font.get(b"BaseFont").and_then(Object::as_name).unwrap_or_default();
        let name = String::from_utf8_lossy(name).to_lowercase();
        let is_bold = ["bold", "black", "heavy", "simhei"].iter().any(|word| name.contains(word));
        self.fonts.insert(key, letters.map(|letters| Font { letters, is_bold }));
        Ok(())
    }

    /// Its own table says it best.
    fn letters(&self, font: &'a Dictionary) -> Result<Option<Letters<'a>>> {
        if let Ok(table) = font.get_deref(b"ToUnicode", self.document).and_then(Object::as_stream) {
            let bytes = match table.get_plain_content_with_limit(TABLE) {
                Ok(bytes) => bytes,
                Err(error) => match failed(error) {
                    Error::TooLarge => return Err(Error::TooLarge),
                    _ => Vec::new(),
                },
            };
            if let Some(table) = Table::read(&bytes) {
                return Ok(Some(Letters::Table(table)));
            }
        }
        // Codes of several bytes without a table would come out as nonsense.
        let is_wide = font.get(b"Subtype").and_then(Object::as_name).is_ok_and(|name| name == b"Type0");
        let encoding = font.get_font_encoding_with_limit(self.document, TABLE).map_err(failed)?;
        let is_known = !(is_wide && matches!(encoding, Encoding::OneByteEncoding(_)));
        Ok(is_known.then_some(Letters::Encoding(encoding)))
    }

    fn show(&mut self, number: usize, operands: &[Object], pen: &mut Pen, row: &mut Row) -> Result<()> {
        let Some(Some(font)) = pen.font.and_then(|key| self.fonts.get(&key)) else { return Ok(()) };
        let mut text = String::new();
        let mut shift = 0.0;
        let pieces = operands.iter().flat_map(|operand| match operand {
            Object::Array(pieces) => &pieces[..],
            other => std::slice::from_ref(other),
        });
        for piece in pieces {
            match piece {
                Object::String(bytes, _) => decode(&font.letters, bytes, &mut text),
                other => {
                    let moved = number_of(other).unwrap_or_default();
                    shift -= moved;
                    if -moved > GAP && !text.is_empty() && !text.ends_with(' ') {
                        text.push(' ');
                    }
                }
            }
        }
        let at = product(pen.text, pen.page);
        let size = pen.size.abs() * (at[2] * at[2] + at[3] * at[3]).sqrt();
        let is_bold = font.is_bold;
        self.text_left = self.text_left.checked_sub(text.len()).ok_or(Error::TooLarge)?;
        // How wide it is, roughly: enough to tell a gap from none.
        let width = text.chars().map(|c| if c.is_ascii() { 0.5 } else { 1.0 }).sum::<f32>() + shift / 1_000.0;
        pen.text = product([1.0, 0.0, 0.0, 1.0, width * pen.size, 0.0], pen.text);
        if !size.is_finite() || !at[5].is_finite() || text.trim().is_empty() {
            if row.page == number {
                row.is_spaced |= !text.is_empty();
            }
            return Ok(());
        }
        if row.page != number || (row.y - at[5]).abs() > size.max(row.size) * 0.4 {
            self.finish(row);
            *row = Row { page: number, y: at[5], size, end: at[4], ..Row::default() };
        }
        let is_apart = row.is_spaced || at[4] - row.end > size * 0.6;
        if is_apart && !row.text.is_empty() && !row.text.ends_with(' ') {
            row.text.push(' ');
        }
        let letters = text.chars().count();
        row.bold += if is_bold { letters } else { 0 };
        row.letters += letters;
        row.size = row.size.max(size);
        row.end = at[4] + width * size;
        row.is_spaced = false;
        row.text.push_str(&text);
        Ok(())
    }

    fn finish(&mut self, row: &mut Row) {
        let row = std::mem::take(row);
        let text = crate::collapsed(&row.text.chars().filter(|c| !c.is_control()).collect::<String>());
        if !text.is_empty() {
            let is_bold = row.bold * 10 >= row.letters * 9;
            self.lines.push(Line { page: row.page, y: row.y, size: row.size, is_bold, text });
        }
    }
}

impl Pen {
    fn next(&mut self, x: f32, y: f32) {
        self.line = product([1.0, 0.0, 0.0, 1.0, x, y], self.line);
        self.text = self.line;
    }
}

/// The letters of one line while they are gathered.
#[derive(Default)]
struct Row {
    page: usize,
    y: f32,
    size: f32,
    /// Where the last letters end, roughly.
    end: f32,
    /// White space was drawn since.
    is_spaced: bool,
    letters: usize,
    bold: usize,
    text: String,
}

fn number_of(object: &Object) -> Option<f32> {
    object.as_float().ok()
}

/// Letters of the font's own table, or of one of the tables that Chinese readers bring along.
fn decode(letters: &Letters<'_>, bytes: &[u8], out: &mut String) {
    let encoding = match letters {
        Letters::Table(table) => return table.write(bytes, out),
        Letters::Encoding(encoding) => encoding,
    };
    let known = match encoding {
        Encoding::SimpleEncoding(name) if name.starts_with(b"GB") => Some(encoding_rs::GB18030),
        Encoding::SimpleEncoding(name) if name.starts_with(b"ETen-B5") => Some(encoding_rs::BIG5),
        Encoding::SimpleEncoding(name) if name.starts_with(b"Uni") => Some(encoding_rs::UTF_16BE),
        _ => None,
    };
    match known {
        Some(known) => out.push_str(&known.decode_without_bom_handling(bytes).0),
        // What a font cannot name stays out.
        None => drop(encoding.write_to_string(bytes, out)),
    }
}
