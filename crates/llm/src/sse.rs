//! Server-sent events as the protocol uses them: `data:` lines between empty ones.
//! Invariant: no line is kept that is longer than [`LINE`].

/// The longest line; a model's piece is a few hundred bytes.
const LINE: usize = 64 * 1024;

#[derive(Default)]
pub struct Events {
    rest: Vec<u8>,
}

/// A line is too long or is no UTF-8.
#[derive(Debug, PartialEq, Eq)]
pub struct Broken;

impl Events {
    /// The data of the lines that are complete with these bytes.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<String>, Broken> {
        self.rest.extend_from_slice(bytes);
        let mut found = Vec::new();
        let mut start = 0;
        while let Some(length) = self.rest[start..].iter().position(|byte| *byte == b'\n') {
            let line = self.rest[start..start + length].strip_suffix(b"\r");
            let line = line.unwrap_or(&self.rest[start..start + length]);
            start += length + 1;
            if line.len() > LINE {
                return Err(Broken);
            }
            if let Some(data) = line.strip_prefix(b"data:") {
                let data = std::str::from_utf8(data).map_err(|_| Broken)?;
                found.push(data.trim().to_owned());
            }
        }
        self.rest.drain(..start);
        if self.rest.len() > LINE { Err(Broken) } else { Ok(found) }
    }

    /// What stands after the last line break.
    pub fn rest(&mut self) -> Result<Vec<String>, Broken> {
        if self.rest.is_empty() { Ok(Vec::new()) } else { self.feed(b"\n") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole_however_they_are_cut() {
        let stream = ": hello\n\ndata: {\"a\":\"退\"}\r\n\r\nevent: x\ndata:[DONE]\n";
        for size in 1..stream.len() {
            let mut events = Events::default();
            let mut all = Vec::new();
            for piece in stream.as_bytes().chunks(size) {
                all.extend(events.feed(piece).unwrap());
            }
            assert_eq!(all, ["{\"a\":\"退\"}", "[DONE]"]);
        }
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let mut events = Events::default();
        let piece = vec![b'x'; 1_000];
        let given = (0..1_000).take_while(|_| events.feed(&piece).is_ok()).count();
        assert!(given < 70, "{given}");
        assert_eq!(Events::default().feed(b"data: \xff\xfe\n"), Err(Broken));
    }
}
