//! Bodies that are refused, and with what.

use super::*;
use axum::http::Request as HttpRequest;
use futures_util::stream;
use serde::Deserialize;
use std::{collections::BTreeMap, convert::Infallible, future::pending};

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Thing {
    name: String,
    #[serde(default)]
    count: u32,
    #[serde(default)]
    inner: Option<Inner>,
    #[serde(default)]
    list: Vec<Inner>,
    #[serde(default)]
    of: BTreeMap<String, Inner>,
    #[serde(default)]
    kind: Option<Kind>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Plain,
    Whole(Inner),
    Apart { flag: bool },
    Two(u8, Inner),
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Inner {
    flag: bool,
}

async fn send(kind: &str, body: impl Into<Body>) -> Result<Thing, ApiError> {
    let request = HttpRequest::post("/").header(CONTENT_TYPE, kind).body(body.into()).unwrap();
    Json::from_request(request, &()).await.map(|Json(thing)| thing)
}

async fn refusal(body: impl Into<Body>) -> (&'static str, Option<String>) {
    let error = send("application/json", body).await.unwrap_err();
    (error.code.code(), error.field)
}

fn about(code: &'static str, field: &str) -> (&'static str, Option<String>) {
    (code, Some(field.to_owned()))
}

#[tokio::test]
async fn json_is_accepted_under_its_own_name_only() {
    for kind in ["application/json", "Application/JSON; charset=UTF-8", "application/json;"] {
        assert_eq!(send(kind, r#"{"name":"李雷"}"#).await.unwrap().name, "李雷");
    }
    for kind in [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/jsonx",
        "application/json; charset=gbk",
        "text/plain; a=application/json",
    ] {
        let error = send(kind, r#"{"name":"x"}"#).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::UnsupportedMediaType, "{kind}");
    }
}

#[tokio::test]
async fn body_without_a_type_or_with_two_is_refused() {
    let none = HttpRequest::post("/").body(Body::from("{}")).unwrap();
    let two = HttpRequest::post("/")
        .header(CONTENT_TYPE, "application/json")
        .header(CONTENT_TYPE, "text/plain")
        .body(Body::from("{}"))
        .unwrap();
    for request in [none, two] {
        let error = Json::<Thing>::from_request(request, &()).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::UnsupportedMediaType);
    }
}

#[tokio::test]
async fn unknown_field_is_named() {
    assert_eq!(refusal(r#"{"name":"x","is_admin":true}"#).await, about("unknown_field", "is_admin"));
    let nested = r#"{"name":"x","inner":{"flag":true,"evil":1}}"#;
    assert_eq!(refusal(nested).await, about("unknown_field", "inner.evil"));
}

#[tokio::test]
async fn wrong_value_is_named() {
    assert_eq!(refusal("{}").await, about("invalid_field", "name"));
    assert_eq!(refusal(r#"{"name":"x","inner":{}}"#).await, about("invalid_field", "inner.flag"));
    assert_eq!(refusal(r#"{"name":"x","name":"y"}"#).await, about("invalid_field", "name"));
    for wrong in [r#"{"$gt":""}"#, "[]", "1", "true", "null"] {
        let body = format!(r#"{{"name":{wrong}}}"#);
        assert_eq!(refusal(body).await, about("invalid_field", "name"));
    }
    let nested = r#"{"name":"x","inner":{"flag":"yes"}}"#;
    assert_eq!(refusal(nested).await, about("invalid_field", "inner.flag"));
}

#[tokio::test]
async fn list_is_no_object_at_any_depth() {
    for (fields, field) in [
        (r#""inner":[true]"#, "inner"),
        (r#""list":[{"flag":true},[true]]"#, "list[1]"),
        (r#""of":{"a":[true]}"#, "of.a"),
        (r#""kind":{"whole":[true]}"#, "kind.whole"),
        (r#""kind":{"apart":[true]}"#, "kind.apart"),
        (r#""kind":{"two":[1,[true]]}"#, "kind.two[1]"),
    ] {
        assert_eq!(refusal(format!(r#"{{"name":"x",{fields}}}"#)).await, about("invalid_field", field));
    }
    for (kind, wanted) in [
        (r#""plain""#, Kind::Plain),
        (r#"{"whole":{"flag":true}}"#, Kind::Whole(Inner { flag: true })),
        (r#"{"apart":{"flag":true}}"#, Kind::Apart { flag: true }),
        (r#"{"two":[1,{"flag":true}]}"#, Kind::Two(1, Inner { flag: true })),
    ] {
        let body = format!(
            r#"{{"name":"x","list":[{{"flag":false}}],"of":{{"a":{{"flag":true}}}},"inner":null,"kind":{kind}}}"#
        );
        let thing = send("application/json", body).await.unwrap();
        assert_eq!((thing.kind, thing.inner), (Some(wanted), None));
        assert_eq!((thing.list, &thing.of["a"]), (vec![Inner { flag: false }], &Inner { flag: true }));
    }
}

#[tokio::test]
async fn what_is_no_object_of_json_is_malformed() {
    for body in
        ["", " ", "{", "[]", "null", "\"x\"", "{\"name\":\"x\"} x", "{name:1}", "{\"name\":\"\\ud800\"}"]
    {
        assert_eq!(refusal(body.to_owned()).await, ("invalid_body", None), "{body}");
    }
    let deep = format!("{{\"name\":{}", "[".repeat(10_000));
    assert!(matches!(refusal(deep).await.0, "invalid_body" | "invalid_field"));
}

#[tokio::test]
async fn bytes_that_are_no_text_are_told_apart() {
    assert_eq!(refusal(&b"{\"name\":\"\xff\xfe\"}"[..]).await, ("not_text", None));
}

#[tokio::test]
async fn body_is_refused_beyond_64_kib_and_accepted_up_to_it() {
    let fitting = format!("{{\"name\":\"{}\"}}", "x".repeat(MAX_BODY - 11));
    assert_eq!(fitting.len(), MAX_BODY);
    assert!(send("application/json", fitting.clone()).await.is_ok());
    assert_eq!(refusal(fitting + " ").await, ("too_large", None));
}

#[tokio::test(start_paused = true)]
async fn body_that_does_not_arrive_is_given_up() {
    let endless = stream::once(pending::<Result<&'static str, Infallible>>());
    assert_eq!(refusal(Body::from_stream(endless)).await, ("timeout", None));
}

#[tokio::test]
async fn long_name_of_an_unknown_field_is_not_repeated() {
    let body = format!("{{\"{}\":1}}", "x".repeat(1_000));
    assert_eq!(refusal(body).await, ("unknown_field", None));
}
