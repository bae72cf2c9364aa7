//! Rows of a table by the names of its columns, in Chinese or English.

use super::{Bound, Problem, Row};
use crate::{Error, Result};
use jiff::{Timestamp, civil, tz::Offset};
use model::{Audience, Millis};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Id,
    Category,
    Question,
    Phrasings,
    Answer,
    Sections,
    Audience,
    Tags,
    ValidFrom,
    ValidUntil,
    /// Not ours; ignored.
    Other,
}

/// What each column of the file is.
pub struct Columns(Vec<Column>);

impl Columns {
    /// From the first row; there must be questions and answers.
    pub fn of<'a>(header: impl Iterator<Item = &'a str>) -> Result<Self> {
        let columns: Vec<Column> = header.map(column).collect();
        if columns.contains(&Column::Question) && columns.contains(&Column::Answer) {
            Ok(Self(columns))
        } else {
            Err(Error::ImportUnreadable)
        }
    }

    /// None when nothing stands in the row.
    pub fn row<'a>(&self, line: usize, cells: impl Iterator<Item = &'a str>, zone: i32) -> Option<Row> {
        let mut row = Row { line, ..Row::default() };
        // A file that has the column speaks of it in every row.
        for column in &self.0 {
            match column {
                Column::Category => row.category = Some(String::new()),
                Column::Answer => row.answer = Some(String::new()),
                Column::Phrasings => row.phrasings = Some(Vec::new()),
                Column::Tags => row.tags = Some(Vec::new()),
                Column::ValidFrom => row.valid_from = Some(Bound::Open),
                Column::ValidUntil => row.valid_until = Some(Bound::Open),
                _ => {}
            }
        }
        let mut is_blank = true;
        for (column, cell) in self.0.iter().zip(cells) {
            let cell = unescape(cell.trim());
            is_blank &= cell.is_empty();
            row.put(*column, cell, zone);
        }
        (!is_blank).then_some(row)
    }
}

impl Row {
    fn put(&mut self, column: Column, cell: &str, zone: i32) {
        match column {
            Column::Id => self.id = cell.parse().ok(),
            Column::Category => self.category = Some(cell.to_owned()),
            Column::Question => cell.clone_into(&mut self.question),
            Column::Answer => self.answer = Some(cell.to_owned()),
            // Several columns of phrasings add up.
            Column::Phrasings => {
                self.phrasings.get_or_insert_default().extend(list(cell, &['\n', '|', '｜']));
            }
            // Only an export writes this.
            Column::Sections if cell.is_empty() => self.sections = Some(Vec::new()),
            Column::Sections => match serde_json::from_str(cell) {
                Ok(sections) => self.sections = Some(sections),
                Err(_) => self.problem = Some(Problem::SectionsInvalid),
            },
            Column::Audience => match audience(cell) {
                Some(audience) => self.audience = Some(audience),
                None => self.problem = Some(Problem::AudienceInvalid),
            },
            Column::Tags => self.tags = Some(list(cell, &['\n', ',', '，', '、', ';', '；']).collect()),
            Column::ValidFrom => self.valid_from = Some(self.date(cell, zone)),
            Column::ValidUntil => self.valid_until = Some(self.date(cell, zone)),
            Column::Other => {}
        }
    }

    fn date(&mut self, cell: &str, zone: i32) -> Bound {
        if cell.is_empty() {
            return Bound::Open;
        }
        moment(cell, zone).map_or_else(
            || {
                self.problem = Some(Problem::ValidityInvalid);
                Bound::Open
            },
            Bound::At,
        )
    }
}

fn list(cell: &str, separators: &'static [char]) -> impl Iterator<Item = String> {
    cell.split(separators).map(|part| part.trim().to_owned()).filter(|part| !part.is_empty())
}

fn column(name: &str) -> Column {
    let name: String = name.to_lowercase().chars().filter(|c| c.is_alphabetic()).collect();
    match name.as_str() {
        "id" | "编号" => Column::Id,
        "category" | "categories" | "分类" | "类目" | "目录" => Column::Category,
        "question" | "title" | "问题" | "标准问" | "标准问题" | "标题" => Column::Question,
        "answer" | "reply" | "content" | "答案" | "回复" | "回答" | "内容" => Column::Answer,
        "sections" => Column::Sections,
        "audience" | "受众" | "适用客户" | "适用对象" => Column::Audience,
        "tags" | "tag" | "标签" => Column::Tags,
        "validfrom" | "生效时间" | "生效日期" => Column::ValidFrom,
        "validuntil" | "失效时间" | "失效日期" | "有效期至" => Column::ValidUntil,
        name if ["phrasing", "similar", "variant", "相似问", "相似说法", "扩展问", "其他问法"]
            .iter()
            .any(|start| name.starts_with(start)) =>
        {
            Column::Phrasings
        }
        _ => Column::Other,
    }
}

/// By its code, or as the console calls it.
pub fn audience(name: &str) -> Option<Audience> {
    match name.trim().to_lowercase().as_str() {
        "" | "所有人" | "全部" => Some(Audience::Everybody),
        "已登录" | "已登录访客" | "signed in" | "signed-in" => Some(Audience::SignedIn),
        "贵宾" | "vips" => Some(Audience::Vip),
        code => Audience::from_code(code),
    }
}

/// What an export put before a cell that a spreadsheet would calculate.
fn unescape(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => cell,
    }
}

/// `2026-01-31T08:00:00Z`, `2026-01-31 08:00`, `2026-01-31` or `2026/1/31`, in the zone.
pub fn moment(text: &str, zone: i32) -> Option<Millis> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.as_millisecond());
    }
    let (day, time) = text.split_once([' ', 'T']).unwrap_or((text, "0:00"));
    let numbers = |text: &str, separators: &[char]| {
        text.trim().split(separators).map(|part| part.parse::<i16>().ok()).collect::<Option<Vec<_>>>()
    };
    let day = numbers(day, &['-', '/', '.'])?;
    let time = numbers(time, &[':'])?;
    let (&[year, month, day], &[hour, minute, ref seconds @ ..]) = (&day[..], &time[..]) else {
        return None;
    };
    let second = seconds.first().copied().unwrap_or(0);
    let small = |number: i16| i8::try_from(number).ok();
    let at = civil::DateTime::new(
        year,
        small(month)?,
        small(day)?,
        small(hour)?,
        small(minute)?,
        small(second)?,
        0,
    );
    let offset = Offset::from_seconds(zone.checked_mul(60)?).ok()?;
    Some(offset.to_timestamp(at.ok()?).ok()?.as_millisecond())
}
