//! How far away a server is.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// Longer ways are those of a server that cannot be reached.
const LIMIT: Duration = Duration::from_secs(1);

/// How long the way to a server and back is: what it takes to connect to it, in which the server itself has no part.
///
/// `None` where that cannot be found out; blocks for a second at most, and as long as a name takes.
pub(super) fn round_trip(url: &str) -> Option<Duration> {
    let address = authority(url)?.to_socket_addrs().ok()?.next()?;
    let start = Instant::now();
    TcpStream::connect_timeout(&address, LIMIT).ok()?;
    Some(start.elapsed())
}

/// The host and the port in a URL.
fn authority(url: &str) -> Option<(String, u16)> {
    let (scheme, rest) = url.split_once("://")?;
    let usual = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
        _ => (authority, usual),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    Some((host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::{authority, round_trip};

    #[test]
    fn host_and_port_are_found_in_urls() {
        for (url, expected) in [
            ("http://gpu:8000/predict", Some(("gpu", 8000))),
            (
                "https://api.example.com/v1?key=a:b",
                Some(("api.example.com", 443)),
            ),
            ("http://user:word@[::1]:81", Some(("::1", 81))),
            ("http://[::1]/", Some(("::1", 80))),
            ("http://gpu:port/", None),
            ("ftp://gpu/", None),
            ("gpu", None),
        ] {
            let expected = expected.map(|(host, port)| (host.to_owned(), port));
            assert_eq!(authority(url), expected, "{url}");
        }
    }

    #[test]
    fn a_server_that_listens_has_a_way_and_one_that_is_gone_has_none() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        assert!(round_trip(&url).is_some());
        drop(listener);
        assert_eq!(round_trip(&url), None);
    }
}
