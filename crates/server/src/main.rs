//! `octim`: one binary for the server and for everything an operator does with it.

use clap::Parser as _;
use mimalloc::MiMalloc;
use server::{
    cli::{self, Cli},
    commands,
};
use std::{process::ExitCode, time::Duration};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// A thread beside the requests (hashing, files, the encoder) keeps the memory that it needed until it ends. Tokio would
/// let it wait ten seconds for more to do.
const IDLE: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let parsed = Cli::parse();
    // Several crates could provide TLS; this one does, and it fails only when it was chosen before.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_keep_alive(IDLE).build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(Box::pin(commands::run(parsed))),
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => cli::report(&error),
    }
}
