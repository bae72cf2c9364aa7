//! HTML: headings, paragraphs, lists, tables and questions that fold out. Navigation, forms and
//! scripts are left out; where a page marks its main part, only that counts.
//!
//! The page is read as a stream of tags, as a browser's tokenizer would: no tree, so that nothing
//! grows with nesting.

mod reader;
#[cfg(test)]
mod tests;

use crate::{Block, Result};
use encoding_rs::{Encoding, GB18030, UTF_8};
use html5gum::{
    Span, Tokenizer,
    emitters::callback::{CallbackEmitter, CallbackEvent},
};
use reader::Reader;
use std::convert::Infallible;
use url::Url;

/// Bytes of the beginning in which a page names its encoding.
const DECLARATION: usize = 2_048;

/// A page as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub title: String,
    pub blocks: Vec<Block>,
    pub links: Vec<Link>,
    /// The page asks not to be kept.
    pub no_index: bool,
    /// The page asks that its links are not followed.
    pub no_follow: bool,
}

/// Where a page leads to, as it is written there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub href: String,
    pub no_follow: bool,
}

impl Link {
    /// Its address without the part behind `#`.
    pub fn from(&self, page: &Url) -> Option<Url> {
        let mut url = page.join(self.href.trim()).ok()?;
        url.set_fragment(None);
        matches!(url.scheme(), "http" | "https").then_some(url)
    }
}

/// Reads a page; `charset` is what its server said of it.
pub fn read(bytes: &[u8], charset: Option<&str>) -> Result<Page> {
    let text = decode(bytes, charset);
    let mut reader = Reader::new(&text);
    let mut failed = None;
    let mut emitter: CallbackEmitter<_, Infallible, usize> =
        CallbackEmitter::new(|event: CallbackEvent<'_>, span: Span<usize>| {
            if failed.is_none() {
                failed = reader.take(&event, span.start).err();
            }
            None
        });
    emitter.naively_switch_states(true);
    // (It gives nothing back: all goes to the reader.)
    Tokenizer::new_with_emitter(text.as_str(), emitter).for_each(drop);
    failed.map_or_else(|| reader.finish(), Err)
}

/// By its mark, its server, itself, or else as UTF-8 and what Chinese pages were written in before.
fn decode(bytes: &[u8], charset: Option<&str>) -> String {
    let named = || charset.and_then(|name| Encoding::for_label(name.as_bytes()));
    let encoding =
        Encoding::for_bom(bytes).map(|(encoding, _)| encoding).or_else(named).or_else(|| declared(bytes));
    let encoding =
        encoding.unwrap_or_else(|| if std::str::from_utf8(bytes).is_ok() { UTF_8 } else { GB18030 });
    encoding.decode(bytes).0.into_owned()
}

/// `<meta charset="…">`, also in its old form.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(DECLARATION)]).to_ascii_lowercase();
    let at = head.find("charset=")? + "charset=".len();
    let name = head[at..].trim_start_matches(['"', '\'', ' ']);
    let end =
        name.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')).unwrap_or(name.len());
    Encoding::for_label(&name.as_bytes()[..end])
}
