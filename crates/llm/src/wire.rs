//! The chat-completions protocol: the request, a piece of a stream, a whole answer. What is not
//! needed is not read; what is read has one type.

use crate::tools::{Round, Tool};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Serialize)]
pub struct Request<'a> {
    pub model: &'a str,
    pub messages: Vec<Value>,
    pub max_tokens: u32,
    pub temperature: f32,
    pub stream: bool,
    pub stream_options: StreamOptions,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Value>,
}

/// What a model reads: its rules, what it is asked, and what came of its calls so far.
pub fn messages(system: &str, user: &str, rounds: &[Round]) -> Vec<Value> {
    let mut all =
        vec![json!({"role": "system", "content": system}), json!({"role": "user", "content": user})];
    for round in rounds {
        let calls: Vec<Value> = round
            .calls
            .iter()
            .map(|call| {
                let function = json!({"name": call.name, "arguments": call.arguments});
                json!({"id": call.id, "type": "function", "function": function})
            })
            .collect();
        all.push(json!({"role": "assistant", "content": null, "tool_calls": calls}));
        for (call, result) in round.calls.iter().zip(&round.results) {
            all.push(json!({"role": "tool", "tool_call_id": call.id, "content": result}));
        }
    }
    all
}

pub fn offered(tools: &[Tool]) -> Vec<Value> {
    let offered = |tool: &Tool| {
        let function =
            json!({"name": tool.name, "description": tool.description, "parameters": tool.parameters});
        json!({"type": "function", "function": function})
    };
    tools.iter().map(offered).collect()
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
    pub tool_calls: Option<Value>,
    pub function_call: Option<Value>,
}

impl Choice {
    /// It wants something done instead of saying something.
    pub fn wants_tool(&self) -> bool {
        let finished = matches!(self.finish_reason.as_deref(), Some("tool_calls" | "function_call"));
        let delta = self.delta.as_ref();
        finished
            || delta
                .is_some_and(|delta| given(delta.tool_calls.as_ref()) || given(delta.function_call.as_ref()))
    }

    /// It wants that in the way that was there before tools, which none of them is offered in.
    pub fn wants_function(&self) -> bool {
        let finished = self.finish_reason.as_deref() == Some("function_call");
        finished || self.delta.as_ref().is_some_and(|delta| given(delta.function_call.as_ref()))
    }

    /// The pieces of calls that came.
    pub fn calls(&self) -> Result<Vec<CallPiece>, serde_json::Error> {
        match self.delta.as_ref().and_then(|delta| delta.tool_calls.clone()) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(calls) => serde_json::from_value(calls),
        }
    }
}

fn given(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => false,
        Some(Value::Array(calls)) => !calls.is_empty(),
        Some(_) => true,
    }
}

/// A call of a tool, or a piece of one: its arguments are put together in the order in which they come.
#[derive(Debug, Deserialize)]
pub struct CallPiece {
    /// Which of several; whole answers leave it out.
    pub index: Option<usize>,
    pub id: Option<String>,
    pub function: Option<FunctionPiece>,
}

#[derive(Debug, Deserialize)]
pub struct FunctionPiece {
    pub name: Option<String>,
    pub arguments: Option<String>,
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
