//! The demo shop 山茶家居 Camellia Home: its people, visitors, conversations and knowledge,
//! as typed data read from the JSON files beside this one. Nothing here runs unless
//! somebody asks for the demo.

mod cast;
mod knowledge;
mod load;
pub mod orders;
pub mod page;

pub use load::load;

use model::{Locale, Role};
use serde::{Deserialize, de::DeserializeOwned};
use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
};

/// The password of every demo agent: it is printed at the start, and `.example` addresses
/// exist nowhere.
pub const PASSWORD: &str = "camellia-2718";

/// Where the demo is served.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// For browsers.
    pub origin: &'a str,
    /// For the server itself.
    pub server: SocketAddr,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    pub workspace: String,
    pub channel: Channel,
    /// Another one, on which the bot answers first.
    pub bot_channel: Channel,
    pub teams: Vec<Team>,
    pub agents: Vec<Agent>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    pub name: String,
    pub title: String,
    pub greeting: String,
    pub color: String,
    /// Key of the team that new conversations go to.
    pub team: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    pub key: String,
    pub name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    pub key: String,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub teams: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visitor {
    pub key: String,
    /// None stays anonymous.
    pub name: Option<String>,
    pub email: String,
    pub phone: String,
    pub locale: Locale,
    pub attributes: BTreeMap<String, String>,
    pub referrer: String,
    pub device: Device,
    pub note: String,
    /// Places in the shop in the order they were visited (the part after `#/`).
    pub pages: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Device {
    Iphone,
    Android,
    Windows,
    Mac,
}

impl Device {
    pub const fn user_agent(self) -> &'static str {
        match self {
            Self::Iphone => {
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1"
            }
            Self::Android => {
                "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36"
            }
            Self::Windows => {
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0"
            }
            Self::Mac => {
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Safari/605.1.15"
            }
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversation {
    /// Key of the visitor.
    pub visitor: String,
    pub started_minutes_ago: i64,
    pub steps: Vec<Step>,
}

/// `at` is seconds since the conversation began; `by` the key of an agent.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    Say {
        at: i64,
        /// `visitor` or the key of an agent.
        by: String,
        text: String,
    },
    Accept {
        at: i64,
        by: String,
    },
    /// Given to the queue of a team.
    Queue {
        at: i64,
        by: String,
        team: String,
    },
    /// None: the visitor ended it.
    Resolve {
        at: i64,
        by: Option<String>,
    },
    Rate {
        at: i64,
        stars: i16,
        tags: Vec<String>,
        solved: Option<bool>,
        text: String,
    },
}

impl Step {
    pub const fn at(&self) -> i64 {
        match self {
            Self::Say { at, .. }
            | Self::Accept { at, .. }
            | Self::Queue { at, .. }
            | Self::Resolve { at, .. }
            | Self::Rate { at, .. } => *at,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub category: String,
    pub question: String,
    pub phrasings: Vec<String>,
    pub answer: String,
    #[serde(default)]
    pub cards: Vec<Card>,
    /// Of an article.
    #[serde(default)]
    pub sections: Vec<model::Section>,
}

/// A way to a product's page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    pub product: String,
    pub title: String,
    pub text: String,
    pub button: String,
}

/// What the shop sells, as far as it is needed here.
#[derive(Debug, Deserialize)]
pub struct Product {
    pub id: String,
    pub price_fen: i64,
    pub name: HashMap<Locale, String>,
}

pub fn products() -> serde_json::Result<Vec<Product>> {
    serde_json::from_str(include_str!("products.json"))
}

pub fn people() -> serde_json::Result<People> {
    serde_json::from_str(include_str!("people.json"))
}

pub fn visitors() -> serde_json::Result<Vec<Visitor>> {
    serde_json::from_str(include_str!("visitors.json"))
}

pub fn conversations() -> serde_json::Result<Vec<Conversation>> {
    serde_json::from_str(include_str!("conversations.json"))
}

/// The Chinese entries, then the English ones, then the articles.
pub fn entries() -> serde_json::Result<Vec<Entry>> {
    fn read<T: DeserializeOwned>(json: &str) -> serde_json::Result<Vec<T>> {
        serde_json::from_str(json)
    }
    let mut entries = read(include_str!("entries.json"))?;
    entries.extend(read(include_str!("entries.en.json"))?);
    entries.extend(read(include_str!("articles.json"))?);
    Ok(entries)
}

#[cfg(test)]
mod tests;
