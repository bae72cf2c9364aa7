//! What somebody says to look something up: by the rules of the connector's parameters.

use super::template::{VISITOR, Values, visitor_places};
use crate::{Error, Result, text};
use language::entities::calendar::Date;
use model::{
    ConnectorContent, Signed,
    connector::{ConnectorParameter, ParameterKind},
};

/// The longest value.
const LONGEST: usize = 200;

/// All values of the parameters, also of those that were left out: they are empty. What is not a parameter is
/// refused by its name.
pub fn checked(content: &ConnectorContent, given: &Values) -> Result<Values> {
    if let Some(name) = given.keys().find(|name| !content.parameters.iter().any(|one| one.name == **name)) {
        return Err(Error::Place(text::cut(name, 60)));
    }
    let mut values = Values::new();
    for parameter in &content.parameters {
        let value = given.get(&parameter.name).map(|value| value.trim()).unwrap_or_default();
        let fits = if value.is_empty() { !parameter.required } else { fits(parameter, value) };
        if !fits {
            return Err(Error::Place(parameter.name.clone()));
        }
        values.insert(parameter.name.clone(), value.to_owned());
    }
    Ok(values)
}

/// Whether a value is one that the parameter can have.
pub fn fits(parameter: &ConnectorParameter, value: &str) -> bool {
    if value.chars().count() > LONGEST || value.chars().any(char::is_control) || text::is_blank(value) {
        return false;
    }
    match parameter.kind {
        ParameterKind::Text => true,
        ParameterKind::Integer => is_integer(value),
        ParameterKind::Number => {
            let (whole, part) = value.split_once('.').unwrap_or((value, "0"));
            is_integer(whole) && is_digits(part)
        }
        ParameterKind::Date => is_date(value),
        ParameterKind::Choice => parameter.choices.iter().flatten().any(|choice| choice == value),
    }
}

fn is_digits(text: &str) -> bool {
    (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_integer(text: &str) -> bool {
    is_digits(text.strip_prefix('-').unwrap_or(text))
}

/// `2026-11-30`
pub fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let number =
        |text: &str, length| (text.len() == length && is_digits(text)).then(|| text.parse().ok()).flatten();
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2)) else {
        return false;
    };
    i32::try_from(year).is_ok_and(|year| Date::new(year, month, day).is_some())
}

/// What the connector wants to know of the visitor, where a site has signed it.
pub fn of_visitor(content: &ConnectorContent, signed: Option<&Signed>) -> Result<Values> {
    let mut values = Values::new();
    for name in visitor_places(content) {
        let known = signed.and_then(|signed| match name {
            "visitor.id" => Some(&signed.id),
            "visitor.name" => signed.name.as_ref(),
            "visitor.email" => signed.email.as_ref(),
            "visitor.phone" => signed.phone.as_ref(),
            _ => None,
        });
        let value = known.map(|value| value.trim()).filter(|value| !text::is_blank(value));
        values.insert(name.to_owned(), value.ok_or(Error::VisitorNotSigned)?.to_owned());
    }
    debug_assert!(values.keys().all(|name| VISITOR.contains(&name.as_str())));
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(kind: ParameterKind) -> ConnectorParameter {
        ConnectorParameter {
            name: "x".to_owned(),
            label: "X".to_owned(),
            kind,
            choices: Some(vec!["a".to_owned()]),
            required: true,
            example: String::new(),
        }
    }

    #[test]
    fn values_are_of_their_kind() {
        for (kind, good, bad) in [
            (ParameterKind::Text, &["a b", "订单 1"][..], &["a\nb", "\u{200b}", ""][..]),
            (ParameterKind::Integer, &["0", "-12"], &["1.5", "1e3", "--1", "+1", "1 2", "１"]),
            (ParameterKind::Number, &["0.5", "-12", "3.14"], &["1e9", ".5", "1.", "NaN", "inf"]),
            (
                ParameterKind::Date,
                &["2026-02-28"],
                &["2026-02-30", "26-02-01", "2026-2-1", "2026-02-01T00:00"],
            ),
            (ParameterKind::Choice, &["a"], &["b", "A"]),
        ] {
            let parameter = parameter(kind);
            assert!(good.iter().all(|value| fits(&parameter, value)), "{kind:?}");
            assert!(bad.iter().all(|value| !fits(&parameter, value)), "{kind:?}");
        }
        assert!(!fits(&parameter(ParameterKind::Text), &"x".repeat(201)));
    }

    #[test]
    fn what_is_no_parameter_is_refused_and_what_is_missing_is_named() {
        let mut content = ConnectorContent {
            parameters: vec![parameter(ParameterKind::Text)],
            ..ConnectorContent::default()
        };
        let given = |name: &str| Values::from([(name.to_owned(), " v ".to_owned())]);
        assert_eq!(checked(&content, &given("x")).unwrap()["x"], "v");
        for name in ["y", "visitor.id"] {
            assert!(matches!(checked(&content, &given(name)), Err(Error::Place(place)) if place == name));
        }
        assert!(matches!(checked(&content, &Values::new()), Err(Error::Place(place)) if place == "x"));
        content.parameters[0].required = false;
        assert_eq!(checked(&content, &Values::new()).unwrap()["x"], "");
    }

    #[test]
    fn only_what_is_signed_is_said_of_the_visitor() {
        let content = ConnectorContent {
            url: "https://shop.example/{visitor.id}?mail={visitor.email}".to_owned(),
            ..ConnectorContent::default()
        };
        let signed =
            Signed { id: "u-1".to_owned(), email: Some("a@b.example".to_owned()), ..Signed::default() };
        let values = of_visitor(&content, Some(&signed)).unwrap();
        assert_eq!(values.into_values().collect::<Vec<_>>(), ["a@b.example", "u-1"]);
        let unsigned = Signed { email: None, ..signed };
        assert!(matches!(of_visitor(&content, Some(&unsigned)), Err(Error::VisitorNotSigned)));
        assert!(matches!(of_visitor(&content, None), Err(Error::VisitorNotSigned)));
        assert!(of_visitor(&ConnectorContent::default(), None).unwrap().is_empty());
    }
}
