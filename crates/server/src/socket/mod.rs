//! Sockets: who is connected, what each follows, and the way of events to them.
//!
//! Invariants: a frame is encoded once per audience; every queue is bounded; one slow or
//! hostile client harms one connection. Clients send commands only, events come from us.

mod admission;
mod connection;
mod encode;
mod followers;
mod hub;
mod inbox;
mod outbox;
mod staff;
mod sync;
#[cfg(test)]
mod tests;
mod upgrade;
mod visitor;

pub use admission::Admission;
pub use encode::{Named, text};
pub use hub::Hub;
pub use inbox::run as run_inbox;
pub use upgrade::{sized, staff_socket, visitor_socket};
