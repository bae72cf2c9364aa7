//! Every route, as one table: method, path, who may, what goes in and out. The router, the
//! authorisation tests and `openapi.json` are made from it, so a route cannot exist without
//! its permission or its description.

mod account;
mod admin;
mod benefits;
mod bots;
mod connectors;
mod contacts;
mod conversations;
mod copilot;
mod cors;
mod describe;
mod files;
mod guard;
mod help;
mod knowledge;
mod language;
mod learning;
mod llm;
mod moods;
mod operation;
mod pages;
mod pairs;
mod quality;
mod setup;
mod sources;
mod table;
mod transfer;
mod visitor;

pub use describe::openapi;
pub use pages::router as pages;
pub use table::{Access, Route, router};

/// All routes of the API; pages are in [`pages`].
pub fn all() -> Vec<Route> {
    [
        operation::routes(),
        setup::routes(),
        account::routes(),
        conversations::routes(),
        bots::routes(),
        moods::routes(),
        help::routes(),
        benefits::routes(),
        files::routes(),
        contacts::routes(),
        knowledge::routes(),
        language::routes(),
        learning::routes(),
        llm::routes(),
        copilot::routes(),
        connectors::routes(),
        quality::routes(),
        sources::routes(),
        pairs::routes(),
        admin::routes(),
        visitor::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
