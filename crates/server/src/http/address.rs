//! Where a request comes from. Invariant: `X-Forwarded-For` is believed only as far as it
//! was written by proxies that the operator named.

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{HeaderMap, request::Parts},
    middleware::Next,
    response::Response,
};
use ipnet::IpNet;
use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

/// The client's address, as far as it can be known. Not for the log.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// What rate limits count as one: an IPv4 address, or the /64 network that one
    /// subscriber of IPv6 gets.
    pub fn network(self) -> IpAddr {
        match self.0.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
            v4 @ IpAddr::V4(_) => v4,
        }
    }
}

/// Peers that may say for whom they ask; none by default.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Arc<[IpNet]>);

impl TrustedProxies {
    pub fn new(networks: &[IpNet]) -> Self {
        Self(networks.into())
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Walks from the peer backwards through what each hop said about the one before, to
    /// the first address that is no proxy of ours.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        let mut client = peer.to_canonical();
        let values: Vec<_> = headers.get_all("x-forwarded-for").iter().collect();
        let hops = values
            .iter()
            .rev()
            .flat_map(|value| value.to_str().unwrap_or("?").rsplit(','))
            .map(|hop| hop_address(hop.trim()));
        for hop in hops {
            if !self.trusts(client) {
                break;
            }
            let Some(address) = hop else { break };
            client = address;
        }
        ClientAddress(client)
    }
}

/// `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:443`.
fn hop_address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()));
    address.ok().map(|address| address.to_canonical())
}

/// Middleware that finds the address out once; the extractor reads it.
pub async fn find_client(
    State(proxies): State<TrustedProxies>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip());
    let client = proxies.client(peer, request.headers());
    request.extensions_mut().insert(client);
    next.run(request).await
}

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let found = parts.extensions.get().copied();
        Ok(found.unwrap_or(Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn client(trusted: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let networks: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_str(value).unwrap());
        }
        TrustedProxies::new(&networks).client(peer.parse().unwrap(), &headers).0.to_string()
    }

    #[test]
    fn header_of_a_stranger_is_not_believed() {
        assert_eq!(client(&[], "198.51.100.7", &["1.1.1.1"]), "198.51.100.7");
        assert_eq!(client(&["10.0.0.0/8"], "198.51.100.7", &["1.1.1.1"]), "198.51.100.7");
    }

    #[test]
    fn what_the_client_wrote_before_our_proxy_is_not_believed() {
        let ours = ["10.0.0.0/8"];
        assert_eq!(client(&ours, "10.0.0.1", &["1.1.1.1, 203.0.113.9"]), "203.0.113.9");
        assert_eq!(client(&ours, "10.0.0.1", &["1.1.1.1", "203.0.113.9, 10.0.0.2"]), "203.0.113.9");
        assert_eq!(client(&ours, "10.0.0.1", &["10.0.0.9, 203.0.113.9"]), "203.0.113.9");
    }

    #[test]
    fn chain_of_our_proxies_is_followed_to_its_end() {
        let ours = ["10.0.0.0/8", "::1/128"];
        assert_eq!(client(&ours, "::1", &["203.0.113.9, 10.1.1.1, 10.0.0.2"]), "203.0.113.9");
        assert_eq!(client(&ours, "10.0.0.1", &["10.0.0.3"]), "10.0.0.3", "a client within");
        assert_eq!(client(&ours, "10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn nonsense_ends_the_walk_at_the_last_address_that_is_known() {
        let ours = ["10.0.0.0/8"];
        for nonsense in ["unknown", "1.2.3", "", "é", "1.1.1.1;x", "_hidden"] {
            assert_eq!(client(&ours, "10.0.0.1", &[&format!("9.9.9.9, {nonsense}")]), "10.0.0.1");
        }
    }

    #[test]
    fn address_is_found_in_every_spelling() {
        for spelling in ["2001:db8::7", "[2001:db8::7]", "[2001:db8::7]:443", " 2001:db8::7 "] {
            assert_eq!(client(&["10.0.0.0/8"], "::ffff:10.0.0.1", &[spelling]), "2001:db8::7");
        }
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &["203.0.113.9:5000"]), "203.0.113.9");
    }

    #[test]
    fn one_subscriber_is_one_key() {
        let network = |text: &str| ClientAddress(text.parse().unwrap()).network().to_string();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("203.0.113.9"), "203.0.113.9");
        assert_eq!(network("::ffff:203.0.113.9"), "203.0.113.9");
    }
}
