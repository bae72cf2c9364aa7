//! What a business system answered, read as rows of values. Whatever it says is text to be shown, never more.

use model::{
    ConnectorContent, LookupOutcome,
    connector::{Cell, ConnectorField, FieldKind},
};
use serde_json::Value;
use url::Url;

/// The most rows that are shown.
const ROWS: usize = 10;
/// The longest value that is shown.
const LONGEST: usize = 500;

/// Rows of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    pub rows: Vec<Vec<Cell>>,
    /// There were more.
    pub more: bool,
}

/// Reads the body of a good answer. An error says what is wrong with it.
pub fn read(content: &ConnectorContent, body: &[u8]) -> Result<Rows, LookupOutcome> {
    // Nested deeper than 128 is refused by the parser.
    let answer: Value = serde_json::from_slice(body).map_err(|_| LookupOutcome::NotJson)?;
    let all = match answer.pointer(&content.rows) {
        Some(Value::Array(all)) => all.as_slice(),
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        Some(Value::Null) => &[],
        Some(_) | None => return Err(LookupOutcome::Unexpected),
    };
    let rows = all.iter().take(ROWS).map(|row| cells(&content.fields, row)).collect::<Result<_, _>>()?;
    Ok(Rows { rows, more: all.len() > ROWS })
}

/// The fields that a row has; one that has none is not what was meant.
fn cells(fields: &[ConnectorField], row: &Value) -> Result<Vec<Cell>, LookupOutcome> {
    let mut cells = Vec::new();
    for field in fields {
        let value = match row.pointer(&field.path) {
            None | Some(Value::Null) => continue,
            Some(value) => words(value).ok_or(LookupOutcome::Unexpected)?,
        };
        let value = shown(&value);
        if !value.is_empty() {
            let kind = kind_of(field.kind, &value);
            cells.push(Cell { label: field.label.clone(), value, kind });
        }
    }
    if cells.is_empty() && !fields.is_empty() { Err(LookupOutcome::Unexpected) } else { Ok(cells) }
}

/// A plain value, or some of them with commas between.
fn words(value: &Value) -> Option<String> {
    Some(match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(is) => is.to_string(),
        Value::Array(all) if !all.iter().any(Value::is_array) => {
            let all: Option<Vec<String>> = all.iter().take(20).map(words).collect();
            all?.join(", ")
        }
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    })
}

/// One line without what nobody sees.
fn shown(text: &str) -> String {
    let line: String = ::llm::visible(text).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.trim().chars().take(LONGEST).collect()
}

/// What does not look like its kind is text.
fn kind_of(kind: FieldKind, value: &str) -> FieldKind {
    let is = match kind {
        FieldKind::Text | FieldKind::Date => true,
        FieldKind::Number | FieldKind::Money => value.parse::<f64>().is_ok_and(f64::is_finite),
        FieldKind::Link => Url::parse(value)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.username().is_empty()),
    };
    if is { kind } else { FieldKind::Text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn content(rows: &str, fields: &[(&str, FieldKind)]) -> ConnectorContent {
        let field = |(path, kind): &(&str, FieldKind)| ConnectorField {
            label: path.trim_start_matches('/').to_owned(),
            path: (*path).to_owned(),
            kind: *kind,
        };
        ConnectorContent {
            rows: rows.to_owned(),
            fields: fields.iter().map(field).collect(),
            ..ConnectorContent::default()
        }
    }

    fn values(content: &ConnectorContent, answer: &Value) -> Result<Vec<Vec<String>>, LookupOutcome> {
        let rows = read(content, answer.to_string().as_bytes())?.rows;
        Ok(rows.into_iter().map(|row| row.into_iter().map(|cell| cell.value).collect()).collect())
    }

    #[test]
    fn results_are_found_where_they_stand() {
        let shop = content("/data/orders", &[("/no", FieldKind::Text), ("/sum", FieldKind::Money)]);
        let order = json!({"no": "A1", "sum": 12.50, "secret": "x"});
        let answer = json!({"data": {"orders": [order, {"no": "A2", "sum": null}]}});
        assert_eq!(values(&shop, &answer).unwrap(), [vec!["A1", "12.5"], vec!["A2"]]);
        assert_eq!(values(&shop, &json!({"data": {"orders": order}})).unwrap(), [["A1", "12.5"]]);
        for nothing in [json!([]), json!(null)] {
            assert!(values(&shop, &json!({"data": {"orders": nothing}})).unwrap().is_empty());
        }
        let whole = content("", &[("/tags", FieldKind::Text)]);
        assert_eq!(values(&whole, &json!([{"tags": ["a", 1, true]}])).unwrap(), [["a, 1, true"]]);
        let many = read(&whole, json!(vec![json!({"tags": "t"}); 11]).to_string().as_bytes()).unwrap();
        assert_eq!((many.rows.len(), many.more), (10, true));
    }

    #[test]
    fn what_does_not_fit_is_said_to_be_unexpected() {
        let shop = content("/orders", &[("/no", FieldKind::Text)]);
        for answer in [
            json!({}),
            json!([]),
            json!({"orders": 3}),
            json!({"orders": [1]}),
            json!({"orders": [{"number": 1}]}),
            json!({"orders": [{"no": {"a": 1}}]}),
            json!({"orders": [{"no": [[1]]}]}),
            json!({"orders": [[]]}),
        ] {
            assert_eq!(values(&shop, &answer), Err(LookupOutcome::Unexpected), "{answer}");
        }
        let deep = "[".repeat(10_000) + &"]".repeat(10_000);
        for bytes in ["<html>", "", "{", "{} x", &deep, "\u{feff}{}"] {
            assert_eq!(read(&shop, bytes.as_bytes()), Err(LookupOutcome::NotJson), "{bytes:.20}");
        }
        assert_eq!(read(&shop, b"{\"orders\": \"\xff\"}"), Err(LookupOutcome::NotJson));
    }

    #[test]
    fn values_are_one_visible_line_and_of_their_kind_or_text() {
        let shop =
            content("", &[("/a", FieldKind::Link), ("/b", FieldKind::Number), ("/c", FieldKind::Link)]);
        let answer =
            json!({"a": "javascript:alert(1)", "b": "12 apples\n\u{202e}x", "c": "https://a.example/x"});
        let rows = read(&shop, answer.to_string().as_bytes()).unwrap().rows;
        let kinds: Vec<_> = rows[0].iter().map(|cell| cell.kind).collect();
        assert_eq!(kinds, [FieldKind::Text, FieldKind::Text, FieldKind::Link]);
        assert_eq!(rows[0][1].value, "12 apples x");
        let long = json!({"a": "长".repeat(600)}).to_string();
        assert_eq!(read(&shop, long.as_bytes()).unwrap().rows[0][0].value.chars().count(), 500);
    }
}
