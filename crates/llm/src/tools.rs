//! Tools that a model is offered, and what it calls them with.
//! Invariant: what it says is put together under bounds, and is nothing but text until somebody judges it.

use crate::wire::CallPiece;
use serde_json::Value;

/// Calls of one answer.
const CALLS: usize = 8;
/// Characters of one call.
const CHARACTERS: usize = 4_000;

/// Something that a model may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// Of letters, digits and `_`.
    pub name: String,
    pub description: String,
    /// JSON schema of its arguments.
    pub parameters: Value,
}

/// What a model asks for. The arguments should be a JSON object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToolCall {
    pub id: String,
    pub name: String,
    pub arguments: String,
}

/// Calls of one answer, and what came of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    pub calls: Vec<ToolCall>,
    pub results: Vec<String>,
}

/// Calls as they come in pieces.
#[derive(Default)]
pub struct Calls(Vec<ToolCall>);

/// There are too many, or one is too long.
#[derive(Debug, PartialEq, Eq)]
pub struct TooMuch;

impl Calls {
    pub fn take(&mut self, pieces: Vec<CallPiece>) -> Result<(), TooMuch> {
        for (place, piece) in pieces.into_iter().enumerate() {
            let index = piece.index.unwrap_or(place);
            if index >= CALLS {
                return Err(TooMuch);
            }
            while self.0.len() <= index {
                self.0.push(ToolCall::default());
            }
            let Some(call) = self.0.get_mut(index) else { return Err(TooMuch) };
            let (name, arguments) =
                piece.function.map(|said| (said.name, said.arguments)).unwrap_or_default();
            for (known, more) in
                [(&mut call.id, piece.id), (&mut call.name, name), (&mut call.arguments, arguments)]
            {
                known.push_str(&more.unwrap_or_default());
                if known.chars().count() > CHARACTERS {
                    return Err(TooMuch);
                }
            }
        }
        Ok(())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn done(self) -> Vec<ToolCall> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pieces(all: Value) -> Vec<CallPiece> {
        serde_json::from_value(all).unwrap()
    }

    #[test]
    fn calls_come_whole_however_they_are_cut() {
        let mut calls = Calls::default();
        let first = json!([{"index": 0, "id": "c1", "function": {"name": "lookup_1", "arguments": ""}}]);
        calls.take(pieces(first)).unwrap();
        for part in ["{\"or", "der\": \"A1\"}"] {
            calls.take(pieces(json!([{"index": 0, "function": {"arguments": part}}]))).unwrap();
        }
        calls
            .take(pieces(json!([{"index": 1, "id": "c2", "function": {"name": "x", "arguments": "{}"}}])))
            .unwrap();
        let done = calls.done();
        assert_eq!((done[0].name.as_str(), done[0].arguments.as_str()), ("lookup_1", "{\"order\": \"A1\"}"));
        assert_eq!((done.len(), done[1].id.as_str()), (2, "c2"));
    }

    #[test]
    fn calls_without_end_are_refused() {
        assert_eq!(Calls::default().take(pieces(json!([{"index": 9_999_999, "id": "x"}]))), Err(TooMuch));
        let mut calls = Calls::default();
        let more = || pieces(json!([{"index": 0, "function": {"arguments": "x".repeat(1_000)}}]));
        let taken = (0..9).take_while(|_| calls.take(more()).is_ok()).count();
        assert_eq!(taken, 4);
    }
}
