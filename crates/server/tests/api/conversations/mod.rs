//! Conversations as visitors and agents have them.

mod benefits;
mod help;
mod journey;
mod later;
mod lists;
mod moods;
mod routing;
mod search;
mod transfer;
