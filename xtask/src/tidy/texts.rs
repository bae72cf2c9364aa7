//! The Chinese and the English text catalogue of a folder have the same keys, and no empty text.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Finding, Source};

const LANGUAGES: [&str; 2] = ["zh-CN.json", "en.json"];

pub fn check(sources: &[Source]) -> Vec<Finding> {
    let mut folders = BTreeMap::<&str, Vec<&Source>>::new();
    for source in sources {
        let (folder, name) = source.split();
        if LANGUAGES.contains(&name) {
            folders.entry(folder).or_default().push(source);
        }
    }
    folders.into_values().flat_map(|catalogues| check_folder(&catalogues)).collect()
}

fn check_folder(catalogues: &[&Source]) -> Vec<Finding> {
    let [left, right] = catalogues else {
        let alone = catalogues[0];
        let missing = LANGUAGES.into_iter().find(|name| !alone.path.ends_with(name)).unwrap_or_default();
        return vec![alone.finding(1, format!("{missing} is missing beside it"))];
    };
    let (left_texts, right_texts) = match (read(left), read(right)) {
        (Ok(left_texts), Ok(right_texts)) => (left_texts, right_texts),
        (Err(finding), _) | (_, Err(finding)) => return vec![finding],
    };
    let mut findings = Vec::new();
    for (one, texts, other, others) in
        [(left, &left_texts, right, &right_texts), (right, &right_texts, left, &left_texts)]
    {
        for (key, text) in texts {
            let leaf = key.rsplit('.').next().unwrap_or(key);
            let line = one.line_of(&format!("\"{leaf}\""));
            if !others.contains_key(key) {
                findings.push(one.finding(line, format!("{key} is missing in {}", other.path)));
            }
            if text.trim().is_empty() {
                findings.push(one.finding(line, format!("{key} is empty")));
            }
        }
    }
    findings
}

/// All texts of a catalogue by their dotted keys.
fn read(source: &Source) -> Result<BTreeMap<String, String>, Finding> {
    let value: Value = serde_json::from_str(&source.text)
        .map_err(|error| source.finding(error.line().max(1), format!("not JSON: {error}")))?;
    let mut texts = BTreeMap::new();
    flatten("", &value, &mut texts);
    Ok(texts)
}

fn flatten(prefix: &str, value: &Value, texts: &mut BTreeMap<String, String>) {
    let join = |key: &str| if prefix.is_empty() { key.into() } else { format!("{prefix}.{key}") };
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(key, member)| flatten(&join(key), member, texts));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| flatten(&join(&i.to_string()), item, texts));
        }
        Value::String(text) => drop(texts.insert(prefix.into(), text.clone())),
        other => drop(texts.insert(prefix.into(), other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(catalogues: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<_> = catalogues
            .iter()
            .map(|(path, text)| Source { path: (*path).into(), text: (*text).into() })
            .collect();
        let found = check(&sources).into_iter();
        found.map(|finding| format!("{}:{}: {}", finding.path, finding.line, finding.message)).collect()
    }

    #[test]
    fn equal_keys_pass() {
        let found = messages(&[
            ("a/zh-CN.json", r#"{"inbox": {"title": "收件箱"}, "days": ["一"]}"#),
            ("a/en.json", r#"{"days": ["Mon"], "inbox": {"title": "Inbox"}}"#),
        ]);
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn key_of_one_language_only_is_found_with_its_line() {
        let found = messages(&[
            ("a/zh-CN.json", "{\n\"inbox\": {\n\"title\": \"收件箱\"}}"),
            ("a/en.json", "{\"inbox\": {}}"),
        ]);
        assert_eq!(found, ["a/zh-CN.json:3: inbox.title is missing in a/en.json"]);
    }

    #[test]
    fn empty_text_is_found() {
        let found = messages(&[("a/zh-CN.json", r#"{"x": " "}"#), ("a/en.json", r#"{"x": "y"}"#)]);
        assert_eq!(found, ["a/zh-CN.json:1: x is empty"]);
    }

    #[test]
    fn single_catalogue_and_broken_json_are_found() {
        assert_eq!(messages(&[("a/en.json", "{}")]), ["a/en.json:1: zh-CN.json is missing beside it"]);
        assert_eq!(messages(&[("a/zh-CN.json", "{"), ("a/en.json", "{}")]).len(), 1);
    }
}
