//! Texts with places in them: `{{name}}`, `{{attributes.level}}`, `{{name|您}}`. No logic, and
//! what is put in is never read again.

use crate::Visitor;

/// A part of a template.
#[derive(Debug, PartialEq, Eq)]
enum Part<'a> {
    Text(&'a str),
    Place { name: &'a str, otherwise: &'a str },
}

/// Up to the end or the first place that is not one: whether all of it was read.
fn parts(template: &str) -> (Vec<Part<'_>>, bool) {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some(start) = rest.find("{{") {
        let (before, opened) = rest.split_at(start);
        let Some(end) = opened.find("}}") else { return (parts, false) };
        let inside = &opened[2..end];
        let (name, otherwise) = inside.split_once('|').unwrap_or((inside, ""));
        let name = name.trim();
        let known = name == "name" || name.strip_prefix("attributes.").is_some_and(|key| !key.is_empty());
        if !known || otherwise.contains('{') {
            return (parts, false);
        }
        parts.extend((!before.is_empty()).then_some(Part::Text(before)));
        parts.push(Part::Place { name, otherwise });
        rest = &opened[end + 2..];
    }
    parts.extend((!rest.is_empty()).then_some(Part::Text(rest)));
    (parts, true)
}

/// Every place names something that is known.
pub fn is_valid(template: &str) -> bool {
    parts(template).1
}

/// The text for this visitor.
pub fn expand(template: &str, visitor: &Visitor) -> String {
    let (parts, whole) = parts(template);
    if !whole {
        return template.to_owned();
    }
    let value = |name: &str| match name.strip_prefix("attributes.") {
        Some(key) => visitor.attributes.get(key).map(String::as_str),
        None => Some(visitor.name.as_str()),
    };
    let text = |part: &Part<'_>| match part {
        Part::Text(text) => (*text).to_owned(),
        Part::Place { name, otherwise } => {
            value(name).map(str::trim).filter(|value| !value.is_empty()).unwrap_or(otherwise).to_owned()
        }
    };
    parts.iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visitor(name: &str) -> Visitor {
        let attributes = [("level".to_owned(), "金卡 {{name}}".to_owned())].into();
        Visitor { name: name.into(), attributes, ..Visitor::default() }
    }

    #[test]
    fn places_are_filled_and_their_values_not_read_again() {
        let text = "{{name|您}}好，{{ attributes.level }}会员";
        assert_eq!(expand(text, &visitor("小林")), "小林好，金卡 {{name}}会员");
        assert_eq!(expand(text, &visitor(" ")), "您好，金卡 {{name}}会员");
        assert_eq!(expand("{{attributes.age}}岁{{attributes.age|?}}", &visitor("")), "岁?");
        assert_eq!(expand("没有", &visitor("")), "没有");
    }

    #[test]
    fn what_names_nothing_known_is_no_template() {
        for bad in ["{{email}}", "{{name", "{{attributes.}}", "{{}}", "{{name|{{name}}}}", "{{#if name}}"] {
            assert!(!is_valid(bad), "{bad}");
            assert_eq!(expand(bad, &visitor("小林")), bad);
        }
        for good in ["", "a}}b", "{name}", "{{name}}{{name|a}}", "{ {name} }"] {
            assert!(is_valid(good), "{good}");
        }
    }
}
