//! Set-up, logging in, the second factor.

mod agents;
mod login;
mod second_factor;
mod setup;
