//! What must be refused: who may do what, other tenants, hostile input, foreign pages.

mod bad_input;
mod bodies;
mod canaries;
mod commands;
mod csrf;
mod fields;
mod files;
mod framing;
mod headers;
mod hostile;
mod matrix;
mod origins;
pub mod samples;
mod tenants;
mod world;

pub use world::{connector, second_workspace};
