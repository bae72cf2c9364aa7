//! How files of the web are served.

use super::*;
use http_body_util::BodyExt as _;

fn files(list: &[(&str, &str)]) -> Arc<Files> {
    let file = |(path, text): &(&str, &str)| {
        let variant = |name: &str| Some(Bytes::from(format!("{name} of {text}")));
        let plain = Bytes::from((*text).to_owned());
        ((*path).to_owned(), File::new(plain, variant("br"), variant("gzip")))
    };
    Arc::new(Files(list.iter().map(file).collect()))
}

fn assets() -> Assets {
    Assets {
        console: files(&[("index.html", "console"), ("assets/app-1a2b.js", "js"), ("icon.svg", "svg")]),
        widget: files(&[
            ("octim.js", "run()"),
            ("window/index.html", "<head></head>window"),
            ("window/assets/w-3c4d.css", "css"),
        ]),
    }
}

fn asking(pairs: &[(axum::http::HeaderName, &'static str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
}

async fn body(response: Response) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().into()).unwrap()
}

#[tokio::test]
async fn address_of_the_router_gets_the_page_and_missing_file_gets_404() {
    let none = HeaderMap::new();
    for path in ["", "index.html", "inbox", "inbox/12/messages", "settings/channels/new"] {
        let response = assets().console(path, &none);
        assert_eq!(response.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
        assert_eq!(response.headers()[CACHE_CONTROL], "no-cache");
        assert_eq!(body(response).await, "console", "{path}");
    }
    for path in ["assets/old-9f.js", "assets/x", "favicon.ico", "api/x.css", "../octim.db", "..\\x"] {
        assert_eq!(assets().console(path, &none).status(), 404, "{path}");
    }
}

#[tokio::test]
async fn hashed_file_is_kept_for_ever() {
    let none = HeaderMap::new();
    let js = assets().console("assets/app-1a2b.js", &none);
    assert_eq!(js.headers()[CACHE_CONTROL], "public, max-age=31536000, immutable");
    assert_eq!(js.headers()[CONTENT_TYPE], "text/javascript; charset=utf-8");
    let css = assets().window_file("assets/w-3c4d.css", &none);
    assert_eq!(css.headers()[CACHE_CONTROL], "public, max-age=31536000, immutable");
    assert_eq!(assets().console("icon.svg", &none).headers()[CACHE_CONTROL], "no-cache");
}

#[tokio::test]
async fn best_encoding_that_the_client_takes_is_sent() {
    for (accepted, encoding, text) in [
        ("gzip, deflate, br, zstd", Some("br"), "br of js"),
        ("gzip;q=1.0, br;q=0", Some("gzip"), "gzip of js"),
        ("identity", None, "js"),
        ("brotli, xgzip", None, "js"),
    ] {
        let response = assets().console("assets/app-1a2b.js", &asking(&[(ACCEPT_ENCODING, accepted)]));
        let got = response.headers().get(CONTENT_ENCODING).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(got.as_deref(), encoding, "{accepted}");
        assert_eq!(response.headers()[VARY], "accept-encoding");
        assert_eq!(body(response).await, text);
    }
}

#[tokio::test]
async fn known_version_is_not_sent_again() {
    let first = assets().console("", &HeaderMap::new());
    let tag = first.headers()[ETAG].clone();
    for known in [tag.to_str().unwrap().to_owned(), format!("\"x\", W/{}", tag.to_str().unwrap()), "*".into()]
    {
        let mut request = HeaderMap::new();
        request.insert(IF_NONE_MATCH, HeaderValue::from_str(&known).unwrap());
        let again = assets().console("", &request);
        assert_eq!(again.status(), 304, "{known}");
        assert_eq!(again.headers()[ETAG], tag);
        assert_eq!(body(again).await, "");
    }
    let mut other = asking(&[(ACCEPT_ENCODING, "br")]);
    other.insert(IF_NONE_MATCH, tag);
    assert_eq!(assets().console("", &other).status(), 200, "another encoding is another version");
}

#[tokio::test]
async fn window_page_is_never_kept_because_its_policy_is_of_the_channel() {
    let response = assets().window("#aa00ff", &asking(&[(IF_NONE_MATCH, "*")]));
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    assert_eq!(assets().window_file("index.html", &HeaderMap::new()).status(), 404);
}

#[test]
fn loader_may_be_used_by_other_sites() {
    let response = assets().loader("", &HeaderMap::new());
    assert_eq!(response.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    assert_eq!(response.headers()[CONTENT_TYPE], "text/javascript; charset=utf-8");
    assert!(response.headers()[CACHE_CONTROL].to_str().unwrap().contains("max-age=300"));
}

#[tokio::test]
async fn window_and_loader_begin_with_the_color_of_the_channel() {
    let none = HeaderMap::new();
    let page = body(assets().window("#aa00ff", &none)).await;
    assert_eq!(page, "<head><meta name=\"octim-color\" content=\"#aa00ff\" /></head>window");
    let loader = assets().loader("#aa00ff", &none);
    let other = assets().loader("#aa00fe", &none);
    assert_ne!(loader.headers()[ETAG], other.headers()[ETAG], "another color is another version");
    let script = body(loader).await;
    assert!(script.contains("'#aa00ff'") && script.ends_with("run()"), "{script}");
    for bad in ["", "#aa00f", "red", "#aa00f'", "#\"><b>"] {
        assert_eq!(body(assets().window(bad, &none)).await, "<head></head>window", "{bad}");
        assert_eq!(body(assets().loader(bad, &none)).await, "run()", "{bad}");
    }
}

#[tokio::test]
async fn web_that_is_not_built_says_so_in_both_languages() {
    let empty = Assets { console: Arc::default(), widget: Arc::default() };
    for response in [empty.console("inbox", &HeaderMap::new()), empty.window("#aa00ff", &HeaderMap::new())] {
        assert_eq!(response.status(), 503);
        let text = body(response).await;
        assert!(text.contains("尚未构建") && text.contains("not built"));
    }
}
