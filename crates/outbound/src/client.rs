//! Requests with bounds: to whom, for how long, how much, how often on.

use crate::{
    Allowed, Error, Names, Refusal,
    breaker::Breakers,
    resolver::Guard,
    target::{self, Plain, Reach},
};
use bytes::{Bytes, BytesMut};
pub use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, LOCATION};
use std::{error::Error as _, sync::Arc, time::Duration};
use tokio::time::{Instant, timeout_at};
use url::Url;

/// How often an answer may lead on to another address.
const REDIRECTS: usize = 3;
const CONNECT: Duration = Duration::from_secs(5);

/// How long and how much.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From the start until the last byte, redirects included.
    pub total: Duration,
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { total: Duration::from_secs(10), bytes: 1 << 20 }
    }
}

/// One request. Only a `GET` follows redirects.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: Method,
    pub url: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub limits: Limits,
    pub plain: Plain,
}

impl Request {
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            url: url.into(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            limits: Limits::default(),
            plain: Plain::default(),
        }
    }

    pub fn post_json(url: impl Into<String>, body: impl Into<Bytes>) -> Self {
        let request = Self { method: Method::POST, body: body.into(), ..Self::get(url) };
        request.header("content-type", "application/json")
    }

    /// A value that cannot stand in a header is left out.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// A credential: never printed, and not given to a server that the first one leads on to.
    #[must_use]
    pub fn bearer(mut self, token: &str) -> Self {
        if let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {token}")) {
            value.set_sensitive(true);
            self.headers.insert(reqwest::header::AUTHORIZATION, value);
        }
        self
    }

    /// What somebody else chose to send. Like a credential, it is not given to a server that the first one leads
    /// on to. None when it cannot stand in a header.
    pub fn private_header(mut self, name: &str, value: &str) -> Option<Self> {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let mut value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Some(self)
    }

    /// Without `https` it goes only to networks that the operator names, and so does what it is led on to.
    #[must_use]
    pub const fn plain_inside(mut self) -> Self {
        self.plain = Plain::Inside;
        self
    }

    #[must_use]
    pub const fn within(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

/// The whole answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    /// Where it came from, after redirects.
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// An answer that is read piece by piece, under the same bounds.
pub struct Streaming {
    pub status: u16,
    pub url: Url,
    pub headers: HeaderMap,
    response: reqwest::Response,
    deadline: Instant,
    left: usize,
    limit: usize,
}

impl Streaming {
    /// The next piece; none at the end.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, Error> {
        let piece = timeout_at(self.deadline, self.response.chunk()).await.map_err(|_| Error::Timeout)?;
        let Some(piece) = piece.map_err(failed)? else { return Ok(None) };
        self.left = self.left.checked_sub(piece.len()).ok_or(Error::TooLarge(self.limit))?;
        Ok(Some(piece))
    }

    async fn whole(mut self) -> Result<Response, Error> {
        let mut body = BytesMut::new();
        while let Some(piece) = self.piece().await? {
            body.extend_from_slice(&piece);
        }
        Ok(Response { status: self.status, url: self.url, headers: self.headers, body: body.freeze() })
    }
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    everybody: reqwest::Client,
    inside: reqwest::Client,
    allowed: Arc<Allowed>,
    breakers: Breakers,
}

impl Client {
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(allowed: Allowed, names: Names) -> Result<Self, Error> {
        let allowed = Arc::new(allowed);
        let client = |reach| {
            reqwest::Client::builder()
                .dns_resolver(Arc::new(Guard { names: names.clone(), allowed: Arc::clone(&allowed), reach }))
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .referer(false)
                .connect_timeout(CONNECT)
                .pool_idle_timeout(Duration::from_secs(30))
                .pool_max_idle_per_host(4)
                .user_agent(concat!("OctIM/", env!("CARGO_PKG_VERSION")))
                .build()
                .map_err(|error| Error::Unreachable(Some(error.into())))
        };
        let (everybody, inside) = (client(Reach::Everybody)?, client(Reach::Inside)?);
        Ok(Self(Arc::new(Inner { everybody, inside, allowed, breakers: Breakers::default() })))
    }

    /// Whether this address could be asked as far as it can be told without resolving its name: for
    /// whoever types it.
    pub fn check(&self, url: &str) -> Result<(), Refusal> {
        self.check_as(url, Plain::Anywhere)
    }

    /// The same for what may not go everywhere without `https`.
    pub fn check_as(&self, url: &str, plain: Plain) -> Result<(), Refusal> {
        target::look(url, &self.0.allowed, plain).map(|_| ())
    }

    /// The whole answer.
    pub async fn send(&self, request: Request) -> Result<Response, Error> {
        self.stream(request).await?.whole().await
    }

    /// The answer as soon as its head is there.
    pub async fn stream(&self, request: Request) -> Result<Streaming, Error> {
        let (url, _) = target::look(&request.url, &self.0.allowed, request.plain)?;
        let server =
            format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(0));
        self.0.breakers.may_ask(&server, Instant::now()).map_err(Error::Resting)?;
        let answer = self.follow(url, request).await;
        let worked = match &answer {
            Ok(answer) => answer.status < 500,
            // Its own fault or ours, but no reason to let it rest.
            Err(Error::Refused(_)) => true,
            Err(_) => false,
        };
        self.0.breakers.tell(&server, worked, Instant::now());
        answer
    }

    async fn follow(&self, mut url: Url, request: Request) -> Result<Streaming, Error> {
        let deadline = Instant::now() + request.limits.total;
        let mut headers = request.headers;
        for _ in 0..=REDIRECTS {
            let client = match target::check(&url, &self.0.allowed, request.plain)? {
                Reach::Everybody => &self.0.everybody,
                Reach::Inside => &self.0.inside,
            };
            let asking = client
                .request(request.method.clone(), url.clone())
                .headers(headers.clone())
                .body(request.body.clone())
                .send();
            let response = timeout_at(deadline, asking).await.map_err(|_| Error::Timeout)?.map_err(failed)?;
            let next = (request.method == Method::GET && response.status().is_redirection())
                .then(|| response.headers().get(LOCATION)?.to_str().ok().map(str::to_owned))
                .flatten();
            let Some(next) = next else {
                return Ok(Streaming {
                    status: response.status().as_u16(),
                    url,
                    headers: response.headers().clone(),
                    response,
                    deadline,
                    left: request.limits.bytes,
                    limit: request.limits.bytes,
                });
            };
            let to = url.join(&next).map_err(|_| Refusal::Malformed)?;
            if to.origin() != url.origin() {
                // Credentials are for the server that they were given for.
                headers = headers
                    .into_iter()
                    .filter_map(|(name, value)| Some((name?, value)))
                    .filter(|(_, value)| !value.is_sensitive())
                    .collect();
            }
            url = to;
        }
        Err(Refusal::Redirects.into())
    }
}

/// What went wrong, in the words of this crate.
fn failed(error: reqwest::Error) -> Error {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(refusal) = inner.downcast_ref::<Refusal>() {
            return Error::Refused(*refusal);
        }
        cause = inner.source();
    }
    if error.is_timeout() { Error::Timeout } else { Error::Unreachable(Some(error.without_url().into())) }
}
