use std::net::SocketAddr;

use crate::client::{ask, get};
use crate::run::{settings, start};

#[track_caller]
fn check(address: SocketAddr, headers: &str, status: u16) {
    for path in ["/", "/events", "/metrics", "/sources/0/shot"] {
        let response = get(address, path, headers);
        let expected = if status == 200 && path.ends_with("shot") {
            404
        } else {
            status
        };
        if path != "/events" || status != 200 {
            assert_eq!(response.status, expected, "{path} {headers}");
        }
    }
}

#[test]
fn pages_of_other_sites_are_refused() {
    let (_dashboard, address) = start(settings());
    for headers in [
        "Origin: https://evil.example\r\n",
        "Origin: null\r\n",
        "Origin: http://localhost:1\r\n",
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n",
        "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: cors\r\n",
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n",
    ] {
        check(address, headers, 403);
    }
}

#[test]
fn the_page_itself_and_whoever_follows_a_link_to_it_may_ask() {
    let (_dashboard, address) = start(settings());
    let ours = format!("Origin: http://{address}\r\nSec-Fetch-Site: same-origin\r\n");
    assert_eq!(get(address, "/", &ours).status, 200);
    let link =
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n";
    assert_eq!(get(address, "/", link).status, 200);
}

#[test]
fn a_foreign_name_for_this_machine_is_refused() {
    let (_dashboard, address) = start(settings());
    for host in [
        "evil.example",
        "evil.example:27335",
        "127.0.0.1.evil.example",
        "10.1.2.3",
        "localhost@evil",
    ] {
        let response = ask(
            address,
            &format!("GET /metrics HTTP/1.1\r\nHost: {host}\r\n"),
        );
        assert_eq!(response.status, 421, "{host}");
    }
    for hosts in ["", "Host: localhost\r\nHost: localhost\r\n", "Host:\r\n"] {
        let response = ask(address, &format!("GET /metrics HTTP/1.1\r\n{hosts}"));
        assert!(
            [400, 421].contains(&response.status),
            "{hosts:?}: {response:?}"
        );
    }
    let proxied = format!("GET http://{address}/metrics HTTP/1.1\r\nHost: {address}\r\n");
    assert_eq!(ask(address, &proxied).status, 421);
}

#[test]
fn the_page_is_only_looked_at() {
    let (_dashboard, address) = start(settings());
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"] {
        let response = ask(
            address,
            &format!("{method} / HTTP/1.1\r\nHost: {address}\r\n"),
        );
        assert_eq!(response.status, 405, "{method}");
        assert_eq!(response.header("allow"), Some("GET, HEAD"));
    }
    check(address, "Content-Length: 1000000000\r\n", 413);
    check(address, "Transfer-Encoding: chunked\r\n", 413);
}

#[test]
fn tricks_with_paths_lead_nowhere() {
    let (_dashboard, address) = start(settings());
    for path in [
        "/../Cargo.toml",
        "/..%2f..%2fetc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/style.css/",
        "/style.css%00.html",
        "/STYLE.CSS",
        "/sources/0/../1/shot",
        "/sources/1/shot",
        "/sources/18446744073709551616/shot",
        "/sources/-1/shot",
        "/sources/%30%30/x",
        "/page/index.html",
        "/\\..\\",
    ] {
        let status = get(address, path, "").status;
        assert!([400, 404].contains(&status), "{path}: {status}");
    }
}

#[test]
fn requests_that_are_too_large_are_refused() {
    let (_dashboard, address) = start(settings());
    let long = format!("/?{}", "a".repeat(2_000));
    assert_eq!(get(address, &long, "").status, 414);
    let header = format!("X-Long: {}\r\n", "a".repeat(100_000));
    assert_eq!(get(address, "/", &header).status, 431);
    let many: String = (0..200)
        .map(|number| format!("X-{number}: a\r\n"))
        .collect();
    assert_eq!(get(address, "/", &many).status, 431);
}

#[test]
fn what_is_no_http_is_cut_off() {
    let (_dashboard, address) = start(settings());
    for garbage in [
        "\0\0\0\0",
        "GET / HTTP/9.9\r\n",
        "\x16\x03\x01\x02\0\x01\0",
        "GET /\u{e4} HTTP/1.1\r\n",
    ] {
        let response = ask(address, garbage);
        assert!(
            [0, 400, 421].contains(&response.status),
            "{garbage:?}: {response:?}"
        );
    }
    assert_eq!(get(address, "/", "").status, 200);
}
