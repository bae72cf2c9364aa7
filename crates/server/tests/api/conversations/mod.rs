//! Conversations as visitors and agents have them.

mod journey;
