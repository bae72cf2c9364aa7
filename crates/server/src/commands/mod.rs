//! What each command does. Invariant: a command either did what it says, or ends with a
//! sentence and an exit code; nothing is half done that cannot be repeated.

pub(crate) mod backup;
mod bot;
mod demo;
mod doctor;
mod fill;
mod folder;
mod language;
mod migrate;
mod offline;
mod password;
pub(crate) mod restore;
mod serve;
mod setup;
mod user;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use crate::{
    cli::{Cli, Command},
    config::Config,
    logs,
};
use service::Error;
use std::{fmt::Display, io::Write as _};

pub async fn run(cli: Cli) -> anyhow::Result<()> {
    let flags = cli.flags();
    // These need no configuration.
    let command = match cli.command {
        Command::Bench(command) => return bench::run(command).await,
        Command::Bot(command) => return bot::run(command),
        Command::Openapi => {
            say(crate::openapi_json().trim_end());
            return Ok(());
        }
        Command::Language(command) => return language::run(&command, service::Clock::System.now()),
        command => command,
    };
    let config = Config::load(&flags).map_err(crate::cli::Failure::from)?;
    logs::init(config.log)?;
    match command {
        Command::Serve(_) => serve::run(config).await,
        Command::Setup(setup) => setup::run(&config, setup).await,
        Command::Demo(_) => demo::run(config).await,
        Command::User(user) => user::run(&config, user).await,
        Command::Migrate(migrate) => migrate::run(&config, migrate).await,
        Command::Fill(fill) => fill::run(&config, fill).await,
        Command::Backup(backup) => backup::run(&config, &backup).await,
        Command::Restore(restore) => restore::run(&config, &restore).await,
        Command::Doctor(doctor) => doctor::run(&config, &doctor).await,
        Command::Config => {
            say(config.describe().trim_end());
            Ok(())
        }
        Command::Bench(_) | Command::Bot(_) | Command::Language(_) | Command::Openapi => Ok(()),
    }
}

/// A line for the person, on standard output. Unlike `println!` it survives a closed pipe.
fn say(text: impl Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// A service's refusal in words for a terminal.
fn explain(error: Error) -> anyhow::Error {
    let sentence = crate::errors::code_of(&error).sentence(model::Locale::En);
    match error {
        Error::Field(field) => anyhow::anyhow!("{sentence}: {}", field.replace('_', " ")),
        Error::Internal(reason) | Error::ReadOnly(reason) => {
            anyhow::anyhow!("{sentence} ({reason})")
        }
        _ => anyhow::anyhow!("{sentence}"),
    }
}
