//! `cargo xtask tidy`: the rules of the architecture that no compiler knows, each in a file of its own.
//! Every breach is printed as `path:line: what is wrong`.

mod edges;
mod migrations;
mod plants;
mod sources;
mod texts;

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use cargo_metadata::Metadata;

/// One breach of a rule.
#[derive(Debug, PartialEq)]
struct Finding {
    path: String,
    /// Counted from one.
    line: usize,
    message: String,
}

/// A text file of the repository; the path is relative to the root, with forward slashes.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn finding(&self, line: usize, message: impl Into<String>) -> Finding {
        Finding { path: self.path.clone(), line, message: message.into() }
    }

    fn extension(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    /// The folder, and the name in it.
    fn split(&self) -> (&str, &str) {
        self.path.rsplit_once('/').unwrap_or(("", &self.path))
    }

    /// The line on which `needle` stands first, or the first line.
    fn line_of(&self, needle: &str) -> usize {
        self.text.lines().position(|line| line.contains(needle)).map_or(1, |index| index + 1)
    }
}

/// True when no rule is broken.
pub fn run(root: &Path, metadata: &Metadata) -> anyhow::Result<bool> {
    let sources = read_sources(root)?;
    let mut findings = edges::check(&edges::read(metadata), &sources);
    findings.extend(sources.iter().flat_map(sources::check));
    findings.extend(texts::check(&sources));
    findings.extend(migrations::check(&sources));
    findings.extend(plants::check(&sources));
    findings.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    for Finding { path, line, message } in &findings {
        println!("{path}:{line}: {message}");
    }
    match findings.len() {
        0 => println!("tidy: {} files, nothing to mend", sources.len()),
        count => println!("tidy: {count} to mend in {} files", sources.len()),
    }
    Ok(findings.is_empty())
}

/// What git tracks or would track, as far as it is text that some rule reads.
fn read_sources(root: &Path) -> anyhow::Result<Vec<Source>> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .context("listing files with git")?;
    ensure!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    let paths = String::from_utf8(output.stdout)?;
    let read = paths.split_terminator('\0').map(|path| Source { path: path.into(), text: String::new() });
    let wanted = read.filter(|source| {
        let kinds = ["rs", "ts", "tsx", "vue", "css", "js", "mjs", "html", "sh", "sql", "json", "toml"];
        kinds.contains(&source.extension())
    });
    // A file that was deleted but not yet committed is listed and cannot be read.
    let present = wanted.filter_map(|mut source| {
        source.text = fs::read_to_string(root.join(&source.path)).ok()?;
        Some(source)
    });
    Ok(present.collect())
}
