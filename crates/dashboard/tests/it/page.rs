use crate::client::get;
use crate::run::{settings, start};

const FILES: [&str; 8] = [
    "/style.css",
    "/icon.svg",
    "/page.js",
    "/cameras.js",
    "/charts.js",
    "/lanes.js",
    "/ledger.js",
    "/words.js",
];

#[test]
fn the_page_is_served_with_a_policy_that_lets_nothing_else_in() {
    let (_dashboard, address) = start(settings());
    let page = get(address, "/", "");
    assert_eq!(page.status, 200);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let policy = page.header("content-security-policy").unwrap();
    for part in [
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("access-control-allow-origin"), None);
}

#[test]
fn whatever_the_page_loads_is_served_beside_it() {
    let (_dashboard, address) = start(settings());
    let mut loaded = Vec::new();
    for path in ["/"].into_iter().chain(FILES) {
        let file = get(address, path, "");
        assert_eq!(file.status, 200, "{path}");
        let text = file.text();
        for (index, _) in text.match_indices("://") {
            let is_namespace = text[index..].starts_with("://www.w3.org/2000/svg");
            assert!(is_namespace, "{path} names a place elsewhere");
        }
        assert!(
            !text.contains(" style=") && !text.contains(" onclick="),
            "{path}: the policy forbids it"
        );
        for part in ["src=\"", "href=\"", "from \"."] {
            for found in text.split(part).skip(1) {
                loaded.push(found.split('"').next().unwrap().to_owned());
            }
        }
    }
    assert!(loaded.len() > 10, "{loaded:?}");
    for path in loaded.iter().filter(|path| !path.starts_with('#')) {
        let status = get(address, path, "").status;
        assert_eq!(status, 200, "{path}");
    }
}

#[test]
fn the_head_of_a_page_can_be_asked_for_alone() {
    let (_dashboard, address) = start(settings());
    let request = format!("HEAD / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let mut client = crate::client::Client::connect(address);
    client.send(&request);
    assert!(client.head().starts_with("HTTP/1.1 200"));
    assert_eq!(client.line(), "");
}
