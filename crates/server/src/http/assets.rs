//! The console and the chat window, as their builds left them: embedded in a release,
//! read from web/*/dist when a debug build starts.
//!
//! Invariant: only files of those builds are served, each with the one content type of its
//! ending; a name with a hash in it is cached for ever, any other name is asked for again.

mod folder;

use axum::{
    body::{Body, Bytes},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{
            ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE,
            ETAG, IF_NONE_MATCH, VARY,
        },
    },
    response::{IntoResponse, Response},
};
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use super::ApiError;

/// One file of a web build.
pub struct Embedded {
    path: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

mod web {
    use super::Embedded;
    include!(concat!(env!("OUT_DIR"), "/web.rs"));
}

const FOREVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";
/// The loader has a fixed name, and the sites of others ask for it at every page view.
const FIVE_MINUTES: &str = "public, max-age=300, stale-while-revalidate=86400";
/// The window's page has headers of its channel, which a 304 would leave old.
const NEVER: &str = "no-store";

const WINDOW_PAGE: &str = "window/index.html";

const NOT_BUILT: &str = "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\">\
    <title>OctIM</title><p>界面尚未构建：请运行 npm run build，然后重新启动。</p>\
    <p lang=\"en\">The web is not built: run npm run build, then start again.</p></html>";

/// Both web builds; clones are the same.
#[derive(Clone)]
pub struct Assets {
    console: Arc<Files>,
    widget: Arc<Files>,
}

#[derive(Default)]
struct Files(HashMap<String, File>);

struct File {
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
    /// Of the plain content.
    hash: u64,
}

impl Assets {
    pub fn load() -> Self {
        Self {
            console: Arc::new(Files::of(&web::CONSOLE, web::CONSOLE_FOLDER)),
            widget: Arc::new(Files::of(&web::WIDGET, web::WIDGET_FOLDER)),
        }
    }

    /// Whether both builds are there.
    pub fn is_complete(&self) -> bool {
        self.console.0.contains_key("index.html")
            && self.widget.0.contains_key(WINDOW_PAGE)
            && self.widget.0.contains_key("octim.js")
    }

    /// `path` is what follows `/console/`. The router of the page knows addresses that are
    /// no files: they get the page itself; what looks like a file must be one.
    pub fn console(&self, path: &str, request: &HeaderMap) -> Response {
        match self.console.0.get(path) {
            Some(file) => file.respond(path, cache_of(path), request),
            None if looks_like_a_file(path) => ApiError::not_found().into_response(),
            None => self.console.page("index.html", ASK_AGAIN, request),
        }
    }

    /// The chat window and the hosted page, which learn their colour before they paint. The
    /// caller sets the policy of the channel.
    pub fn window(&self, color: &str, request: &HeaderMap) -> Response {
        match self.widget.0.get(WINDOW_PAGE) {
            Some(file) if is_color(color) => {
                let meta = format!("<meta name=\"octim-color\" content=\"{color}\" /></head>");
                file.changed(|page| page.replacen("</head>", &meta, 1)).respond(WINDOW_PAGE, NEVER, request)
            }
            _ => self.widget.page(WINDOW_PAGE, NEVER, request),
        }
    }

    /// `path` is what follows `/window/`.
    pub fn window_file(&self, path: &str, request: &HeaderMap) -> Response {
        let path = format!("window/{path}");
        match self.widget.0.get(&path) {
            // The page itself has an address, and a policy, of its own.
            Some(file) if path != WINDOW_PAGE => file.respond(&path, cache_of(&path), request),
            _ => ApiError::not_found().into_response(),
        }
    }

