//! One page of a source: asked for, and read as what it is.

use crate::knowledge::import::{self, Row};
use documents::{Block, Link, Sitemap};
use model::{PageProblem, Section};
use outbound::{Client, Error, Limits, Request};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use url::Url;

use super::robots::{self, Robots};

const LIMITS: Limits = Limits { total: Duration::from_secs(20), bytes: 5 * 1024 * 1024 };
const ROBOTS: Limits = Limits { total: Duration::from_secs(10), bytes: robots::BYTES };

/// A question with its answer, or an article, as it is kept until an editor takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    category: Option<String>,
    question: String,
    phrasings: Option<Vec<String>>,
    answer: String,
    tags: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sections: Option<Vec<Section>>,
}

impl From<Row> for Found {
    fn from(row: Row) -> Self {
        let Row { category, question, phrasings, answer, tags, sections, .. } = row;
        Self { category, question, phrasings, answer: answer.unwrap_or_default(), tags, sections }
    }
}

impl Found {
    pub const fn is_article(&self) -> bool {
        self.sections.is_some()
    }

    /// `number` counts the rows of a source; `below` is the category of the source.
    pub fn into_row(self, number: usize, page: &str, below: &str) -> Row {
        let Self { category, question, phrasings, answer, tags, sections } = self;
        let category = match (below, category) {
            ("", category) => category,
            (below, None) => Some(below.to_owned()),
            (below, Some(category)) => Some(format!("{below}/{category}")),
        };
        // A page has no summary: an article keeps its own.
        let answer = sections.is_none().then_some(answer);
        let page = Some(page.to_owned());
        Row { line: number, page, category, question, phrasings, answer, tags, sections, ..Row::default() }
    }
}

/// What a page holds.
#[derive(Debug)]
pub struct Reading {
    pub found: Vec<Found>,
    pub links: Vec<Url>,
    /// It only lists other pages.
    pub is_list: bool,
}

pub async fn robots(client: &Client, site: &Url) -> Result<Robots, PageProblem> {
    let Ok(url) = site.join("/robots.txt") else { return Err(PageProblem::Refused) };
    match client.send(Request::get(url).within(ROBOTS)).await {
        Ok(answer) if answer.status < 300 => Ok(Robots::read(&String::from_utf8_lossy(&answer.body))),
        // There are no rules.
        Ok(answer) if (400..500).contains(&answer.status) => Ok(Robots::default()),
        // Rules that cannot be known, or read through, forbid.
        Ok(_) | Err(Error::TooLarge(_)) => Ok(Robots::closed()),
        Err(error) => Err(problem(&error)),
    }
}

/// With `articles`, the page as one article; otherwise the questions that it answers.
pub async fn page(client: &Client, url: &Url, articles: bool) -> Result<Reading, PageProblem> {
    let request = Request::get(url.as_str())
        .header("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5");
    let answer = client.send(request.within(LIMITS)).await.map_err(|error| problem(&error))?;
    if answer.url.origin() != url.origin() {
        return Err(PageProblem::Elsewhere);
    }
    match answer.status {
        200..300 => {}
        404 | 410 => return Err(PageProblem::Gone),
        _ => return Err(PageProblem::Status),
    }
    if answer.header("x-robots-tag").is_some_and(|value| value.to_ascii_lowercase().contains("noindex")) {
        return Err(PageProblem::NoIndex);
    }
    let kind = answer.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let (at, body) = (answer.url, answer.body);
    // A page may be long: not on a task that answers others.
    let read = tokio::task::spawn_blocking(move || read(&at, &kind, &body, articles)).await;
    read.unwrap_or(Err(PageProblem::Unreadable))
}

fn read(url: &Url, kind: &str, body: &[u8], articles: bool) -> Result<Reading, PageProblem> {
    let media = kind.split(';').next().unwrap_or_default().trim();
    let ends = |ending: &str| url.path().to_ascii_lowercase().ends_with(ending);
    let rows = if media == "application/pdf" || body.starts_with(b"%PDF-") {
        document(url, documents::pdf(body).map_err(unreadable)?, articles)
    } else if media.ends_with("wordprocessingml.document") || (ends(".docx") && body.starts_with(b"PK")) {
        document(url, documents::docx(body).map_err(unreadable)?, articles)
    } else if media == "text/markdown" || ends(".md") {
        let text = String::from_utf8_lossy(body);
        if articles {
            Ok(import::article::of(import::markdown::sections(&text), name(url)))
        } else {
            import::markdown::read(&text)
        }
    } else if media.ends_with("/xml") {
        let list = documents::sitemap(body).map_err(unreadable)?.ok_or(PageProblem::Unreadable)?;
        return Ok(Reading { found: Vec::new(), links: listed(url, list), is_list: true });
    } else if media == "text/html" || media == "application/xhtml+xml" {
        let charset = kind.split(';').find_map(|part| part.trim().strip_prefix("charset="));
        let page = documents::html(body, charset.map(|name| name.trim_matches('"'))).map_err(unreadable)?;
        if page.no_index {
            return Err(PageProblem::NoIndex);
        }
        let links = if page.no_follow { Vec::new() } else { followed(url, &page.links) };
        let rows = if articles {
            let title = if page.title.is_empty() { name(url) } else { page.title };
            import::article::of(import::outline::plain(page.blocks), title)
        } else {
            import::page(page, 0).map_err(|_| PageProblem::TooLarge)?
        };
        return Ok(Reading { found: rows.into_iter().map(Found::from).collect(), links, is_list: false });
    } else {
        return Err(PageProblem::Unreadable);
    };
    let rows = rows.map_err(|_| PageProblem::TooLarge)?;
    Ok(Reading { found: rows.into_iter().map(Found::from).collect(), links: Vec::new(), is_list: false })
}

fn document(url: &Url, blocks: Vec<Block>, articles: bool) -> crate::Result<Vec<Row>> {
    if articles {
        Ok(import::article::of(import::outline::plain(blocks), name(url)))
    } else {
        import::outline::of_document(blocks, 0)
    }
}

/// What a page is called that has no title: the last part of its address.
fn name(url: &Url) -> String {
    let path = url.path().trim_end_matches('/');
    let last = path.rsplit('/').next().unwrap_or_default();
    // `+` is no space in a path.
    let encoded = last.replace('+', "%2B");
    let decoded = url::form_urlencoded::parse(encoded.as_bytes()).next().map(|(name, _)| name.into_owned());
    let name = decoded.filter(|name| !name.is_empty());
    name.or_else(|| url.host_str().map(str::to_owned)).unwrap_or_default()
}

fn followed(url: &Url, links: &[Link]) -> Vec<Url> {
    links.iter().filter(|link| !link.no_follow).filter_map(|link| link.from(url)).collect()
}

fn listed(url: &Url, list: Sitemap) -> Vec<Url> {
    let addresses = list.maps.into_iter().chain(list.pages);
    addresses.filter_map(|href| Link { href, no_follow: false }.from(url)).collect()
}

fn unreadable(error: documents::Error) -> PageProblem {
    match error {
        documents::Error::TooLarge => PageProblem::TooLarge,
        _ => PageProblem::Unreadable,
    }
}

fn problem(error: &Error) -> PageProblem {
    match error {
        Error::Refused(_) => PageProblem::Refused,
        Error::Timeout => PageProblem::Timeout,
        Error::TooLarge(_) => PageProblem::TooLarge,
        Error::Unreachable(_) | Error::Resting(_) => PageProblem::Unreachable,
    }
}
