//! What a visitor's window does.

mod identity;
mod messages;
mod session;
