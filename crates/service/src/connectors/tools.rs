//! Connectors as tools of a language model: what it is offered, and what it asked for.
//!
//! Invariant: a tool asks as the visitor, not as the model says. Who that is comes from what the site signed, and
//! is no argument; the arguments are judged like what a person types.

use super::{
    Answered, Connectors, Values,
    asking::Ask,
    values::{self, of_visitor},
};
use crate::{Error, Result};
use ::llm::Tool;
use model::{
    Connector, Conversation, LookupBy, LookupOutcome,
    connector::{Cell, ConnectorParameter, FieldKind, ParameterKind, ToolUse},
};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

/// A connector that the bot may use for the visitor of one conversation.
#[derive(Clone, Debug)]
pub struct Offered {
    pub connector: Connector,
    /// Of what is signed; the model sees none of it.
    visitor: Values,
    pub tool: Tool,
}

/// What came of a call.
pub struct Called {
    pub used: ToolUse,
    /// What the model is told; none where the call was not one that may be.
    pub answer: Option<String>,
}

impl Connectors {
    /// Those that may be used for the visitor; what asks about somebody who may be anybody is not offered.
    pub(crate) async fn tools(&self, conversation: &Conversation) -> Result<Vec<Offered>> {
        let workspace = conversation.workspace_id;
        let all = self.store.list_connectors(workspace).await?;
        let all = all.into_iter().filter(|one| one.content.is_enabled && one.content.for_bot);
        let signed = self.store.find_signed(workspace, conversation.contact_id).await?;
        let offered = all.filter_map(|connector| {
            let visitor = of_visitor(&connector.content, signed.as_ref()).ok()?;
            Some((connector, visitor))
        });
        let offered = offered.enumerate().map(|(index, (connector, visitor))| {
            let tool = tool(index, &connector);
            Offered { connector, visitor, tool }
        });
        Ok(offered.collect())
    }

    /// Whether a workspace has any for the bot.
    pub(crate) async fn has_tools(&self, conversation: &Conversation) -> Result<bool> {
        Ok(!self.tools(conversation).await?.is_empty())
    }

    /// Does what a model asks for. `lift` puts back what was hidden from it.
    pub(crate) async fn call(
        &self,
        conversation: &Conversation,
        offered: &Offered,
        arguments: &str,
        lift: impl Fn(&str) -> String,
        until: Instant,
    ) -> Result<Called> {
        let connector = &offered.connector;
        let used =
            |outcome, ms| ToolUse { connector_id: connector.id, name: connector.name.clone(), outcome, ms };
        let invalid = || Called { used: used(LookupOutcome::Invalid, 0), answer: None };
        let Some(said) = read(arguments) else { return Ok(invalid()) };
        let said: Values = said.into_iter().map(|(name, value)| (name, lift(&value))).collect();
        let Ok(mut values) = values::checked(&connector.content, &said) else { return Ok(invalid()) };
        let about = described(&connector.content.parameters, &values);
        values.extend(offered.visitor.clone());
        let by = LookupBy::Bot;
        let ask =
            Ask { connector, values: &values, by, conversation: Some(conversation.id), until: Some(until) };
        match self.ask(ask).await {
            Ok(answered) => {
                let answer = about + &told(&answered);
                Ok(Called { used: used(answered.outcome, answered.ms), answer: Some(answer) })
            }
            // A value that cannot stand in the address.
            Err(Error::Place(_) | Error::Field(_)) => Ok(invalid()),
            Err(error) => Err(error),
        }
    }
}

fn tool(index: usize, connector: &Connector) -> Tool {
    let properties: Map<String, Value> =
        connector.content.parameters.iter().map(|one| (one.name.clone(), schema(one))).collect();
    let required: Vec<&str> =
        connector.content.parameters.iter().filter(|one| one.required).map(|one| one.name.as_str()).collect();
    Tool {
        // Names may be in any script; models take letters and digits only.
        name: format!("lookup_{}", index + 1),
        description: format!("{}. {}", connector.name, connector.content.about),
        parameters: json!({
            "type": "object", "properties": properties, "required": required, "additionalProperties": false,
        }),
    }
}

fn schema(parameter: &ConnectorParameter) -> Value {
    let mut schema = json!({"type": "string", "description": parameter.label});
    match parameter.kind {
        ParameterKind::Text => {}
        ParameterKind::Integer => schema["pattern"] = json!("^-?[0-9]+$"),
        ParameterKind::Number => schema["pattern"] = json!("^-?[0-9]+(\\.[0-9]+)?$"),
        ParameterKind::Date => schema["format"] = json!("date"),
        ParameterKind::Choice => schema["enum"] = json!(parameter.choices),
    }
    schema
}

/// One object of plain values; anything else is none.
fn read(arguments: &str) -> Option<Values> {
    let Ok(Value::Object(all)) = serde_json::from_str(arguments) else { return None };
    let plain = |(name, value): (String, Value)| match value {
        Value::String(text) => Some((name, text)),
        Value::Number(number) => Some((name, number.to_string())),
        Value::Null => Some((name, String::new())),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    all.into_iter().map(plain).collect()
}

/// What was asked, so that an answer may name it.
fn described(parameters: &[ConnectorParameter], values: &Values) -> String {
    let line = |one: &ConnectorParameter| {
        let value = values.get(&one.name).filter(|value| !value.is_empty())?;
        Some(format!("{}: {value}\n", one.label))
    };
    parameters.iter().filter_map(line).collect::<Vec<_>>().concat()
}

/// The rows as lines. A text that leads somewhere is left out: only a field that is meant to may.
fn told(answered: &Answered) -> String {
    if answered.outcome == LookupOutcome::Nothing {
        return "(nothing was found)".to_owned();
    }
    if !answered.outcome.is_answer() {
        return "(the system cannot be asked at the moment)".to_owned();
    }
    let is_plain = |cell: &&Cell| cell.kind == FieldKind::Link || !leads(&cell.value);
    let row = |row: &Vec<Cell>| {
        let lines = row.iter().filter(is_plain).map(|cell| format!("{}: {}", cell.label, cell.value));
        lines.collect::<Vec<_>>().join("\n")
    };
    answered.rows.rows.iter().map(row).collect::<Vec<_>>().join("\n\n")
}

fn leads(text: &str) -> bool {
    let text = text.to_lowercase();
    ["://", "www.", "javascript:", "mailto:", "<", "]("].iter().any(|sign| text.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_plain_values_or_none() {
        let values = read(r#"{"order": "A1", "n": 3, "x": null}"#).unwrap();
        assert_eq!(values.into_values().collect::<Vec<_>>(), ["3", "A1", ""]);
        for bad in
            ["", "[]", "\"A1\"", "{", r#"{"a": {"b": 1}}"#, r#"{"a": ["A1"]}"#, r#"{"a": true}"#, "{} {}"]
        {
            assert!(read(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_text_that_leads_somewhere_is_not_told() {
        for text in ["see https://evil.example", "WWW.evil.example", "<a href=x>", "[x](y)", "javascript:1"] {
            assert!(leads(text), "{text}");
        }
        assert!(!leads("已发货，12.50 元"));
    }
}
