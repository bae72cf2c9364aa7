//! The project's own chores, called as `cargo xtask tidy`, `cargo xtask codegen`, `cargo xtask plant` and
//! `cargo xtask train`.

mod codegen;
mod plant;
mod tidy;
mod train;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

#[derive(Parser)]
#[command(about = "Chores of the OctIM repository")]
enum Chore {
    /// Check the rules of ARCHITECTURE.md that no compiler knows
    Tidy,
    /// Write openapi.json and the TypeScript types made from it
    Codegen {
        /// Write nothing; fail when the files in the repository are out of date
        #[arg(long)]
        check: bool,
    },
    /// Plant each known bug in a copy of the repository; its tests must turn red
    Plant(plant::Options),
    /// Train the models of the language analysis
    #[command(subcommand)]
    Train(train::Train),
}

fn main() -> anyhow::Result<ExitCode> {
    let chore = Chore::parse();
    let metadata = cargo_metadata::MetadataCommand::new()
        .no_deps()
        .exec()
        .context("reading the workspace with `cargo metadata`")?;
    let root = PathBuf::from(metadata.workspace_root.as_str());
    let clean = match chore {
        Chore::Tidy => tidy::run(&root, &metadata)?,
        Chore::Codegen { check: true } => codegen::check(&root)?,
        Chore::Plant(options) => plant::run(&root, metadata.target_directory.as_std_path(), &options)?,
        Chore::Train(what) => train::run(&root, &what).map(|()| true)?,
        Chore::Codegen { check: false } => codegen::write(&root).map(|()| true)?,
    };
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
