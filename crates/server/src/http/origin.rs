//! Which page a browser asks for. Invariant: a request that carries a cookie changes
//! something only when the browser says that a page of ours sent it (A12, A13).

use super::ApiError;
use crate::config::PublicUrl;
use axum::http::{
    HeaderMap,
    header::{HOST, ORIGIN},
};
use protocol::ErrorCode;
use url::Url;

/// Who made the browser send a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initiator {
    /// A page of ours.
    Own,
    /// Another site, a sandboxed page, or headers that contradict each other.
    Foreign,
    /// No browser: neither `Origin` nor `Sec-Fetch-Site`.
    Program,
}

/// What counts as a page of ours: the configured origin, or, when none is configured, the
/// host that the request itself names.
#[derive(Clone, Debug)]
pub struct OwnOrigin(PublicUrl);

impl OwnOrigin {
    pub fn new(public_url: PublicUrl) -> Self {
        Self(public_url)
    }

    pub fn initiator(&self, headers: &HeaderMap) -> Initiator {
        // Not "same-site": a sub-domain may belong to somebody else.
        let is_same = match single(headers, "sec-fetch-site") {
            Single::None => None,
            Single::One(site) => Some(site == "same-origin"),
            Single::Many => Some(false),
        };
        let is_own = match single(headers, ORIGIN.as_str()) {
            Single::None => None,
            Single::One(origin) => Some(self.owns(origin, headers)),
            Single::Many => Some(false),
        };
        match (is_same, is_own) {
            (None, None) => Initiator::Program,
            (Some(false), _) | (_, Some(false)) => Initiator::Foreign,
            _ => Initiator::Own,
        }
    }

    /// Whether an origin, which a page or a header named, is ours.
    pub fn owns(&self, origin: &str, headers: &HeaderMap) -> bool {
        if self.0.is_configured() {
            return origin == self.0.origin();
        }
        // A foreign page cannot choose the Host that the browser sends with its request. The
        // scheme is unknown here, as a proxy may have ended TLS.
        let Single::One(host) = single(headers, HOST.as_str()) else {
            return false;
        };
        let parsed = Url::parse(origin).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == origin
        });
        parsed.is_some_and(|url| {
            let authority = origin.trim_start_matches(url.scheme()).trim_start_matches("://");
            let default_port = if url.scheme() == "https" { ":443" } else { ":80" };
            host.eq_ignore_ascii_case(authority)
                || host.strip_suffix(default_port).is_some_and(|host| host.eq_ignore_ascii_case(authority))
        })
    }

    /// For requests with a cookie that change something: only pages of ours.
    pub fn check_change(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        match self.initiator(headers) {
            Initiator::Own => Ok(()),
            Initiator::Foreign | Initiator::Program => Err(ErrorCode::Forbidden.into()),
        }
    }

    /// For sockets, whose first frame carries a credential: pages of ours, and programs.
    pub fn check_socket(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        match self.initiator(headers) {
            Initiator::Own | Initiator::Program => Ok(()),
            Initiator::Foreign => Err(ErrorCode::Forbidden.into()),
        }
    }
}

enum Single<'a> {
    None,
    One(&'a str),
    Many,
}

fn single<'a>(headers: &'a HeaderMap, name: &str) -> Single<'a> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Single::None,
        (Some(value), None) => value.to_str().map_or(Single::Many, Single::One),
        _ => Single::Many,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    fn configured() -> OwnOrigin {
        OwnOrigin::new(PublicUrl::parse("https://chat.example.com").unwrap())
    }

    fn guessed() -> OwnOrigin {
        OwnOrigin::new(PublicUrl::of_listener("0.0.0.0:8080".parse().unwrap()))
    }

    #[test]
    fn only_the_configured_origin_is_ours() {
        let own = headers(&[("origin", "https://chat.example.com"), ("sec-fetch-site", "same-origin")]);
        assert_eq!(configured().initiator(&own), Initiator::Own);
        for foreign in [
            "null",
            "",
            "http://chat.example.com",
            "https://chat.example.com:8443",
            "https://chat.example.com.evil.example",
            "https://evilchat.example.com",
            "https://a.chat.example.com",
            "https://example.com",
            "https://chat.example.com/",
            "HTTPS://CHAT.EXAMPLE.COM",
            "https://chat.example.com, https://evil.example",
        ] {
            let asked = headers(&[("origin", foreign), ("host", "chat.example.com")]);
            assert_eq!(configured().initiator(&asked), Initiator::Foreign, "{foreign}");
            assert!(configured().check_change(&asked).is_err());
            assert!(configured().check_socket(&asked).is_err());
        }
    }

    #[test]
    fn fetch_metadata_of_another_site_overrules_a_fitting_origin() {
        for site in ["cross-site", "same-site", "none", "SAME-ORIGIN", ""] {
            let asked = headers(&[("origin", "https://chat.example.com"), ("sec-fetch-site", site)]);
            assert_eq!(configured().initiator(&asked), Initiator::Foreign, "{site}");
        }
    }

    #[test]
    fn repeated_headers_are_foreign() {
        let twice =
            headers(&[("origin", "https://chat.example.com"), ("origin", "https://chat.example.com")]);
        assert_eq!(configured().initiator(&twice), Initiator::Foreign);
    }

    #[test]
    fn program_may_open_a_socket_and_not_use_a_cookie() {
        let nothing = HeaderMap::new();
        assert_eq!(configured().initiator(&nothing), Initiator::Program);
        assert!(configured().check_socket(&nothing).is_ok());
        assert!(configured().check_change(&nothing).is_err());
    }

    #[test]
    fn without_configuration_the_host_of_the_request_is_ours() {
        for (origin, host) in [
            ("http://localhost:8080", "localhost:8080"),
            ("http://192.168.1.5:8080", "192.168.1.5:8080"),
            ("https://chat.example", "chat.example"),
            ("https://chat.example", "chat.example:443"),
            ("http://[::1]:8080", "[::1]:8080"),
        ] {
            let asked = headers(&[("origin", origin), ("host", host)]);
            assert_eq!(guessed().initiator(&asked), Initiator::Own, "{origin} {host}");
        }
        for (origin, host) in [
            ("http://evil.example", "localhost:8080"),
            ("http://localhost:8081", "localhost:8080"),
            ("http://localhost:8080.evil.example", "localhost:8080"),
            ("null", "localhost:8080"),
            ("file://localhost:8080", "localhost:8080"),
            ("http://localhost:8080", ""),
        ] {
            let asked = headers(&[("origin", origin), ("host", host)]);
            assert_eq!(guessed().initiator(&asked), Initiator::Foreign, "{origin} {host}");
        }
        assert_eq!(guessed().initiator(&headers(&[("origin", "http://localhost:8080")])), Initiator::Foreign);
    }
}
