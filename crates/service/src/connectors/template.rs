//! Placeholders, and the request that a connector becomes with values in their places.
//!
//! Invariant: a value stays where its placeholder stands. It can neither leave its part of the address, nor its
//! string of the body, nor its line of the head.

use crate::{Error, Result};
use model::{ConnectorContent, connector::ConnectorMethod};
use serde_json::Value;
use std::{borrow::Cow, collections::BTreeMap};
use url::Url;

/// What is known of the visitor, as the site signed it.
pub const VISITOR: [&str; 4] = ["visitor.id", "visitor.name", "visitor.email", "visitor.phone"];

/// By the names of their placeholders.
pub type Values = BTreeMap<String, String>;

/// A request that is ready to be sent, but for its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Place(&'a str),
}

/// A text in pieces. Only `{name}` is a placeholder: other braces stand for themselves.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let (mut done, mut at) = (0, 0);
    while let Some(open) = text[at..].find('{').map(|place| at + place) {
        at = open + 1;
        let Some(length) = text[at..].find('}') else { break };
        let name = &text[at..at + length];
        let is_name = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.'));
        if is_name {
            found.push(Piece::Text(&text[done..open]));
            found.push(Piece::Place(name));
            at += length + 1;
            done = at;
        }
    }
    found.push(Piece::Text(&text[done..]));
    found
}

/// The names of the placeholders of a text.
pub fn places(text: &str) -> impl Iterator<Item = &str> {
    pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Place(name) => Some(name),
        Piece::Text(_) => None,
    })
}

/// Everything of a connector that may hold placeholders.
fn texts(content: &ConnectorContent) -> impl Iterator<Item = &str> {
    let headers = content.headers.iter().map(|header| header.value.as_str());
    [content.url.as_str()].into_iter().chain(headers).chain(content.body.as_deref())
}

/// Whether it asks about the visitor, and so only where a site has signed who that is.
pub fn needs_visitor(content: &ConnectorContent) -> bool {
    texts(content).flat_map(places).any(|name| name.starts_with("visitor."))
}

/// What of the visitor it asks with.
pub fn visitor_places(content: &ConnectorContent) -> Vec<&'static str> {
    let used: Vec<&str> = texts(content).flat_map(places).collect();
    VISITOR.into_iter().filter(|name| used.contains(name)).collect()
}

/// Where scheme and host of an address end.
pub fn authority_end(url: &str) -> Option<usize> {
    let start = url.find("://")? + 3;
    Some(url[start..].find(['/', '?', '#', '\\']).map_or(url.len(), |length| start + length))
}

/// The request with these values. An error names the value that cannot stand where it should.
pub fn prepare(content: &ConnectorContent, values: &Values) -> Result<Prepared> {
    let mut headers = Vec::new();
    for header in &content.headers {
        let value = filled(&header.value, values, |name, value| {
            if value.chars().any(char::is_control) { Err(refused(name)) } else { Ok(Cow::Borrowed(value)) }
        })?;
        headers.push((header.name.clone(), value));
    }
    let body = match &content.body {
        Some(body) if content.method == ConnectorMethod::Post => {
            let mut body: Value = serde_json::from_str(body).map_err(|_| Error::Field("body"))?;
            fill_strings(&mut body, values)?;
            Some(body.to_string())
        }
        _ => None,
    };
    Ok(Prepared { url: address(&content.url, values)?, headers, body })
}

/// The address with these values: none of them changes anything but its own part.
fn address(template: &str, values: &Values) -> Result<String> {
    let (path, query) =
        template.split_once('?').map_or((template, None), |(path, query)| (path, Some(query)));
    let mut last = None;
    let mut built = filled(path, values, |name, value| {
        last = Some(name.to_owned());
        // Some servers take an encoded stroke for a stroke.
        let leaves = value.is_empty() || value.contains(['/', '\\']) || value.chars().any(char::is_control);
        if leaves { Err(refused(name)) } else { Ok(Cow::Owned(encoded(value))) }
    })?;
    let climbs = built.split('/').skip(3).any(|part| {
        let part = part.to_ascii_lowercase().replace("%2e", ".");
        part == "." || part == ".."
    });
    if climbs {
        return Err(last.map_or(Error::Field("url"), Error::Place));
    }
    if let Some(query) = query {
        built.push('?');
        built.push_str(&filled(query, values, |_, value| Ok(Cow::Owned(encoded(value))))?);
    }
    // The parser of the standard must see the same server.
    let (before, after) = (Url::parse(&without_places(template)), Url::parse(&built));
    match (before, after) {
        (Ok(before), Ok(after)) if before.origin() == after.origin() => Ok(built),
        _ => Err(Error::Field("url")),
    }
}

