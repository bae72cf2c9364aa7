//! CSV and XLSX. A workbook is an archive: how much it holds is measured by unpacking it with
//! a limit before anything reads it, and cells are read one by one, never as a rectangle.

use super::{MAX_ROWS, Row, table::Columns};
use crate::{Error, Result};
use calamine::{Data, DataRef, DataType as _, Reader as _, Xlsx};
use std::io::{self, Cursor, Read as _};

/// Bytes of an unpacked workbook.
const UNPACKED: u64 = 100 * 1024 * 1024;
/// Parts of a workbook.
const PARTS: usize = 2_000;
const COLUMNS: usize = 200;
/// Bytes of a cell that are kept: more than any field takes.
const CELL: usize = 64 * 1024;

pub fn csv(text: &str, zone: i32) -> Result<Vec<Row>> {
    let first = text.lines().next().unwrap_or_default();
    let count = |byte| first.bytes().filter(|one| *one == byte).count();
    let delimiter =
        [b',', b';', b'\t'].into_iter().max_by_key(|byte| (count(*byte), *byte == b',')).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let header = records.next().and_then(std::result::Result::ok).ok_or(Error::ImportUnreadable)?;
    let columns = Columns::of(header.iter().take(COLUMNS))?;
    let mut rows = Vec::new();
    for record in records {
        let record = record.map_err(|_| Error::ImportUnreadable)?;
        let line = record.position().map_or(0, |position| {
            // The reader counts empty lines before a record as part of it.
            let rest = text.get(position.byte() as usize..).unwrap_or_default();
            let empty = rest.chars().take_while(|c| matches!(c, '\r' | '\n')).filter(|c| *c == '\n').count();
            position.line() as usize + empty
        });
        push(&mut rows, columns.row(line, record.iter(), zone))?;
    }
    Ok(rows)
}

fn push(rows: &mut Vec<Row>, row: Option<Row>) -> Result<()> {
    let Some(row) = row else { return Ok(()) };
    if rows.len() == MAX_ROWS {
        return Err(Error::ImportTooLarge);
    }
    rows.push(row);
    Ok(())
}

/// The first sheet.
pub fn xlsx(bytes: &[u8], zone: i32) -> Result<Vec<Row>> {
    measure(bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| Error::ImportUnreadable)?;
    let sheet = book.sheet_names().first().cloned().ok_or(Error::ImportUnreadable)?;
    let mut cells = book.worksheet_cells_reader(&sheet).map_err(|_| Error::ImportUnreadable)?;
    let mut rows = Vec::new();
    let mut columns: Option<Columns> = None;
    let mut current: (u32, Vec<String>) = (0, Vec::new());
    loop {
        let cell = cells.next_cell().map_err(|_| Error::ImportUnreadable)?;
        let position = cell.as_ref().map(calamine::Cell::get_position);
        if position.is_none_or(|(row, _)| row != current.0) {
            finish(&mut columns, &mut rows, &current, zone)?;
            current = (position.map_or(0, |(row, _)| row), Vec::new());
        }
        let (Some(cell), Some((_, column))) = (cell, position) else { break };
        let column = column as usize;
        if column < COLUMNS {
            if current.1.len() <= column {
                current.1.resize(column + 1, String::new());
            }
            current.1[column] = written(cell.get_value());
        }
    }
    if columns.is_some() { Ok(rows) } else { Err(Error::ImportUnreadable) }
}

/// The first row with anything in it names the columns.
fn finish(
    columns: &mut Option<Columns>,
    rows: &mut Vec<Row>,
    (index, cells): &(u32, Vec<String>),
    zone: i32,
) -> Result<()> {
    if cells.iter().all(|cell| cell.trim().is_empty()) {
        return Ok(());
    }
    let texts = cells.iter().map(String::as_str);
    match columns {
        None => *columns = Some(Columns::of(texts)?),
        Some(columns) => push(rows, columns.row(*index as usize + 1, texts, zone))?,
    }
    Ok(())
}

fn written(value: &DataRef<'_>) -> String {
    let text = match value {
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::String(text) => text.clone(),
        // As `table` reads it again, in the zone of whoever imports.
        DataRef::DateTime(at) => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
        }
        other => Data::from(other.clone()).as_string().unwrap_or_default(),
    };
    if text.len() <= CELL { text } else { text[..text.floor_char_boundary(CELL)].to_owned() }
}

/// Refuses what would unpack to too much, whatever the archive says of itself.
fn measure(bytes: &[u8]) -> Result<()> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| Error::ImportUnreadable)?;
    if archive.len() > PARTS {
        return Err(Error::ImportTooLarge);
    }
    let mut left = UNPACKED;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|_| Error::ImportUnreadable)?;
        let copied =
            io::copy(&mut part.take(left + 1), &mut io::sink()).map_err(|_| Error::ImportUnreadable)?;
        left = left.checked_sub(copied).ok_or(Error::ImportTooLarge)?;
    }
    Ok(())
}
