//! The chat-completions protocol: the request, a piece of a stream, a whole answer. What is not
//! needed is not read; what is read has one type.

use serde::{Deserialize, Serialize};

#[derive(Serialize)]
pub struct Request<'a> {
    pub model: &'a str,
    pub messages: [Message<'a>; 2],
    pub max_tokens: u32,
    pub temperature: f32,
    pub stream: bool,
    pub stream_options: StreamOptions,
}

#[derive(Serialize)]
pub struct Message<'a> {
    pub role: &'static str,
    pub content: &'a str,
}

#[derive(Serialize)]
pub struct StreamOptions {
    pub include_usage: bool,
}

/// A piece of a stream, or a whole answer: the choices differ in one word.
#[derive(Debug, Deserialize)]
pub struct Piece {
    #[serde(default)]
    pub choices: Vec<Choice>,
    pub usage: Option<Usage>,
    pub error: Option<serde_json::Value>,
}

#[derive(Debug, Deserialize)]
pub struct Choice {
    #[serde(alias = "message")]
    pub delta: Option<Delta>,
    pub finish_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Delta {
    pub content: Option<String>,
    pub tool_calls: Option<serde_json::Value>,
    pub function_call: Option<serde_json::Value>,
}

impl Choice {
    /// It wants something done instead of saying something.
    pub fn wants_tool(&self) -> bool {
        let given = |value: &Option<serde_json::Value>| match value {
            None | Some(serde_json::Value::Null) => false,
            Some(serde_json::Value::Array(calls)) => !calls.is_empty(),
            Some(_) => true,
        };
        let finished = matches!(self.finish_reason.as_deref(), Some("tool_calls" | "function_call"));
        finished
            || self
                .delta
                .as_ref()
                .is_some_and(|delta| given(&delta.tool_calls) || given(&delta.function_call))
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Usage {
    #[serde(default)]
    pub prompt_tokens: i64,
    #[serde(default)]
    pub completion_tokens: i64,
}

/// What an error's body says, for whoever set the endpoint up.
pub fn complaint(body: &[u8]) -> String {
    let told = |value: &serde_json::Value| {
        let error = value.get("error").unwrap_or(value);
        let message = error.get("message").or_else(|| value.get("message")).unwrap_or(error);
        message.as_str().map(str::to_owned)
    };
    serde_json::from_slice::<serde_json::Value>(body).ok().as_ref().and_then(told).unwrap_or_default()
}
