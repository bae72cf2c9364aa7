//! Hostile text in every field, parameter and id: never an error of ours (A36).

use super::fields::{Field, Stage, set, with_bodies};
use crate::support::*;
use server::routes;

/// PostgreSQL stores no NUL, in whatever field.
#[tokio::test]
async fn no_field_carries_what_postgres_cannot_store() {
    let Some(stage) = Stage::new(Backend::Postgres).await else { return };
    for route in with_bodies() {
        for Field { path, is_list, .. } in stage.fields(&route) {
            for text in ["\u{0}", "a\u{0}b@shop.example"] {
                let mut body = stage.sample(&route);
                set(&mut body, &path, if is_list { json!([text]) } else { json!(text) });
                let answer = stage.request(&route).json(&body).send(stage.app.address).await;
                let about = format!("{} {} with {path:?} = {text:.20?}", route.method, route.path);
                assert!(answer.status < 500, "{about}: {} {}", answer.status, answer.text());
            }
        }
    }
    for path in [
        "/api/search?q=%00",
        "/api/search?q=a%00b",
        "/api/entries?q=%00",
        "/octim.js?channel=%00",
        "/chat/%00",
    ] {
        let answer = stage.world.owner.get(path).await;
        assert!(answer.status < 500, "{path}: {}", answer.text());
    }
    stage.app.settle().await;
    stage.app.close().await;
}

#[tokio::test]
async fn hostile_text_is_stored_or_refused_and_never_an_error_of_ours() {
    let stage = Stage::new(Backend::Sqlite).await.unwrap();
    let corpus = [
        "\u{0}",
        "a\u{0}b",
        "\u{202e}\u{200b}\u{feff}",
        "\u{10ffff}",
        "'; drop table agents; --",
        "%00",
        "../../etc/passwd",
        "<script>alert(1)</script>",
        "${jndi:ldap://x}",
        "{{7*7}}",
        "\r\nSet-Cookie: a=b",
        "-1",
        "NaN",
        "1e999",
        "9223372036854775808",
        "\u{1b}[2J",
        "e\u{301}\u{301}\u{301}",
        "",
    ];
    for route in with_bodies() {
        for Field { path, is_list, .. } in stage.fields(&route) {
            for text in corpus.iter().map(|text| (*text).to_owned()).chain(["长".repeat(15_000)]) {
                let mut body = stage.sample(&route);
                let value = if is_list { json!([text]) } else { json!(text) };
                set(&mut body, &path, value);
                let answer = stage.request(&route).json(&body).send(stage.app.address).await;
                let about = format!("{} {} with {path:?} = {text:.20?}", route.method, route.path);
                assert!(answer.status < 500, "{about}: {} {}", answer.status, answer.text());
            }
        }
    }
    for route in routes::all().into_iter().filter(|route| !route.query.is_empty() && !route.takes_file) {
        for (name, _) in route.query {
            for text in [
                "%00",
                "a%00b",
                "%ff",
                "%",
                "%E2%80%AE",
                "'--",
                "-1",
                "9223372036854775808",
                "",
                "%F0%9F%98%80",
            ] {
                let mut request = stage.request(&route);
                let sign = if request.path.contains('?') { '&' } else { '?' };
                request.path = match *name {
                    "q" => format!("{}?q={text}", route.path),
                    "view" => format!("{}?view={text}", route.path),
                    _ => format!("{}{sign}{name}={text}", request.path),
                };
                let answer = request.send(stage.app.address).await;
                assert!(answer.status < 500, "{}: {} {}", request.path, answer.status, answer.text());
            }
        }
    }
    for id in
        ["0", "-1", "9223372036854775807", "9223372036854775808", "x", "%00", "%ff", "1.5", "1%20", "+1", "٣"]
    {
        for route in routes::all().into_iter().filter(|route| route.path.contains('{')) {
            let mut request = stage.request(&route);
            request.path = route.path.replace("{id}", id).replace("{secret}", id);
            if route.body.is_some() {
                request = request.json(&stage.sample(&route));
            }
            let answer = request.send(stage.app.address).await;
            assert!(
                matches!(answer.status, 404 | 400),
                "{} {}: {}",
                route.method,
                request.path,
                answer.text()
            );
        }
    }
    stage.app.settle().await;
    stage.app.close().await;
}
