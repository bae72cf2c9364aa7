//! For tests only: the parts that tests of several crates share.

pub mod chaos;
pub mod checker;
pub mod database;
pub mod history;
pub mod llm;
pub mod network;
pub mod process;
pub mod socket;
pub mod system;
mod wait;

pub use wait::eventually;