    /// `/octim.js`. For a channel it begins with the channel's colour, for a tag that names none.
    pub fn loader(&self, color: &str, request: &HeaderMap) -> Response {
        let Some(file) = self.widget.0.get("octim.js") else {
            return ApiError::not_found().into_response();
        };
        let mut response = if is_color(color) {
            let tag = format!(
                "(function(s){{if(s&&!s.dataset.color)s.dataset.color='{color}'}})(document.currentScript);\n"
            );
            file.changed(|script| tag + script).respond("octim.js", FIVE_MINUTES, request)
        } else {
            file.respond("octim.js", FIVE_MINUTES, request)
        };
        // For `crossorigin` with `integrity`.
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        response
    }
}

impl Files {
    fn of(embedded: &'static [Embedded], folder: &str) -> Self {
        if cfg!(debug_assertions) && embedded.is_empty() {
            return folder::read(folder);
        }
        let file = |file: &'static Embedded| {
            let variant = |bytes: Option<&'static [u8]>| bytes.map(Bytes::from_static);
            let plain = Bytes::from_static(file.plain);
            (file.path.to_owned(), File::new(plain, variant(file.brotli), variant(file.gzip)))
        };
        Self(embedded.iter().map(file).collect())
    }

    fn page(&self, path: &str, cache: &'static str, request: &HeaderMap) -> Response {
        let Some(file) = self.0.get(path) else {
            let kind = [(CONTENT_TYPE, content_type("html")), (CACHE_CONTROL, NEVER)];
            return (StatusCode::SERVICE_UNAVAILABLE, kind, NOT_BUILT).into_response();
        };
        file.respond(path, cache, request)
    }
}

impl File {
    fn new(plain: Bytes, brotli: Option<Bytes>, gzip: Option<Bytes>) -> Self {
        let mut hasher = DefaultHasher::new();
        plain.hash(&mut hasher);
        Self { hash: hasher.finish(), plain, brotli, gzip }
    }

    /// The same with other text, for one answer; the layer around all routes compresses it.
    fn changed(&self, change: impl FnOnce(&str) -> String) -> Self {
        Self::new(Bytes::from(change(&String::from_utf8_lossy(&self.plain))), None, None)
    }

    fn respond(&self, path: &str, cache: &'static str, request: &HeaderMap) -> Response {
        let (bytes, encoding) = match (&self.brotli, &self.gzip) {
            (Some(bytes), _) if accepts(request, "br") => (bytes, Some("br")),
            (_, Some(bytes)) if accepts(request, "gzip") => (bytes, Some("gzip")),
            _ => (&self.plain, None),
        };
        let tag = format!("\"{:016x}-{}\"", self.hash, encoding.unwrap_or("plain"));
        let is_known = cache != NEVER && knows(request, &tag);
        let mut response = Response::new(if is_known { Body::empty() } else { Body::from(bytes.clone()) });
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let (true, Ok(tag)) = (cache != NEVER, HeaderValue::from_str(&tag)) {
            headers.insert(ETAG, tag);
        }
        if !is_known {
            let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(ending)));
            if let Some(encoding) = encoding {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
            }
        }
        response
    }
}

/// The builds put every file whose name holds a hash of its content into `assets/`.
fn cache_of(path: &str) -> &'static str {
    let is_hashed = path.starts_with("assets/") || path.starts_with("window/assets/");
    if is_hashed { FOREVER } else { ASK_AGAIN }
}

/// What goes into a page or a script is checked where it goes in.
fn is_color(text: &str) -> bool {
    text.len() == 7 && text.starts_with('#') && text.bytes().skip(1).all(|byte| byte.is_ascii_hexdigit())
}

fn looks_like_a_file(path: &str) -> bool {
    path.starts_with("assets/")
        || path.rsplit('/').next().is_some_and(|name| name.contains('.') || name.contains('\\'))
}

fn accepts(request: &HeaderMap, encoding: &str) -> bool {
    request.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').any(|range| {
            let mut parts = range.split(';').map(str::trim);
            parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding))
                && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
    })
}

fn knows(request: &HeaderMap, tag: &str) -> bool {
    request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value
            .split(',')
            .map(str::trim)
            .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
    })
}

fn content_type(ending: &str) -> &'static str {
    match ending {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "wav" => "audio/wav",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests;
