//! The two files of an evaluation, as text: entries and questions, one JSON object a line. Whatever
//! is wrong is said with its line.

use crate::{EntryId, Source, passages};
use serde::Deserialize;
use std::collections::HashMap;
use thiserror::Error;

#[derive(Debug, Error, PartialEq, Eq)]
pub enum Error {
    #[error("line {line}: {reason}")]
    Line { line: usize, reason: String },
    #[error("no {0} in the file")]
    Empty(&'static str),
}

fn at(line: usize, reason: impl Into<String>) -> Error {
    Error::Line { line, reason: reason.into() }
}

#[derive(Deserialize)]
struct Entry {
    id: Name,
    #[serde(default)]
    phrasings: Vec<String>,
    #[serde(default)]
    answer: Option<String>,
    /// Of an article.
    #[serde(default)]
    sections: Vec<model::Section>,
}

#[derive(Deserialize)]
struct Question {
    text: String,
    /// Absent and null both say that no entry answers it.
    entry: Option<Name>,
}

/// Ids of files are names or numbers.
#[derive(Deserialize)]
#[serde(untagged)]
enum Name {
    Text(String),
    Number(i64),
}

impl Name {
    fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
        }
    }
}

/// A base read from a file. Ids of the index are the places in `names`.
#[derive(Debug, Default)]
pub struct Entries {
    pub sources: Vec<Source>,
    pub names: Vec<String>,
    /// The entries that nothing can be compared with, with their lines.
    pub silent: Vec<(usize, String)>,
    numbers: HashMap<String, EntryId>,
}

impl Entries {
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut this = Self::default();
        for (line, entry) in lines::<Entry>(text, "an entry is {\"id\": …, \"phrasings\": [\"…\"]}") {
            let entry = entry?;
            let name = entry.id.text();
            let id = EntryId(this.names.len() as i64);
            if entry.phrasings.iter().all(|phrasing| phrasing.trim().is_empty()) {
                this.silent.push((line, name.clone()));
            }
            if this.numbers.insert(name.clone(), id).is_some() {
                return Err(at(line, format!("entry {name} is there twice")));
            }
            this.names.push(name);
            let answer = entry.answer.unwrap_or_default();
            this.sources.push(Source {
                id,
                phrasings: entry.phrasings,
                answer,
                passages: passages(&entry.sections),
            });
        }
        if this.sources.is_empty() { Err(Error::Empty("entry")) } else { Ok(this) }
    }

    /// Questions about these entries, with the entry that answers each.
    pub fn questions(&self, text: &str) -> Result<Vec<(String, Option<EntryId>)>, Error> {
        let mut questions = Vec::new();
        for (line, question) in
            lines::<Question>(text, "a question is {\"text\": \"…\", \"entry\": an id or null}")
        {
            let question = question?;
            let wanted = match question.entry.map(Name::text) {
                None => None,
                Some(name) => match self.numbers.get(&name) {
                    Some(id) => Some(*id),
                    None => return Err(at(line, format!("there is no entry {name}"))),
                },
            };
            questions.push((question.text, wanted));
        }
        if questions.is_empty() { Err(Error::Empty("question")) } else { Ok(questions) }
    }
}

fn lines<'a, T: Deserialize<'a>>(
    text: &'a str,
    shape: &'static str,
) -> impl Iterator<Item = (usize, Result<T, Error>)> {
    let text = text.trim_start_matches('\u{feff}');
    let filled = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    filled.map(move |(number, line)| {
        let number = number + 1;
        (number, serde_json::from_str(line).map_err(|error| at(number, format!("{shape} ({error})"))))
    })
}

#[cfg(test)]
mod tests {
    use super::{Entries, Error};

    const TWO: &str = "{\"id\":\"a\",\"phrasings\":[\"怎么退货\"],\"answer\":\"…\"}\n\n{\"id\":7,\"phrasings\":[\"发货\",\"\"]}\n";

    #[test]
    fn entries_and_questions_are_read() {
        let entries = Entries::parse(TWO).unwrap();
        assert_eq!(entries.names, ["a", "7"]);
        let silent =
            Entries::parse("{\"id\":\"a\",\"phrasings\":[\"x\"]}\n{\"id\":\"b\",\"phrasings\":[\" \"]}")
                .unwrap();
        assert_eq!(silent.silent, [(2, "b".to_owned())]);
        let questions = "{\"text\":\"退\",\"entry\":\"a\"}\n{\"text\":\"雨\",\"entry\":null,\"scope\":\"far\"}\n{\"text\":\"雪\"}";
        let wanted: Vec<bool> =
            entries.questions(questions).unwrap().into_iter().map(|(_, wanted)| wanted.is_some()).collect();
        assert_eq!(wanted, [true, false, false]);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let entries = Entries::parse(TWO).unwrap();
        let line = |error: Error| match error {
            Error::Line { line, .. } => line,
            Error::Empty(_) => 0,
        };
        for (text, wanted) in [
            ("{\"id\":\"a\",\"phrasings\":[\"x\"]}\n{", 2),
            ("{\"phrasings\":[\"x\"]}", 1),
            ("{\"id\":\"a\",\"phrasings\":[\"x\"]}\n\n{\"id\":\"a\",\"phrasings\":[\"y\"]}", 3),
            ("{\"id\":\"a\",\"phrasings\":\"x\"}", 1),
            ("", 0),
        ] {
            assert_eq!(line(Entries::parse(text).unwrap_err()), wanted, "{text}");
        }
        assert_eq!(line(entries.questions("{\"text\":\"x\",\"entry\":\"b\"}").unwrap_err()), 1);
        assert_eq!(line(entries.questions("\n\n[]").unwrap_err()), 3);
        assert_eq!(line(entries.questions(" ").unwrap_err()), 0);
    }
}
