//! docs/client-protocol.md says what the code does.

use model::Locale;
use protocol::{
    ErrorCode,
    frame::{ClientFrame, MAX_FRAME, MAX_RESUME, SNAPSHOT, close},
};
use server::routes::Access;

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
fn parameters_have_types_and_choices_that_their_texts_name() {
    let api: serde_json::Value = serde_json::from_str(&server::openapi_json()).unwrap();
    let mut kinds = std::collections::BTreeMap::<String, usize>::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for operation in item.as_object().unwrap().values() {
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let (name, schema) = (&parameter["name"], &parameter["schema"]);
                *kinds.entry(schema["type"].as_str().unwrap().to_owned()).or_default() += 1;
                let text = parameter["description"].as_str().unwrap_or_default();
                for choice in schema["enum"].as_array().into_iter().flatten() {
                    assert!(
                        text.contains(choice.as_str().unwrap()),
                        "{path} {name}: {choice} is not in {text:?}"
                    );
                }
                let is_free = name == "q" || name == "name";
                let names_choices = !is_free && text.contains(" or ") && !text.contains("At most");
                assert!(
                    !names_choices || schema["enum"].is_array(),
                    "{path} {name}: {text:?} has no choices"
                );
            }
        }
    }
    assert!(kinds["integer"] >= 9 && kinds["boolean"] >= 3, "{kinds:?}");
}

/// Method, path and permission of every row of the page of the API. `…/x` stands for a last part that is
/// added to the path before, or stands in its place; a method alone for the same path.
fn described_routes() -> Vec<(String, String, String)> {
    let page = include_str!("../../../../docs/api-design.md");
    let mut described = Vec::new();
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let (cells, permission) = row.trim().trim_end_matches('|').rsplit_once('|').unwrap();
        let (mut method, mut paths): (&str, Vec<String>) = ("", Vec::new());
        for snippet in cells.split('`').skip(1).step_by(2) {
            let (first, rest) = snippet.split_once(' ').unwrap_or((snippet, ""));
            let is_method = ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&first);
            let path = if is_method { rest } else { snippet };
            if is_method {
                method = first;
            }
            let path = path.split('?').next().unwrap();
            if let Some(last) = path.strip_prefix('…') {
                let before = paths.first().cloned().unwrap_or_default();
                let parent = before.rsplit_once('/').map_or("", |(parent, _)| parent);
                paths = vec![before.clone(), format!("{before}{last}"), format!("{parent}{last}")];
            } else if path.starts_with('/') {
                paths = vec![path.to_owned()];
            } else if !is_method {
                continue;
            }
            described.extend(
                paths.iter().map(|path| (method.to_owned(), path.clone(), permission.trim().to_owned())),
            );
        }
    }
    described
}

/// The page is what a reviewer reads: a permission that changes in the code alone is noticed here.
#[test]
fn page_of_the_api_lists_every_route_with_its_permission() {
    let described = described_routes();
    for route in server::routes::all() {
        let names = |permission: &str| match route.access {
            Access::Public => permission == "–",
            Access::Visitor => permission == "visitor",
            Access::Staff(needed) => {
                let (module, action) = needed.code().rsplit_once('.').unwrap();
                permission.contains(&format!("`{module}.{action}`"))
                    || permission.contains(&format!("`{module}."))
                        && permission.contains(&format!("`.{action}`"))
            }
        };
        let same = |path: &String| *path == route.path;
        let rows: Vec<_> = described
            .iter()
            .filter(|(method, path, _)| *method == route.method.as_str() && same(path))
            .collect();
        assert!(!rows.is_empty(), "{} {} is not in docs/api-design.md", route.method, route.path);
        assert!(
            rows.iter().any(|(_, _, permission)| names(permission)),
            "{} {} has the access {:?}, and docs/api-design.md says {rows:?}",
            route.method,
            route.path,
            route.access
        );
    }
}
