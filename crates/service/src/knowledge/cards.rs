//! Link cards below answers (链接卡片): bounded, and leading only to pages that are safe to open.

use crate::{Error, Result, text};
use model::{LinkCard, WorkspaceId};
use std::collections::HashSet;
use store::Store;
use url::Url;

/// Of one answer.
pub const CARDS: usize = 3;
const TITLE: usize = 60;
const TEXT: usize = 120;
const BUTTON: usize = 20;
const LINK: usize = 2_000;

/// Bounded, each with a title and a web address.
pub fn clean(raw: Vec<LinkCard>) -> Result<Vec<LinkCard>> {
    if raw.len() > CARDS {
        return Err(Error::Field("cards"));
    }
    raw.into_iter().map(card).collect()
}

fn card(raw: LinkCard) -> Result<LinkCard> {
    let line = |text: &str, most| {
        let line = text::optional_line("cards", text, most)?;
        Ok::<_, Error>(if text::is_blank(&line) { String::new() } else { line })
    };
    let title = line(&raw.title, TITLE)?;
    if title.is_empty() {
        return Err(Error::Field("cards"));
    }
    let link = web_address(&raw.link).ok_or(Error::Field("cards"))?;
    Ok(LinkCard {
        title,
        text: line(&raw.text, TEXT)?,
        link: link.into(),
        image: raw.image,
        button: line(&raw.button, BUTTON)?,
    })
}

/// Nothing but a page: no other scheme, and no name and password that look like a host.
fn web_address(text: &str) -> Option<Url> {
    let url = Url::parse(text.trim()).ok()?;
    let is_web = matches!(url.scheme(), "https" | "http")
        && url.username().is_empty()
        && url.password().is_none()
        && url.as_str().len() <= LINK;
    is_web.then_some(url)
}

/// The origins of the workspace's own sites: pages there may be without https.
pub struct Sites(HashSet<String>);

impl Sites {
    /// Those that channels name, and those where their script was seen last.
    pub async fn of(store: &Store, workspace: WorkspaceId) -> Result<Self> {
        let channels = store.list_channels(workspace).await?.into_iter();
        Ok(Self(
            channels
                .flat_map(|one| one.settings.allowed_origins.into_iter().chain(one.seen_origin))
                .collect(),
        ))
    }

    /// A link that stands stays, wherever it leads by now.
    #[must_use]
    pub fn with<'a>(mut self, standing: impl IntoIterator<Item = &'a LinkCard>) -> Self {
        let origins = standing.into_iter().filter_map(|card| web_address(&card.link));
        self.0.extend(origins.map(|url| url.origin().ascii_serialization()));
        self
    }

    pub fn allow<'a>(&self, cards: impl IntoIterator<Item = &'a LinkCard>) -> bool {
        cards.into_iter().all(|card| self.is_open_to(&card.link))
    }

    fn is_open_to(&self, link: &str) -> bool {
        web_address(link).is_some_and(|url| {
            url.scheme() == "https" || self.0.contains(&url.origin().ascii_serialization())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(link: &str) -> LinkCard {
        LinkCard { title: "茶壶".into(), link: link.into(), ..LinkCard::default() }
    }

    #[test]
    fn cards_are_bounded_and_have_a_title_and_a_link() {
        let full = LinkCard {
            text: " 600 ml ".into(),
            button: "\u{200b}".into(),
            ..to(" HTTPS://Shop.example/a b ")
        };
        let cleaned = LinkCard { text: "600 ml".into(), ..to("https://shop.example/a%20b") };
        assert_eq!(clean(vec![full]).unwrap(), [cleaned]);
        assert!(clean(vec![to("https://a.example"); CARDS]).is_ok());
        let long = |length| "字".repeat(length);
        let broken = [
            LinkCard { title: "\u{200b}".into(), ..to("https://a.example") },
            LinkCard { title: long(TITLE + 1), ..to("https://a.example") },
            LinkCard { text: long(TEXT + 1), ..to("https://a.example") },
            LinkCard { text: "two\nlines".into(), ..to("https://a.example") },
            LinkCard { button: long(BUTTON + 1), ..to("https://a.example") },
            to(&format!("https://a.example/{}", "a".repeat(LINK))),
        ];
        for one in broken {
            assert!(matches!(clean(vec![one.clone()]), Err(Error::Field("cards"))), "{one:?}");
        }
        assert!(matches!(clean(vec![to("https://a.example"); CARDS + 1]), Err(Error::Field("cards"))));
    }

    #[test]
    fn a_link_leads_to_a_page_with_https_or_on_ones_own_site() {
        let refused = [
            "",
            "shop.example",
            "/product",
            "//shop.example",
            "javascript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "mailto:a@shop.example",
            "ftp://shop.example",
            "https://shop.example@evil.example",
            "https://a:b@evil.example",
        ];
        for link in refused {
            assert!(matches!(clean(vec![to(link)]), Err(Error::Field("cards"))), "{link}");
        }
        let sites = Sites(["http://shop.example:8080".to_owned()].into());
        let verdicts = [
            ("https://anywhere.example/", true),
            ("http://shop.example:8080/product?id=7#top", true),
            ("http://shop.example/", false),
            ("http://anywhere.example/", false),
            ("javascript:alert(1)", false),
        ];
        for (link, verdict) in verdicts {
            assert_eq!(sites.allow(&[to(link)]), verdict, "{link}");
        }
        let sites = sites.with(&[to("http://shop.example/teapot")]);
        assert!(
            sites.allow(&[to("http://shop.example/mug")]) && !sites.allow(&[to("http://anywhere.example/")])
        );
    }
}
