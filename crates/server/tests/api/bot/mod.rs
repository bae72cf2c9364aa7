//! The bot in conversations, as visitors and agents meet it.

mod judged;
mod rules;
mod settings;
pub mod shop;
mod suggestions;
mod taken_over;
mod turns;
