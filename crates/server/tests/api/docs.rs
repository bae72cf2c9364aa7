//! docs/client-protocol.md says what the code does.

use model::Locale;
use protocol::{
    ErrorCode,
    frame::{ClientFrame, MAX_FRAME, MAX_RESUME, SNAPSHOT, close},
};

const PAGE: &str = include_str!("../../../../docs/client-protocol.md");

/// The rows of the table under a heading, cell by cell.
fn table(heading: &str) -> Vec<Vec<String>> {
    let section =
        PAGE.split(&format!("\n## {heading}\n")).nth(1).unwrap_or_else(|| panic!("no section {heading}"));
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

#[test]
fn page_lists_every_error_with_its_status_and_both_sentences() {
    let rows = table("Errors");
    let expected: Vec<Vec<String>> = ErrorCode::ALL
        .iter()
        .map(|code| {
            vec![
                format!("`{}`", code.code()),
                code.status().to_string(),
                code.sentence(Locale::ZhCn).to_owned(),
                code.sentence(Locale::En).to_owned(),
            ]
        })
        .collect();
    assert_eq!(rows, expected);
}

#[test]
fn page_explains_every_frame_of_both_sides() {
    let section = |heading: &str| {
        let rest = PAGE.split(&format!("\n## {heading}\n")).nth(1).unwrap();
        rest.split("\n## ").next().unwrap().to_owned()
    };
    let client = section("Frames of the client");
    for command in ClientFrame::COMMANDS {
        assert!(client.contains(&format!("### {command} (")), "{command} has no heading");
        assert!(client.contains(&format!("\"type\": \"{command}\"")), "{command} has no example");
    }
    let api: serde_json::Value = serde_json::from_str(&server::openapi_json()).unwrap();
    let server = section("Frames of the server");
    for side in ["ServerFrame_Agent", "ServerFrame_Visitor"] {
        let frames = api["components"]["schemas"][side]["oneOf"].as_array().unwrap();
        assert!(frames.len() > 8);
        for frame in frames {
            let kind = frame["properties"]["type"]["enum"][0].as_str();
            let kind = kind.unwrap_or_else(|| panic!("{frame:.300}"));
            assert!(server.contains(&format!("\"type\": \"{kind}\"")), "{kind} has no example");
        }
    }
}

#[test]
fn page_lists_every_close_code_and_the_limits() {
    let codes = table("Close codes");
    for code in [close::TOO_LARGE, close::RESTART, close::SLOW, close::SESSION, close::PROTOCOL, close::RATE]
    {
        assert!(codes.iter().any(|row| row[0].contains(&code.to_string())), "{code}");
    }
    let limits = table("Limits");
    let of = |name: &str| {
        let row = limits.iter().find(|row| row[0].starts_with(name));
        row.unwrap_or_else(|| panic!("no limit of {name}"))[1].clone()
    };
    assert!(of("frame of the client").starts_with(&format!("{} KiB", MAX_FRAME / 1024)));
    assert_eq!(of("messages in a resumed stream"), format!("{MAX_RESUME}, {SNAPSHOT}, 100"));
    assert_eq!(
        of("text"),
        format!("{},{:03} characters", model::Content::MAX_TEXT / 1_000, model::Content::MAX_TEXT % 1_000)
    );
}

#[test]
fn page_of_the_api_lists_every_route() {
    let page = include_str!("../../../../docs/api-design.md");
    for route in server::routes::all() {
        let path = route.path;
        let parent = path.rsplit_once('/').map_or(path, |(parent, _)| parent);
        // Some rows name the last part only, after the first of a group.
        let last = path.rsplit('/').next().unwrap();
        assert!(
            page.contains(path) || (page.contains(parent) && page.contains(last)),
            "{} {path}",
            route.method
        );
    }
}
