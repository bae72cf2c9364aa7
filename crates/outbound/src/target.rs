//! Looks at an address as it was written, before any name is resolved. Only what the parser of the
//! standard (WHATWG URL) makes of it counts, because that is what the connection will use: it
//! already turns `0x7f.1`, `2130706433` and full-width digits into an address.

use crate::{Allowed, Refusal};
use std::net::IpAddr;
use url::{Host, Url};

/// Ports of the public internet. Networks that the operator names may be asked on any port.
const PORTS: [u16; 4] = [80, 443, 8080, 8443];

/// Which addresses a connection may go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Public ones, and those that the operator names.
    Everybody,
    /// Only those that the operator names, because the port is not one of the web's.
    Inside,
}

/// Where `http` may lead, which everybody on the way can read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Plain {
    #[default]
    Anywhere,
    /// Only to networks that the operator names.
    Inside,
}

/// Where a request may go, if it may go at all.
pub fn look(text: &str, allowed: &Allowed, plain: Plain) -> Result<(Url, Reach), Refusal> {
    // The parser drops tabs and line breaks silently; nobody writes them in good faith.
    if text.is_empty() || text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err(Refusal::Malformed);
    }
    let url = Url::parse(text).map_err(|_| Refusal::Malformed)?;
    let reach = check(&url, allowed, plain)?;
    Ok((url, reach))
}

pub fn check(url: &Url, allowed: &Allowed, plain: Plain) -> Result<Reach, Refusal> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Refusal::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refusal::Credentials);
    }
    let port = url.port_or_known_default().ok_or(Refusal::Port)?;
    let is_readable = plain == Plain::Inside && url.scheme() == "http";
    let reach = if PORTS.contains(&port) && !is_readable { Reach::Everybody } else { Reach::Inside };
    let literal = match url.host().ok_or(Refusal::Malformed)? {
        Host::Ipv4(address) => IpAddr::V4(address),
        Host::Ipv6(address) => IpAddr::V6(address),
        Host::Domain(name) if is_of_this_machine(name) => return Err(Refusal::Private),
        Host::Domain(_) => return Ok(reach),
    };
    match reach {
        _ if allowed.is_server(literal, port) => Ok(Reach::Inside),
        Reach::Everybody if allowed.takes(literal) => Ok(reach),
        Reach::Inside if allowed.names(literal) => Ok(reach),
        Reach::Inside if allowed.takes(literal) && is_readable => Err(Refusal::Plain),
        Reach::Inside if allowed.takes(literal) => Err(Refusal::Port),
        _ => Err(Refusal::Private),
    }
}

/// Names that mean this machine whatever a resolver says.
fn is_of_this_machine(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name.is_empty() || name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> Option<Refusal> {
        look(text, &Allowed::default(), Plain::Anywhere).err()
    }

    #[test]
    fn this_machine_is_recognised_however_it_is_written() {
        for host in [
            "127.0.0.1",
            "127.1",
            "0177.0.0.1",
            "0x7f.1",
            "0x7f000001",
            "2130706433",
            "0",
            "[::]",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.0.1",
            "100.64.0.1",
            "169.254.169.254",
            "[fd00:ec2::254]",
            "[fe80::1]",
            "224.0.0.1",
            "240.0.0.1",
            "localhost",
            "localhost.",
            "LOCALHOST",
            "a.localhost",
            "１２７.０.０.１",
            "127。0。0。1",
            "ⓛocalhost",
        ] {
            assert_eq!(refusal(&format!("http://{host}/")), Some(Refusal::Private), "{host}");
        }
    }

    #[test]
    fn other_schemes_and_disguises_are_refused() {
        for (text, expected) in [
            ("file:///etc/passwd", Refusal::Scheme),
            ("gopher://example.com/", Refusal::Scheme),
            ("ftp://example.com/", Refusal::Scheme),
            ("dict://example.com/", Refusal::Scheme),
            ("data:text/html,hi", Refusal::Scheme),
            ("javascript:alert(1)", Refusal::Scheme),
            ("http://8.8.8.8:22/", Refusal::Port),
            ("http://8.8.8.8:6379/", Refusal::Port),
            ("http://good.example@127.0.0.1/", Refusal::Credentials),
            ("http://user:word@good.example/", Refusal::Credentials),
            ("http://good.example\\@127.0.0.1/", Refusal::Malformed),
            ("http://good.example/\r\nHost: evil", Refusal::Malformed),
            ("ht\ttp://good.example/", Refusal::Malformed),
            (" http://good.example/", Refusal::Malformed),
            ("http://", Refusal::Malformed),
            ("good.example", Refusal::Malformed),
            ("", Refusal::Malformed),
        ] {
            assert_eq!(refusal(text), Some(expected), "{text:?}");
        }
        // What stands behind the sign for a fragment is not the host.
        assert_eq!(refusal("http://127.0.0.1#@good.example/"), Some(Refusal::Private));
    }

    #[test]
    fn one_server_is_allowed_by_its_address_and_nothing_beside_it() {
        let allowed = Allowed::default().and_server("127.0.0.1:8080".parse().unwrap());
        for plain in [Plain::Anywhere, Plain::Inside] {
            let look = |text: &str| look(text, &allowed, plain).map(|(_, reach)| reach);
            assert_eq!(look("http://127.0.0.1:8080/demo"), Ok(Reach::Inside));
            for beside in [
                "http://127.0.0.1:8081/",
                "http://127.0.0.1/",
                "http://127.0.0.2:8080/",
                "http://localhost:8080/",
            ] {
                assert_eq!(look(beside), Err(Refusal::Private), "{beside}");
            }
        }
    }

    #[test]
    fn pages_of_the_web_pass_and_networks_of_the_operator_on_any_port() {
        for text in [
            "https://good.example/a?b=c",
            "http://8.8.8.8/",
            "https://good.example:8443/",
            "https://例子.测试/",
        ] {
            assert_eq!(
                look(text, &Allowed::default(), Plain::Anywhere).unwrap().1,
                Reach::Everybody,
                "{text}"
            );
        }
        let allowed = Allowed::new(vec!["10.0.0.0/8".parse().unwrap()]);
        assert_eq!(look("http://10.1.1.1:11434/v1", &allowed, Plain::Anywhere).unwrap().1, Reach::Inside);
        assert_eq!(
            look("http://llm.corp.example:11434/v1", &allowed, Plain::Anywhere).unwrap().1,
            Reach::Inside
        );
        assert_eq!(look("http://8.8.8.8:11434/", &allowed, Plain::Anywhere).unwrap_err(), Refusal::Port);
    }

    #[test]
    fn what_must_not_be_read_on_the_way_is_sent_openly_inside_only() {
        let allowed = Allowed::new(vec!["10.0.0.0/8".parse().unwrap()]);
        let look = |text: &str| look(text, &allowed, Plain::Inside).map(|(_, reach)| reach);
        assert_eq!(look("https://8.8.8.8/"), Ok(Reach::Everybody));
        assert_eq!(look("http://10.1.1.1/"), Ok(Reach::Inside));
        // Whether its addresses are the operator's is seen when it is resolved.
        assert_eq!(look("http://crm.corp.example/"), Ok(Reach::Inside));
        assert_eq!(look("http://8.8.8.8/"), Err(Refusal::Plain));
        assert_eq!(look("http://127.0.0.1/"), Err(Refusal::Private));
    }
}
