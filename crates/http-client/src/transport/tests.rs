use super::*;

fn transport(base: &str) -> Transport {
    let settings = Settings {
        limits: Limits {
            connect: Duration::from_secs(1),
            read: None,
            total: Duration::from_secs(1),
        },
        idle_connections_max: 1,
        reply_bytes_max: 1,
        headers: HeaderMap::new(),
        #[cfg(feature = "tls")]
        roots: Roots::default(),
        proxy: ProxyChoice::Environment,
        compression: Compression::None,
    };
    Transport::blocking(base.parse().unwrap(), settings)
}

/// Where `path` is below `base`, and how that is shown.
fn check(base: &str, path: &str, expected: &str, shown: &str) {
    let (transport, path) = (transport(base), path.parse().unwrap());
    assert_eq!(transport.target(&path).to_string(), expected);
    assert_eq!(transport.url(&path), shown);
}

#[test]
fn a_path_goes_below_the_servers_url() {
    for base in ["http://a:1", "http://a:1/"] {
        check(
            base,
            "/v2/models",
            "http://a:1/v2/models",
            "http://a:1/v2/models",
        );
    }
    for base in ["http://a/b", "http://a/b/"] {
        check(base, "/v2", "http://a/b/v2", "http://a/b/v2");
    }
}

#[test]
fn the_root_is_the_servers_url_itself() {
    check("http://a/b/", "/", "http://a/b/", "http://a/b/");
    check("http://a/b?c=d", "/", "http://a/b?c=d", "http://a/b");
}

#[test]
fn secrets_are_not_shown() {
    check(
        "http://u:p@a/b?key=k",
        "/v2",
        "http://a/b/v2?key=k",
        "http://a/b/v2",
    );
    let transport = transport("http://u:p@a/b?key=k");
    // What `Basic` stands before.
    assert_eq!(transport.headers["authorization"], "Basic dTpw");
    let told = format!("{transport:?}");
    assert!(!told.contains("dTpw") && !told.contains("u:p"), "{told}");
}

#[test]
fn no_proxy_lies_on_the_way_to_this_machine() {
    for (url, expected) in [
        ("http://127.0.0.1:1/", true),
        ("http://127.3.2.1", true),
        ("http://[::1]:1/", true),
        ("http://localhost", true),
        ("http://10.0.0.1", false),
        ("http://localhost.example", false),
    ] {
        assert_eq!(is_this_machine(&url.parse().unwrap()), expected, "{url}");
    }
}
