//! The address by which browsers reach this server. Invariant: an origin and nothing else,
//! so that comparing it with an `Origin` header is comparing text.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};
use url::Url;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    is_configured: bool,
}

impl PublicUrl {
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text.trim()).map_err(|_| "must be like https://chat.example.com")?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err("must start with https:// or http://");
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err("must end after the host and port: OctIM has its own host name");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not have a user name or password");
        }
        Ok(Self { origin: url.origin().ascii_serialization(), is_configured: true })
    }

    /// A guess that fits a browser on the same machine.
    pub fn of_listener(listen: SocketAddr) -> Self {
        let host = match listen.ip() {
            ip if ip.is_unspecified() => "localhost".to_owned(),
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        let port = match listen.port() {
            80 => String::new(),
            port => format!(":{port}"),
        };
        Self { origin: format!("http://{host}{port}"), is_configured: false }
    }

    /// As browsers write it: `https://chat.example.com`, with a port only when it is unusual.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Origin of the sockets: `wss://chat.example.com`.
    pub fn socket_origin(&self) -> String {
        self.origin.replacen("http", "ws", 1)
    }

    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }

    /// False when it is a guess: then any host name by which a browser comes is ours.
    pub fn is_configured(&self) -> bool {
        self.is_configured
    }

    /// `path` starts with a slash.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}
