//! Language models of others, behind the chat-completions and embeddings protocols: asking them within
//! bounds, what they are told, and what may be believed of what they say.
//!
//! Invariants: nothing leaves but through `outbound`; whatever comes back is text to be judged, never
//! an instruction: a call of a tool that was not offered is a failure, markup is no answer, and a sentence for a visitor stands
//! in the entry that it names or is not said.

mod blocks;
mod cited;
mod client;
mod embedding;
mod facts;
pub mod grounding;
mod growing;
mod prompts;
mod retry;
mod sse;
mod tools;
mod wire;

pub use blocks::visible;
pub use client::{Answer, Ask, Client, Endpoint, Failure};
pub use embedding::{Embed, Embedded, MOST_TEXTS};
pub use grounding::{Checked, check};
pub use growing::Growing;
pub use prompts::{
    Labels, Passage, Prompt, Style, answer, answer_with_tools, entry_of, found, judge, label, labels_of,
    rewrite, select, summarise, supported_of, translate,
};
pub use tools::{Round, Tool, ToolCall};

/// About how many tokens a text is: one for each Chinese character, one for four letters.
pub fn tokens(text: &str) -> i64 {
    let quarters: i64 = text.chars().map(|c| if c.is_ascii() { 1 } else { 4 }).sum();
    quarters / 4 + 1
}

/// What a model finds when there is no answer in its entries.
pub const NO_ANSWER: &str = "NO_ANSWER";
