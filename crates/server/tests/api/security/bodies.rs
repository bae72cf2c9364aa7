//! Bodies that are something else than they should be, for every route that takes one (A02, A09).

use super::fields::{Field, Stage, set, with_bodies};
use crate::support::*;
use std::collections::BTreeSet;

#[tokio::test]
async fn string_that_is_something_else_is_refused() {
    let stage = Stage::new(Backend::Sqlite).await.unwrap();
    let mut tried = 0;
    for route in with_bodies() {
        let fields = stage.fields(&route);
        for Field { path, nullable, is_list } in fields {
            let mut wrong = vec![json!({"$ne": ""}), json!({}), json!(7), json!(1.5), json!(true), json!([])];
            if is_list {
                wrong.pop();
                wrong.extend([json!([7]), json!([[]]), json!([null]), json!("x"), json!([{"$gt": ""}])]);
            } else {
                wrong.push(json!(["x"]));
            }
            if !nullable {
                wrong.push(Value::Null);
            }
            for value in wrong {
                let mut body = stage.sample(&route);
                set(&mut body, &path, value.clone());
                let answer = stage.request(&route).json(&body).send(stage.app.address).await;
                let about =
                    format!("{} {} with {path:?} = {value}: {}", route.method, route.path, answer.text());
                assert!(matches!(answer.status, 400 | 422), "{} {about}", answer.status);
                assert!(
                    matches!(answer.code().as_str(), "invalid_field" | "invalid_body" | "unknown_field"),
                    "{about}"
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 250, "{tried}");
    stage.app.close().await;
}

/// Every column of every table.
fn columns() -> BTreeSet<String> {
    let sql = include_str!("../../../../store/migrations/sqlite/0001_first.sql");
    let lines = sql.lines().filter_map(|line| line.strip_prefix("    "));
    let names = lines.filter_map(|line| line.split(' ').next()).filter(|name| {
        name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
            && !["primary", "unique", "check"].contains(name)
    });
    names.map(str::to_owned).collect()
}

#[tokio::test]
async fn column_that_a_body_does_not_have_is_refused_by_name() {
    let stage = Stage::new(Backend::Sqlite).await.unwrap();
    let columns = columns();
    let before = stage.world.owner.conversation(&stage.objects.conversation).await;
    assert!(
        ["workspace_id", "role", "verified", "token_hash", "sender_id"]
            .iter()
            .all(|one| columns.contains(*one))
    );
    for route in with_bodies() {
        let sample = stage.sample(&route);
        let schema = serde_json::to_value(&route.body.as_ref().unwrap().schema).unwrap();
        let name = schema["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
        let known = &stage.api["components"]["schemas"][name]["properties"];
        let extra = ["is_admin", "__proto__", "constructor", "id", "csrf_token"].map(str::to_owned);
        for column in columns.iter().cloned().chain(extra).filter(|column| known[column].is_null()) {
            let mut body = sample.clone();
            body[&column] = json!("1");
            let answer = stage.request(&route).json(&body).send(stage.app.address).await;
            let about =
                format!("{} {} with {column}: {} {}", route.method, route.path, answer.status, answer.text());
            assert_eq!(
                (answer.code().as_str(), &answer.json()["field"]),
                ("unknown_field", &json!(column)),
                "{about}"
            );
        }
    }
    // Nothing of it reached the rows.
    let after = stage.world.owner.conversation(&stage.objects.conversation).await;
    assert_eq!(after, before);
    stage.app.close().await;
}

#[tokio::test]
async fn malformed_and_oversized_bodies_are_refused_with_their_reason() {
    let stage = Stage::new(Backend::Sqlite).await.unwrap();
    let deep = "[".repeat(30_000) + &"]".repeat(30_000);
    let many = format!("{{{}}}", (0..4_000).map(|n| format!("\"k{n}\":1")).collect::<Vec<_>>().join(","));
    for route in with_bodies() {
        let sample = stage.sample(&route).to_string();
        // An entry may be as long as an article.
        let is_long = matches!(route.path, "/api/knowledge/entries" | "/api/knowledge/entries/{id}");
        let large = format!("{}{}", sample, " ".repeat(if is_long { 1_100_000 } else { 70_000 }));
        let cases: [(&[u8], u16, &str); 13] = [
            (b"", 400, "invalid_body"),
            (b"{", 400, "invalid_body"),
            (b"null", 400, "invalid_body"),
            (b"[]", 400, "invalid_body"),
            (b"[\"x\",\"y\",\"z\"]", 400, "invalid_body"),
            (b"7", 400, "invalid_body"),
            (b"\"x\"", 400, "invalid_body"),
            (b"{}{}", 400, ""),
            (b"\xef\xbb\xbf{}", 400, "invalid_body"),
            (b"{\"a\":\"\xff\xfe\"}", 400, "not_text"),
            (deep.as_bytes(), 400, "invalid_body"),
            (many.as_bytes(), 400, "unknown_field"),
            (large.as_bytes(), 413, "too_large"),
        ];
        for (bytes, status, code) in cases {
            let answer = stage.request(&route).bytes("application/json", bytes).send(stage.app.address).await;
            let about = format!(
                "{} {} {:.20?}: {}",
                route.method,
                route.path,
                String::from_utf8_lossy(bytes),
                answer.text()
            );
            let fits = answer.status == status || (status == 400 && answer.status == 422);
            assert!(fits && (code.is_empty() || answer.code() == code), "{} {about}", answer.status);
        }
    }
    stage.app.close().await;
}
