//! Writes what is generated from the server's API description: `openapi.json` at the root and the
//! TypeScript types of the web client. Both are checked in, so that a change of the API is seen in review.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

const OPENAPI: &str = "openapi.json";
const SCHEMA: &str = "web/client/src/schema.ts";

pub fn write(root: &Path) -> anyhow::Result<()> {
    for (path, text) in generate(root)? {
        fs::write(root.join(path), text).with_context(|| format!("writing {path}"))?;
        println!("wrote {path}");
    }
    Ok(())
}

/// True when the files in the repository are what would be written now.
pub fn check(root: &Path) -> anyhow::Result<bool> {
    let mut fresh = true;
    for (path, text) in generate(root)? {
        let line = first_difference(&fs::read_to_string(root.join(path)).unwrap_or_default(), &text);
        if let Some(line) = line {
            println!("{path}:{line}: out of date; run `cargo xtask codegen` and commit the result");
            fresh = false;
        }
    }
    Ok(fresh)
}

fn generate(root: &Path) -> anyhow::Result<[(&'static str, String); 2]> {
    let openapi = server::openapi_json();
    let schema = typescript(root, &openapi)?;
    Ok([(OPENAPI, openapi), (SCHEMA, schema)])
}

fn typescript(root: &Path, openapi: &str) -> anyhow::Result<String> {
    let mut generator = Command::new(root.join("node_modules/.bin/openapi-typescript"))
        .current_dir(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("starting openapi-typescript; `npm ci` installs it")?;
    // It reads all of its input before it writes, so this cannot block; dropping the pipe ends it.
    generator.stdin.take().context("no pipe to openapi-typescript")?.write_all(openapi.as_bytes())?;
    let output = generator.wait_with_output()?;
    ensure!(output.status.success(), "openapi-typescript failed");
    Ok(String::from_utf8(output.stdout)?)
}

/// The first line, counted from one, in which two texts differ.
fn first_difference(left: &str, right: &str) -> Option<usize> {
    let common = left.lines().zip(right.lines()).take_while(|(a, b)| a == b).count();
    (left != right).then_some(common + 1)
}

#[cfg(test)]
mod tests {
    use super::first_difference;

    #[test]
    fn difference_names_the_line() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(first_difference("", "a\n"), Some(1));
        assert_eq!(first_difference("a\n", "a"), Some(2));
    }
}
