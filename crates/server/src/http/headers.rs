//! Security headers for each kind of answer. Invariant: every answer has a content security
//! policy, and none of them allows inline script, inline style, plug-ins or `eval`; a header
//! that the handler set itself stays.

use crate::config::PublicUrl;
use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
            X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    response::Response,
};
use url::Url;

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
/// Of a script that other sites load: no document, so nobody can frame it.
const SCRIPT: &str = "default-src 'none'";
const PERMISSIONS: &str = "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), \
    geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()";
const TWO_YEARS: &str = "max-age=63072000";
/// More sites than this make a header that proxies refuse.
const MAX_ANCESTORS: usize = 100;

/// Kinds of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page<'a> {
    /// Data: never kept by a cache.
    Api,
    /// The agents' console.
    Console,
    /// The chat window in a frame of the sites that the channel allows; none means any.
    Window { allowed_origins: &'a [String] },
    /// The chat as a page of its own, and other pages that visitors open.
    Hosted,
    /// Part of a page of ours: script, style, picture.
    Asset,
    /// The loader, which other sites put into their pages.
    Loader,
}

/// The headers, with what depends on this server's address filled in.
#[derive(Clone, Debug)]
pub struct SecurityHeaders {
    /// `'self'` means sockets too, but not in every browser that is still in use.
    socket_origin: String,
    is_https: bool,
}

impl SecurityHeaders {
    pub fn new(public_url: &PublicUrl) -> Self {
        Self { socket_origin: public_url.socket_origin(), is_https: public_url.is_https() }
    }

    pub fn apply(&self, page: Page<'_>, headers: &mut HeaderMap) {
        let mut set = |name: HeaderName, value: &str| {
            if let (false, Ok(value)) = (headers.contains_key(&name), HeaderValue::from_str(value)) {
                headers.insert(name, value);
            }
        };
        set(CONTENT_SECURITY_POLICY, &self.policy(page));
        set(X_CONTENT_TYPE_OPTIONS, "nosniff");
        set(REFERRER_POLICY, "no-referrer");
        set(PERMISSIONS_POLICY, PERMISSIONS);
        if self.is_https {
            set(STRICT_TRANSPORT_SECURITY, TWO_YEARS);
        }
        match page {
            Page::Api => set(CACHE_CONTROL, "no-store"),
            Page::Console => set(X_FRAME_OPTIONS, "DENY"),
            _ => {}
        }
        if matches!(page, Page::Console | Page::Hosted) {
            set(OPENER_POLICY, "same-origin");
        }
        let may_be_embedded = matches!(page, Page::Window { .. } | Page::Loader);
        set(RESOURCE_POLICY, if may_be_embedded { "cross-origin" } else { "same-origin" });
    }

    fn policy(&self, page: Page<'_>) -> String {
        let ancestors = match page {
            Page::Api | Page::Asset => return NOTHING.to_owned(),
            Page::Loader => return SCRIPT.to_owned(),
            Page::Console | Page::Hosted => "'none'".to_owned(),
            Page::Window { allowed_origins } => ancestors(allowed_origins),
        };
        let socket = &self.socket_origin;
        let mut policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; \
             img-src 'self' blob: data:; media-src 'self' blob:; font-src 'self'; \
             connect-src 'self' {socket}; worker-src 'self'; manifest-src 'self'; \
             frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}"
        );
        if page == Page::Console {
            // "vue" is the policy that Vue's runtime makes for itself.
            policy.push_str("; require-trusted-types-for 'script'; trusted-types vue octim");
        }
        policy
    }
}

/// The console shows a preview of the window, so our own pages may frame it as well.
fn ancestors(allowed: &[String]) -> String {
    if allowed.is_empty() {
        return "*".to_owned();
    }
    allowed
        .iter()
        .take(MAX_ANCESTORS)
        // Read and written again, so that nothing but an origin can get into the header.
        .filter_map(|text| {
            let url = Url::parse(text).ok()?;
            matches!(url.scheme(), "http" | "https").then(|| url.origin().ascii_serialization())
        })
        .fold("'self'".to_owned(), |list, origin| format!("{list} {origin}"))
}

/// Middleware for routes that answer with data.
pub async fn protect_api(State(headers): State<SecurityHeaders>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    headers.apply(Page::Api, response.headers_mut());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(page: Page<'_>, public_url: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        SecurityHeaders::new(&PublicUrl::parse(public_url).unwrap()).apply(page, &mut headers);
        headers
    }

    fn policy(page: Page<'_>) -> String {
        headers(page, "https://chat.example")[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned()
    }

    const ANY_SITE: Page<'static> = Page::Window { allowed_origins: &[] };

    #[test]
    fn every_answer_has_a_strict_policy() {
        for page in [Page::Api, Page::Console, ANY_SITE, Page::Hosted, Page::Asset, Page::Loader] {
            let (policy, headers) = (policy(page), headers(page, "https://chat.example"));
            assert!(policy.starts_with("default-src 'none'"), "{page:?}");
            assert!(!policy.contains("unsafe"), "{page:?}");
            assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
            assert!(headers.contains_key(RESOURCE_POLICY) && headers.contains_key(PERMISSIONS_POLICY));
        }
    }

    #[test]
    fn nobody_may_frame_the_console_or_the_hosted_page() {
        for page in [Page::Console, Page::Hosted, Page::Api] {
            assert!(policy(page).contains("frame-ancestors 'none'"), "{page:?}");
        }
        assert!(policy(Page::Console).contains("require-trusted-types-for 'script'"));
    }

    #[test]
    fn window_may_be_framed_by_the_sites_of_its_channel_only() {
        assert!(policy(ANY_SITE).ends_with("frame-ancestors *"));
        let allowed = ["https://shop.example".to_owned(), "http://localhost:3000/".to_owned()];
        let policy = policy(Page::Window { allowed_origins: &allowed });
        assert!(
            policy.ends_with("frame-ancestors 'self' https://shop.example http://localhost:3000"),
            "{policy}"
        );
    }

    #[test]
    fn site_that_is_none_cannot_widen_the_policy() {
        let allowed = [
            "*",
            "https://a.example; script-src *",
            "'unsafe-inline'",
            "data:",
            "x\r\ny: z",
            "https://ok.example",
        ]
        .map(str::to_owned);
        let policy = policy(Page::Window { allowed_origins: &allowed });
        assert!(policy.ends_with("frame-ancestors 'self' https://ok.example"), "{policy}");
        assert_eq!(policy.matches("script-src").count(), 1);
    }

    #[test]
    fn data_is_not_cached_and_a_header_of_the_handler_stays() {
        assert_eq!(headers(Page::Api, "https://chat.example")[CACHE_CONTROL], "no-store");
        let mut own = HeaderMap::new();
        own.insert(CACHE_CONTROL, HeaderValue::from_static("private, max-age=60"));
        let url = PublicUrl::parse("https://chat.example").unwrap();
        SecurityHeaders::new(&url).apply(Page::Api, &mut own);
        assert_eq!(own[CACHE_CONTROL], "private, max-age=60");
    }

    #[test]
    fn transport_security_is_promised_only_over_https() {
        assert!(headers(Page::Api, "https://chat.example").contains_key(STRICT_TRANSPORT_SECURITY));
        assert!(!headers(Page::Api, "http://chat.example").contains_key(STRICT_TRANSPORT_SECURITY));
    }

    #[test]
    fn sockets_of_our_own_address_are_allowed() {
        assert!(policy(Page::Console).contains("connect-src 'self' wss://chat.example;"));
    }
}
