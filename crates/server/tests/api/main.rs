//! The API over HTTP and sockets, as clients meet it. Files mirror the addresses; `security`
//! holds what must be refused. docs/testing.md says how.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod account;
mod answer_images;
mod article_images;
mod articles;
mod audiences;
mod bot;
mod connectors;
mod conversations;
mod docs;

mod knowledge;
mod language;
mod learning;
mod link_cards;
mod llm;
mod pages;
mod pairs;
mod security;
mod socket;
mod sources;
mod support;
mod visitor;
