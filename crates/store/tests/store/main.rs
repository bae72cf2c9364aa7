//! The contract of every store method, on both databases.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod articles;
mod assignments;
mod attachments;
mod backup;
mod bot;
mod channels;
mod cluster;
mod connectors;
mod contacts;
mod conversations;
mod definition;
mod entries;
mod fixture;
mod jobs;
mod learning;
mod llm;
mod messages;
mod meta;
mod moods;
mod random;
mod ratings;
mod schema;
mod scope;
mod search;
mod sessions;
mod teams;
mod totp;
mod upgrade;
mod visitors;
mod workspaces;
mod writer;
