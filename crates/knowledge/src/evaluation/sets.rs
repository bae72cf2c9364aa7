//! Public sets of questions with intents, as text: each intent becomes an entry, its training
//! questions the phrasings. Reading the files is up to the caller.

use crate::{EntryId, Source};
use std::collections::{BTreeMap, HashMap};

/// A question and the name of its intent.
pub type Labelled = (String, String);

/// A base made of training questions, and test questions for it.
pub struct Set {
    pub sources: Vec<Source>,
    pub questions: Vec<(String, Option<EntryId>)>,
    /// Training questions that the base did not take.
    pub rest: Vec<(String, Option<EntryId>)>,
}

impl Set {
    /// `most` phrasings of each intent, chosen by `seed`; all of them when it is None. Test questions
    /// with an intent that was not trained have no entry.
    pub fn new(train: Vec<Labelled>, test: Vec<Labelled>, most: Option<(usize, u64)>) -> Self {
        let mut by_intent: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (text, intent) in train {
            by_intent.entry(intent).or_default().push(text);
        }
        let mut set = Self { sources: Vec::new(), questions: Vec::new(), rest: Vec::new() };
        let mut ids = HashMap::new();
        let mut state = most.map_or(1, |(_, seed)| seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for (at, (intent, mut phrasings)) in by_intent.into_iter().enumerate() {
            let id = EntryId(at as i64 + 1);
            ids.insert(intent, id);
            if let Some((most, _)) = most {
                for at in (1..phrasings.len()).rev() {
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    phrasings.swap(at, (state % (at as u64 + 1)) as usize);
                }
                let rest = phrasings.split_off(most.min(phrasings.len()));
                set.rest.extend(rest.into_iter().map(|text| (text, Some(id))));
            }
            set.sources.push(Source { id, phrasings, answer: String::new(), passages: Vec::new() });
        }
        set.questions = test.into_iter().map(|(text, intent)| (text, ids.get(&intent).copied())).collect();
        set
    }
}

/// Two files with a question and a label in each line (HWU64, SNIPS).
pub fn lines(questions: &str, labels: &str) -> Vec<Labelled> {
    let pairs = questions.lines().zip(labels.lines());
    let trimmed = pairs.map(|(text, label)| (text.trim().to_owned(), label.trim().to_owned()));
    trimmed.filter(|(text, _)| !text.is_empty()).collect()
}

/// A table of two columns with a heading (BANKING77). A field in quotes may hold commas and line ends.
pub fn csv(text: &str) -> Vec<Labelled> {
    let mut rows = Vec::new();
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let Some(field) = fields.last_mut() else { break };
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                field.push('"');
                characters.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            '\n' if !quoted => rows.push(std::mem::replace(&mut fields, vec![String::new()])),
            '\n' | '\r' => field.push(' '),
            character => field.push(character),
        }
    }
    rows.push(fields);
    let pair = |row: Vec<String>| match <[String; 2]>::try_from(row) {
        Ok([text, label]) => Some((text.trim().to_owned(), label.trim().to_owned())),
        Err(_) => None,
    };
    rows.into_iter().skip(1).filter_map(pair).collect()
}

/// One part of CLINC150's file: `train`, `test`, `oos_test` ….
pub fn clinc(file: &str, part: &str) -> Result<Vec<Labelled>, serde_json::Error> {
    let mut parts: HashMap<String, Vec<Labelled>> = serde_json::from_str(file)?;
    Ok(parts.remove(part).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{Set, csv, lines};

    #[test]
    fn tables_are_read_with_quotes_and_line_ends() {
        let rows = csv("text,category\n\"one, \"\"two\"\"\nthree\",a\nfour,b\n");
        assert_eq!(rows, [("one, \"two\" three".into(), "a".into()), ("four".into(), "b".into())]);
    }

    #[test]
    fn a_sample_is_the_same_each_time_and_leaves_the_rest() {
        let train = lines("a\nb\nc\nd\n", "x\nx\nx\ny\n");
        let set = |seed| Set::new(train.clone(), lines("e\nf", "y\noos"), Some((2, seed)));
        let first = set(1);
        assert_eq!(first.sources, set(1).sources);
        assert_eq!((first.sources[0].phrasings.len(), first.rest.len()), (2, 1));
        assert_eq!(first.questions[0].1, Some(first.sources[1].id));
        assert_eq!(first.questions[1].1, None);
    }
}
