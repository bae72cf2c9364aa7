//! `octim language analyse`: what the built-in analysis makes of a text, drawn for a terminal.
//! Invariant: it needs no configuration and no data folder, and writes nothing.

mod drawing;

use std::io::Read as _;

use anyhow::Context as _;
use language::entities::calendar::Date;

use super::say;
use crate::cli::{self, Analyse, Language};

/// More than is ever analysed; what is piped in by mistake does not fill the memory.
const MOST_BYTES: u64 = 1 << 20;

pub fn run(command: &Language, now: model::Millis) -> anyhow::Result<()> {
    match command {
        Language::Analyse(analyse) => analysis(analyse, now),
    }
}

fn analysis(command: &Analyse, now: model::Millis) -> anyhow::Result<()> {
    let text = if let Some(text) = &command.text {
        text.clone()
    } else {
        let mut bytes = Vec::new();
        std::io::stdin().take(MOST_BYTES).read_to_end(&mut bytes).context("reading standard input")?;
        String::from_utf8_lossy(&bytes).trim_end().to_owned()
    };
    let analysis = language::analyse(&text, Date::from_days(now.div_euclid(86_400_000)))?;
    if command.json {
        say(serde_json::to_string_pretty(&analysis)?);
    } else {
        say(drawing::draw(&analysis, &text, cli::terminal_locale(command.locale.as_deref())).trim_end());
    }
    Ok(())
}
