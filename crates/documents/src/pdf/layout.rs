//! From lines to headings and paragraphs: what is larger than most of the text, or bold among text
//! that is not, is a heading; lines close to each other are one paragraph; what stands at the same
//! height of most pages is a header or a footer.

use super::Line;
use crate::{Block, Blocks, Content, DEEPEST, Result};
use std::collections::{BTreeMap, HashMap, HashSet};

/// As long as a question may be.
const HEADING: usize = 200;
/// A bold line that is longer is a sentence that somebody stressed.
const BOLD: usize = 80;
/// How much larger than the text a heading is.
const LARGER: f32 = 1.12;
/// Pages from which on repeated lines are told from text.
const REPEATED: usize = 3;

pub fn blocks(lines: Vec<Line>) -> Result<Vec<Block>> {
    let lines = without_margins(lines);
    let body = body_size(&lines);
    let text_is_bold = share_of_bold(&lines) > 0.5;
    let sizes = heading_sizes(&lines, body);
    let mut blocks = Blocks::default();
    let mut paragraph: Option<(usize, String)> = None;
    let mut above: Option<&Line> = None;
    let mut heading: Option<(usize, usize, String)> = None;
    for line in &lines {
        let level = level(line, body, &sizes, text_is_bold);
        let follows = above.is_some_and(|above| follows(above, line));
        match (level, &mut heading) {
            // A heading of two lines.
            (Some(level), Some((_, known, text)))
                if *known == level
                    && follows
                    && text.chars().count() + line.text.chars().count() < HEADING =>
            {
                join(text, &line.text);
            }
            (Some(level), _) => {
                flush(&mut blocks, &mut paragraph, &mut heading)?;
                heading = Some((line.page, level, line.text.clone()));
            }
            (None, _) => match &mut paragraph {
                Some((_, text)) if follows && heading.is_none() => join(text, &line.text),
                _ => {
                    flush(&mut blocks, &mut paragraph, &mut heading)?;
                    paragraph = Some((line.page, line.text.clone()));
                }
            },
        }
        above = Some(line);
    }
    flush(&mut blocks, &mut paragraph, &mut heading)?;
    Ok(blocks.list)
}

fn flush(
    blocks: &mut Blocks,
    paragraph: &mut Option<(usize, String)>,
    heading: &mut Option<(usize, usize, String)>,
) -> Result<()> {
    if let Some((page, text)) = paragraph.take() {
        blocks.push(page, Content::Paragraph(text))?;
    }
    if let Some((page, level, text)) = heading.take() {
        blocks.push(page, Content::Heading { level, text })?;
    }
    Ok(())
}

/// Whether a line goes on with what the one above says.
fn follows(above: &Line, line: &Line) -> bool {
    let apart = above.y - line.y;
    let size = above.size.max(line.size);
    let is_item = line.text.starts_with(['•', '·', '●', '■', '○', '–', '-', '*'])
        || is_marked(&line.text, &["问", "答", "q", "a"]);
    above.page == line.page && apart > 0.0 && apart < size * 1.75 && !is_item
}

/// `问：…`, `Q1. …`: a mark of few letters that a line begins with.
fn is_marked(text: &str, marks: &[&str]) -> bool {
    let text = text.to_lowercase();
    marks.iter().any(|mark| {
        text.strip_prefix(mark).is_some_and(|rest| {
            rest.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with([':', '：', '.', '、'])
        })
    })
}

/// Chinese lines go on without a space.
fn join(text: &mut String, next: &str) {
    let wide = |c: Option<char>| c.is_none_or(|c| !c.is_ascii());
    if text.ends_with('-') && next.starts_with(|c: char| c.is_ascii_lowercase()) {
        text.pop();
    } else if !(wide(text.chars().next_back()) && wide(next.chars().next())) {
        text.push(' ');
    }
    text.push_str(next);
}

/// Sizes in half points, so that rounding makes no level.
fn halves(size: f32) -> u32 {
    (size.clamp(0.0, 10_000.0) * 2.0).round() as u32
}

/// The size that most letters have.
fn body_size(lines: &[Line]) -> f32 {
    let mut letters: BTreeMap<u32, usize> = BTreeMap::new();
    for line in lines {
        *letters.entry(halves(line.size)).or_default() += line.text.chars().count();
    }
    letters.into_iter().max_by_key(|(_, count)| *count).map_or(0.0, |(size, _)| size as f32 / 2.0)
}

fn share_of_bold(lines: &[Line]) -> f32 {
    let count = |wanted: bool| {
        lines
            .iter()
            .filter(|line| line.is_bold == wanted)
            .map(|line| line.text.chars().count())
            .sum::<usize>()
    };
    let (bold, plain) = (count(true), count(false));
    bold as f32 / (bold + plain).max(1) as f32
}

/// Sizes of headings, the largest first: its place is its level.
fn heading_sizes(lines: &[Line], body: f32) -> Vec<u32> {
    let large = |line: &&Line| line.size >= body * LARGER && line.text.chars().count() <= HEADING;
    let mut sizes: Vec<u32> = lines.iter().filter(large).map(|line| halves(line.size)).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes.reverse();
    sizes
}

fn level(line: &Line, body: f32, sizes: &[u32], text_is_bold: bool) -> Option<usize> {
    let letters = line.text.chars().count();
    if line.size >= body * LARGER && letters <= HEADING {
        let place = sizes.iter().position(|size| *size == halves(line.size))?;
        return Some((place + 1).min(DEEPEST - 1));
    }
    (line.is_bold && !text_is_bold && letters <= BOLD && line.size >= body * 0.95).then_some(DEEPEST)
}

/// Without lines that most pages have at the same height, page numbers aside.
fn without_margins(lines: Vec<Line>) -> Vec<Line> {
    let pages: HashSet<usize> = lines.iter().map(|line| line.page).collect();
    if pages.len() < REPEATED {
        return lines;
    }
    let key = |line: &Line| {
        let text: String = line.text.chars().filter(|c| !c.is_numeric()).collect();
        (line.y.round() as i32, text)
    };
    let mut on: HashMap<(i32, String), HashSet<usize>> = HashMap::new();
    for line in &lines {
        on.entry(key(line)).or_default().insert(line.page);
    }
    let is_margin = |line: &Line| on.get(&key(line)).is_some_and(|found| found.len() * 2 > pages.len());
    lines.into_iter().filter(|line| !is_margin(line)).collect()
}
