//! Headings with text below them: a heading with text is a question with its answer, one with only
//! headings below it a category. In documents, `问：` and `答：` mark questions too, and a table
//! whose first row names its columns is read like a sheet.

use super::{MAX_ROWS, Row, table::Columns};
use crate::{Error, Result};
use documents::{Block, Content, DEEPEST};

/// A heading and what stands below it, until the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Line, paragraph or page.
    pub place: usize,
    /// 0 is text before the first heading.
    pub level: usize,
    pub title: String,
    pub body: String,
    /// The rows of tables of questions in it.
    pub rows: Vec<Row>,
}

pub fn rows(sections: Vec<Section>) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut above: Vec<(usize, String)> = Vec::new();
    let mut sections = sections.into_iter().peekable();
    while let Some(section) = sections.next() {
        above.retain(|(level, _)| *level < section.level);
        let is_above = sections.peek().is_some_and(|next| next.level > section.level);
        let is_lead = section.level == 0;
        if section.body.is_empty() && !is_lead && (is_above || !section.rows.is_empty()) {
            above.push((section.level, section.title));
        } else if !(is_lead && section.body.is_empty()) {
            push(
                &mut rows,
                Row {
                    line: section.place,
                    category: category(&above),
                    question: section.title,
                    answer: Some(section.body),
                    ..Row::default()
                },
            )?;
        }
        for row in section.rows {
            let category = row.category.clone().or_else(|| category(&above));
            push(&mut rows, Row { category, ..row })?;
        }
    }
    Ok(rows)
}

fn push(rows: &mut Vec<Row>, row: Row) -> Result<()> {
    if rows.len() == MAX_ROWS {
        return Err(Error::ImportTooLarge);
    }
    rows.push(row);
    Ok(())
}

fn category(above: &[(usize, String)]) -> Option<String> {
    let titles = above.iter().map(|(_, title)| title.replace('/', "／"));
    let path = titles.collect::<Vec<_>>().join("/");
    (!path.is_empty()).then_some(path)
}

/// A document as it stands: no marks of questions, and tables as text.
pub fn plain(blocks: Vec<Block>) -> Vec<Section> {
    let mut sections = vec![Section { place: 1, ..Section::default() }];
    for Block { place, content } in blocks {
        match content {
            Content::Heading { level, text } => {
                sections.push(Section { place, level, title: text, ..Section::default() });
            }
            Content::Paragraph(text) => append(last(&mut sections), place, &text),
            Content::Row(cells) => append(last(&mut sections), place, &cells.join(" | ")),
        }
    }
    sections
}

/// The rows of a document.
pub fn of_document(blocks: Vec<Block>, zone: i32) -> Result<Vec<Row>> {
    let mut sections = vec![Section { place: 1, ..Section::default() }];
    let mut table: Option<Table> = None;
    for Block { place, content } in blocks {
        if let Content::Row(cells) = &content {
            let last = last(&mut sections);
            match &table {
                Some(Table::Questions(columns)) => {
                    last.rows.extend(columns.row(place, cells.iter().map(String::as_str), zone));
                }
                Some(Table::Text) => append(last, place, &cells.join(" | ")),
                None => {
                    let columns = Columns::of(cells.iter().map(String::as_str)).ok();
                    if columns.is_none() {
                        append(last, place, &cells.join(" | "));
                    }
                    table = Some(columns.map_or(Table::Text, Table::Questions));
                }
            }
            continue;
        }
        table = None;
        match content {
            Content::Heading { level, text } => {
                sections.push(Section { place, level, title: text, ..Section::default() });
            }
            Content::Paragraph(text) => paragraph(&mut sections, place, &text),
            Content::Row(_) => {}
        }
    }
    rows(sections)
}

enum Table {
    Questions(Columns),
    Text,
}

fn last(sections: &mut [Section]) -> &mut Section {
    let end = sections.len() - 1;
    &mut sections[end]
}

fn paragraph(sections: &mut Vec<Section>, place: usize, text: &str) {
    let mut rest = String::new();
    for line in text.lines() {
        if let Some(question) = after_mark(line, &["问题", "问", "question", "q"]) {
            append(last(sections), place, &std::mem::take(&mut rest));
            let title = question.to_owned();
            sections.push(Section { place, level: DEEPEST + 1, title, ..Section::default() });
        } else {
            let line = after_mark(line, &["回答", "答案", "答", "answer", "a"]).unwrap_or(line);
            if !rest.is_empty() {
                rest.push('\n');
            }
            rest.push_str(line);
        }
    }
    append(last(sections), place, &rest);
}

fn append(section: &mut Section, place: usize, text: &str) {
    if text.is_empty() {
        return;
    }
    if section.body.is_empty() {
        if section.level == 0 {
            section.place = place;
        }
    } else {
        let is_list = text.starts_with("- ") && last_line(&section.body).starts_with("- ");
        section.body.push_str(if is_list { "\n" } else { "\n\n" });
    }
    section.body.push_str(text);
}

fn last_line(text: &str) -> &str {
    text.rsplit('\n').next().unwrap_or_default()
}

/// What stands behind `Q:`, `问1：`, `A. ` and the like.
fn after_mark<'a>(line: &'a str, marks: &[&str]) -> Option<&'a str> {
    let line = line.trim_start();
    let mark = marks
        .iter()
        .find(|mark| line.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark)))?;
    let rest = line[mark.len()..].trim_start_matches(|c: char| c.is_ascii_digit());
    let is_numbered = rest.len() < line.len() - mark.len();
    let rest = rest.strip_prefix([':', '：']).or_else(|| {
        // A number may be followed by a dot; a letter alone begins a list of answers.
        rest.strip_prefix(['.', '、', '．']).filter(|_| is_numbered)
    })?;
    let rest = rest.trim();
    (!rest.is_empty()).then_some(rest)
}
