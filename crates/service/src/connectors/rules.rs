//! What a connector must be like to be saved. An error names the place, as `parameters[1].name`.

use super::{
    template::{self, VISITOR},
    values,
};
use crate::{Error, Result, text};
use model::{
    ConnectorContent,
    connector::{
        ConnectorAuth, ConnectorField, ConnectorHeader, ConnectorMethod, ConnectorParameter, ParameterKind,
    },
};
use serde_json::Value;
use std::{collections::BTreeSet, ops::RangeInclusive};
use url::Url;

const HEADERS: usize = 10;
const PARAMETERS: usize = 8;
const FIELDS: usize = 12;
const CHOICES: usize = 50;
const TIMEOUT_MS: RangeInclusive<i64> = 1_000..=15_000;
const CACHE_S: RangeInclusive<i64> = 0..=3_600;
/// The longest address, header or pointer.
const LINE: usize = 1_000;
const BODY: usize = 10_000;

/// Headers that are not the administrator's to set: they frame the request, or hold what belongs in the secret.
const FRAMING: [&str; 13] = [
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// By its rules, with every text trimmed.
pub fn checked(mut content: ConnectorContent) -> Result<ConnectorContent> {
    let parameters = parameters(std::mem::take(&mut content.parameters))?;
    let is_known = |name: &str| VISITOR.contains(&name) || parameters.iter().any(|one| one.name == name);
    let knows_all = |text: &str| template::places(text).all(is_known);
    let content = ConnectorContent {
        about: text::paragraph("about", &content.about, 300)?,
        url: url(&content.url, knows_all)?,
        headers: headers(content.headers, &content.auth, knows_all)?,
        body: body(content.method, content.body, knows_all)?,
        auth: auth(content.auth)?,
        rows: pointer(&content.rows).ok_or(Error::Field("rows"))?,
        fields: fields(content.fields, content.is_enabled)?,
        ..content
    };
    if !TIMEOUT_MS.contains(&content.timeout_ms) {
        return Err(Error::Field("timeout_ms"));
    }
    if !CACHE_S.contains(&content.cache_s) {
        return Err(Error::Field("cache_s"));
    }
    Ok(ConnectorContent { parameters, ..content })
}

/// Placeholders only behind the server, and nothing else in braces.
fn url(url: &str, knows_all: impl Fn(&str) -> bool) -> Result<String> {
    let url = text::line("url", url, LINE)?;
    let server = template::authority_end(&url).ok_or(Error::Field("url"))?;
    let plain = template::without_places(&url);
    let is_whole = Url::parse(&plain).is_ok_and(|url| url.fragment().is_none());
    let path = url[server..].split('?').next().unwrap_or_default();
    // The parser would take them away, and a value's part with them.
    let climbs = path
        .split('/')
        .any(|part| matches!(part.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | ".."));
    let places_elsewhere = template::places(&url[..server]).next().is_some();
    if places_elsewhere || plain.contains(['{', '}', '\\']) || climbs || !is_whole || !knows_all(&url) {
        return Err(Error::Field("url"));
    }
    Ok(url)
}

fn headers(
    headers: Vec<ConnectorHeader>,
    auth: &ConnectorAuth,
    knows_all: impl Fn(&str) -> bool,
) -> Result<Vec<ConnectorHeader>> {
    if headers.len() > HEADERS {
        return Err(Error::Field("headers"));
    }
    let mut seen: BTreeSet<String> = BTreeSet::new();
    if let ConnectorAuth::Header { name } = auth {
        seen.insert(name.trim().to_ascii_lowercase());
    }
    let mut done = Vec::new();
    for (index, header) in headers.into_iter().enumerate() {
        let name = header_name(&header.name).filter(|name| seen.insert(name.to_ascii_lowercase()));
        let name = name.ok_or_else(|| place("headers", index, "name"))?;
        let value = text::line("value", &header.value, LINE).ok().filter(|value| knows_all(value));
        let value = value.ok_or_else(|| place("headers", index, "value"))?;
        done.push(ConnectorHeader { name, value });
    }
    Ok(done)
}

fn header_name(name: &str) -> Option<String> {
    let name = name.trim();
    let is_token = (1..=60).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
    (is_token && !FRAMING.contains(&name.to_ascii_lowercase().as_str())).then(|| name.to_owned())
}

/// JSON, with placeholders in its strings only; a `GET` has none.
fn body(
    method: ConnectorMethod,
    body: Option<String>,
    knows_all: impl Fn(&str) -> bool,
) -> Result<Option<String>> {
    let Some(body) = body.filter(|body| !body.trim().is_empty()) else { return Ok(None) };
    let wrong = Error::Field("body");
    if method == ConnectorMethod::Get || body.chars().count() > BODY {
        return Err(wrong);
    }
    match serde_json::from_str::<Value>(&body) {
        Ok(value) if !names_with_places(&value) && knows_all(&body) => Ok(Some(body)),
        _ => Err(wrong),
    }
}

fn names_with_places(value: &Value) -> bool {
    match value {
        Value::Array(all) => all.iter().any(names_with_places),
        Value::Object(all) => all
            .iter()
            .any(|(name, value)| template::places(name).next().is_some() || names_with_places(value)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn auth(auth: ConnectorAuth) -> Result<ConnectorAuth> {
    Ok(match auth {
        ConnectorAuth::Basic { user } => {
            let user = text::line("auth.user", &user, 100)?;
            if user.contains(':') {
                return Err(Error::Field("auth.user"));
            }
            ConnectorAuth::Basic { user }
        }
        ConnectorAuth::Header { name } => {
            ConnectorAuth::Header { name: header_name(&name).ok_or(Error::Field("auth.name"))? }
        }
        none_or_bearer => none_or_bearer,
    })
}

fn parameters(parameters: Vec<ConnectorParameter>) -> Result<Vec<ConnectorParameter>> {
    if parameters.len() > PARAMETERS {
        return Err(Error::Field("parameters"));
    }
    let mut seen = BTreeSet::new();
    let mut done = Vec::new();
    for (index, one) in parameters.into_iter().enumerate() {
        let is_name = (1..=31).contains(&one.name.len())
            && one.name.starts_with(|c: char| c.is_ascii_lowercase())
            && one
                .name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !is_name || !seen.insert(one.name.clone()) {
            return Err(place("parameters", index, "name"));
        }
        let line = |member, text: &str, max| {
            text::line(member, text, max).map_err(|_| place("parameters", index, member))
        };
        let choices = match one.kind {
            ParameterKind::Choice => {
                let choices: Vec<String> = one
                    .choices
                    .unwrap_or_default()
                    .iter()
                    .map(|choice| line("choices", choice, 100))
                    .collect::<Result<_>>()?;
                if choices.is_empty() || choices.len() > CHOICES {
                    return Err(place("parameters", index, "choices"));
                }
                Some(choices)
            }
            _ => None,
        };
        let done_one = ConnectorParameter {
            label: line("label", &one.label, 60)?,
            choices,
            example: text::cut(one.example.trim(), 100),
            ..one
        };
        if !done_one.example.is_empty() && !values::fits(&done_one, &done_one.example) {
            return Err(place("parameters", index, "example"));
        }
        done.push(done_one);
    }
    Ok(done)
}

/// One that is switched on shows something.
fn fields(fields: Vec<ConnectorField>, is_enabled: bool) -> Result<Vec<ConnectorField>> {
    if fields.len() > FIELDS || (fields.is_empty() && is_enabled) {
        return Err(Error::Field("fields"));
    }
    let field = |(index, one): (usize, ConnectorField)| {
        Ok(ConnectorField {
            label: text::line("label", &one.label, 60).map_err(|_| place("fields", index, "label"))?,
            path: pointer(&one.path).ok_or_else(|| place("fields", index, "path"))?,
            ..one
        })
    };
    fields.into_iter().enumerate().map(field).collect()
}

/// A JSON pointer (RFC 6901).
fn pointer(text: &str) -> Option<String> {
    let text = text.trim();
    let is_pointer = text.is_empty() || text.starts_with('/');
    (is_pointer && text.chars().count() <= LINE && !text.chars().any(char::is_control))
        .then(|| text.to_owned())
}

fn place(list: &str, index: usize, member: &str) -> Error {
    Error::Place(format!("{list}[{index}].{member}"))
}
