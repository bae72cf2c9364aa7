//! `octim`: one binary for the server and for everything an operator does with it.

use clap::Parser as _;
use mimalloc::MiMalloc;
use server::{
    cli::{self, Cli},
    commands,
};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let parsed = Cli::parse();
    // Several crates could provide TLS; this one does, and it fails only when it was chosen before.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match Box::pin(commands::run(parsed)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => cli::report(&error),
    }
}
