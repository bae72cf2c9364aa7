//! A writer that lets no control character through, so that a field can neither begin a
//! line of its own nor command the operator's terminal.

use std::io::{self, Write};
use tracing_subscriber::fmt::MakeWriter;

/// Wraps where the log goes.
pub struct EscapeControls<W>(pub W);

/// The subscriber writes each event at once, with its line break at the end.
pub struct Escaping<W>(W);

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for EscapeControls<W> {
    type Writer = Escaping<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Escaping(self.0.make_writer())
    }
}

impl<W: Write> Write for Escaping<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(event);
        let body = line.strip_suffix('\n').unwrap_or(&line);
        if body.chars().any(is_dangerous) {
            let mut escaped = String::with_capacity(line.len() + 16);
            for character in body.chars() {
                if is_dangerous(character) {
                    escaped.extend(character.escape_default());
                } else {
                    escaped.push(character);
                }
            }
            escaped.push('\n');
            self.0.write_all(escaped.as_bytes())?;
        } else {
            self.0.write_all(event)?;
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Controls (C0, DEL, C1), other line breaks, and what reorders a line.
fn is_dangerous(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
