//! The bot in conversations, as visitors and agents meet it.

mod follow_ups;
mod judged;
mod rules;
mod settings;
pub mod shop;
mod suggestions;
mod taken_over;
mod turns;
