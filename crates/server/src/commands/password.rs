//! Passwords for commands: from a file or standard input, never from an argument, which
//! every user of the machine can see.

use anyhow::{Context as _, ensure};
use std::{fs, io, path::Path};

/// The first line of the file; `-` is standard input.
pub fn read(path: &Path) -> anyhow::Result<String> {
    let mut text = if path == Path::new("-") {
        let mut line = String::new();
        io::stdin().read_line(&mut line).context("cannot read the password from standard input")?;
        line
    } else {
        fs::read_to_string(path)
            .with_context(|| format!("cannot read the password file {}", path.display()))?
    };
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    ensure!(!text.is_empty(), "the password is empty");
    ensure!(!text.contains('\n'), "the password file has more than one line");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_break_at_the_end_does_not_count() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("password");
        for (written, read_back) in
            [("a b c", Some("a b c")), (" a \r\n", Some(" a ")), ("", None), ("\n", None), ("a\nb\n", None)]
        {
            fs::write(&path, written).unwrap();
            assert_eq!(read(&path).ok().as_deref(), read_back, "{written:?}");
        }
        assert!(read(&folder.path().join("none")).unwrap_err().to_string().contains("none"));
    }
}
