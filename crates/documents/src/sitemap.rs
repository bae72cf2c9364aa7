//! Sitemaps: the pages that a site lists, and other lists that it refers to.

use crate::{Error, Result};
use quick_xml::{Reader, events::Event};

/// Addresses of one list; more are not read.
const ADDRESSES: usize = 50_000;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sitemap {
    pub pages: Vec<String>,
    pub maps: Vec<String>,
}

/// None when it is another kind of XML.
pub fn read(bytes: &[u8]) -> Result<Option<Sitemap>> {
    let text = std::str::from_utf8(bytes).map_err(|_| Error::Unreadable)?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut map = Sitemap::default();
    let mut is_index = None;
    let mut address: Option<String> = None;
    loop {
        match reader.read_event().map_err(|_| Error::Unreadable)? {
            Event::Start(tag) | Event::Empty(tag) if is_index.is_none() => {
                match tag.local_name().into_inner() {
                    "urlset" => is_index = Some(false),
                    "sitemapindex" => is_index = Some(true),
                    _ => return Ok(None),
                }
            }
            // (Pictures have addresses too, with a prefix.)
            Event::Start(tag) if tag.name().into_inner() == "loc" => address = Some(String::new()),
            Event::Text(text) => {
                if let Some(address) = &mut address {
                    address.push_str(&text.xml10_content());
                }
            }
            Event::CData(text) => {
                if let Some(address) = &mut address {
                    address.push_str(&text.xml10_content());
                }
            }
            Event::GeneralRef(entity) => {
                if let Some(address) = &mut address
                    && &*entity.xml10_content() == "amp"
                {
                    address.push('&');
                }
            }
            Event::End(tag) if tag.name().into_inner() == "loc" => {
                let list = if is_index == Some(true) { &mut map.maps } else { &mut map.pages };
                let address = address.take().unwrap_or_default().trim().to_owned();
                if !address.is_empty() && list.len() < ADDRESSES {
                    list.push(address);
                }
            }
            Event::Eof => return Ok(is_index.map(|_| map)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_and_other_lists_are_read() {
        let text = "<?xml version=\"1.0\"?><urlset xmlns=\"x\"><url><loc> https://a.example/?x=1&amp;y=2 </loc><lastmod>2026</lastmod>\
            <image:image><image:loc>https://a.example/i.png</image:loc></image:image></url><url><loc><![CDATA[https://a.example/b]]></loc></url></urlset>";
        let map = read(text.as_bytes()).unwrap().unwrap();
        assert_eq!(map.pages, ["https://a.example/?x=1&y=2", "https://a.example/b"]);
        let index =
            read(b"<sitemapindex><sitemap><loc>https://a.example/m.xml</loc></sitemap></sitemapindex>");
        assert_eq!(index.unwrap().unwrap().maps, ["https://a.example/m.xml"]);
    }

    #[test]
    fn other_xml_is_no_sitemap() {
        assert_eq!(read(b"<rss><loc>x</loc></rss>").unwrap(), None);
        assert_eq!(read(b"").unwrap(), None);
        assert_eq!(read(b"<urlset><url></urlset>").unwrap_err(), Error::Unreadable);
        assert_eq!(read(b"\xff\xfe").unwrap_err(), Error::Unreadable);
    }
}