/// An address with something harmless in its placeholders, for those who judge it.
pub fn without_places(template: &str) -> String {
    let text = pieces(template).into_iter().map(|piece| match piece {
        Piece::Text(text) => text,
        Piece::Place(_) => "x",
    });
    text.collect()
}

fn fill_strings(value: &mut Value, values: &Values) -> Result<()> {
    match value {
        Value::String(text) => *text = filled(text, values, |_, value| Ok(Cow::Borrowed(value)))?,
        Value::Array(all) => all.iter_mut().try_for_each(|one| fill_strings(one, values))?,
        Value::Object(all) => all.values_mut().try_for_each(|one| fill_strings(one, values))?,
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}

/// The text with values, each written as the place wants it.
fn filled<'v>(
    text: &str,
    values: &'v Values,
    mut write: impl FnMut(&str, &'v str) -> Result<Cow<'v, str>>,
) -> Result<String> {
    let mut whole = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => whole.push_str(text),
            Piece::Place(name) => {
                let value = values.get(name).ok_or_else(|| refused(name))?;
                whole.push_str(&write(name, value)?);
            }
        }
    }
    Ok(whole)
}

fn refused(name: &str) -> Error {
    Error::Place(name.to_owned())
}

/// Everything but the unreserved characters of RFC 3986.
fn encoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.extend(
                [byte >> 4, byte & 15].map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)])),
            );
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::connector::ConnectorHeader;

    fn values(order: &str) -> Values {
        [("order".to_owned(), order.to_owned()), ("visitor.id".to_owned(), "u 1".to_owned())].into()
    }

    fn url(template: &str, order: &str) -> Option<String> {
        let content = ConnectorContent { url: template.to_owned(), ..ConnectorContent::default() };
        prepare(&content, &values(order)).ok().map(|prepared| prepared.url)
    }

    #[test]
    fn a_value_stays_in_its_part_of_the_address() {
        let template = "https://shop.example/orders/{order}/lines?of={visitor.id}&q={order}";
        assert_eq!(
            url(template, "A&b=1#é 1").as_deref(),
            Some(
                "https://shop.example/orders/A%26b%3D1%23%C3%A9%201/lines?of=u%201&q=A%26b%3D1%23%C3%A9%201"
            )
        );
        for value in ["..", ".", "../admin", "a/b", "//evil.example", "\\evil", "", "a\nb", "%2e%2e/x"] {
            assert_eq!(url(template, value), None, "{value:?}");
        }
        // It is encoded once more, so that it is no dot any more.
        assert!(url(template, "%2e%2e").unwrap().contains("/orders/%252e%252e/lines"));
        assert_eq!(url("https://shop.example/o/.{order}", "."), None);
        assert_eq!(url("https://shop.example/o/%2e{order}", "."), None);
        assert_eq!(
            url("https://shop.example/o?at={order}", "../x").unwrap(),
            "https://shop.example/o?at=..%2Fx"
        );
    }

    #[test]
    fn a_value_stays_in_its_string_of_the_body_and_its_line_of_the_head() {
        let content = ConnectorContent {
            url: "https://shop.example/".to_owned(),
            method: ConnectorMethod::Post,
            headers: vec![ConnectorHeader { name: "x-order".to_owned(), value: "no {order}".to_owned() }],
            body: Some(r#"{"q": "query { order }", "of": {"ids": ["{order}"]}, "n": 1}"#.to_owned()),
            ..ConnectorContent::default()
        };
        let hostile = r#"1", "admin": true, "x": "{visitor.id}"#;
        let prepared = prepare(&content, &values(hostile)).unwrap();
        let body: Value = serde_json::from_str(&prepared.body.unwrap()).unwrap();
        assert_eq!(body["of"]["ids"][0], hostile);
        assert_eq!((body["q"].as_str(), body.get("admin")), (Some("query { order }"), None));
        assert_eq!(prepared.headers[0].1, format!("no {hostile}"));
        for value in ["a\r\nx-admin: 1", "a\nb", "a\0"] {
            assert!(matches!(prepare(&content, &values(value)), Err(Error::Place(name)) if name == "order"));
        }
    }

    #[test]
    fn only_names_in_braces_are_placeholders() {
        let names: Vec<_> = places("{a}{ b }{C}{a.b_1}{{x}}{").collect();
        assert_eq!(names, ["a", "a.b_1", "x"]);
        assert_eq!(authority_end("https://a.example/{x}"), Some(17));
        assert_eq!(authority_end("https://a.example"), Some(17));
        assert_eq!(authority_end("a.example"), None);
    }
}
