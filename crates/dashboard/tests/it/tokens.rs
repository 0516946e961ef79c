use creel_dashboard::{Dashboard, Settings, StartError, Token, View};

use crate::client::get;
use crate::run::{settings, start};

const TOKEN: &str = "0123456789abcdef";

fn guarded() -> Settings {
    Settings {
        token: Some(Token::new(TOKEN).unwrap()),
        ..settings()
    }
}

#[test]
fn nothing_but_this_machine_is_served_without_a_token() {
    for listen in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let settings = Settings {
            listen: listen.parse().unwrap(),
            ..settings()
        };
        let refused = Dashboard::start(settings, View::default);
        assert!(
            matches!(refused, Err(StartError::NoToken { .. })),
            "{listen}"
        );
    }
}

#[test]
fn nothing_is_shown_without_the_token() {
    let (_dashboard, address) = start(guarded());
    let wrong = [
        String::new(),
        "Authorization: Bearer 0123456789abcdeg\r\n".to_owned(),
        "Authorization: Bearer\r\n".to_owned(),
        format!("Authorization: Basic {TOKEN}\r\n"),
        format!("Cookie: creel={TOKEN}\r\n"),
        format!("Cookie: creel-{}=0123456789abcde\r\n", address.port()),
    ];
    for headers in wrong {
        for path in [
            "/",
            "/page.js",
            "/events",
            "/state",
            "/metrics",
            "/healthz",
            "/sources/0/shot",
            "/nowhere",
        ] {
            let response = get(address, path, &headers);
            assert_eq!(response.status, 401, "{path} {headers}");
            assert!(response.header("www-authenticate").is_some());
        }
    }
    assert_eq!(get(address, "/?token=0123456789abcdeg", "").status, 401);
    assert_eq!(
        get(address, &format!("/state?token={TOKEN}"), "").status,
        401
    );
}

#[test]
fn the_token_opens_in_a_header_and_in_a_cookie() {
    let (_dashboard, address) = start(guarded());
    let bearer = format!("Authorization: Bearer {TOKEN}\r\n");
    let cookie = format!("Cookie: other=1; creel-{}={TOKEN}\r\n", address.port());
    for headers in [bearer, cookie] {
        assert_eq!(get(address, "/metrics", &headers).status, 200, "{headers}");
    }
}

#[test]
fn the_address_with_the_token_becomes_a_cookie_and_an_address_without() {
    let (dashboard, address) = start(guarded());
    let path = dashboard
        .url()
        .strip_prefix(&format!("http://{address}"))
        .unwrap();
    let response = get(address, path, "");
    assert_eq!(
        (response.status, response.header("location")),
        (303, Some("/"))
    );
    let cookie = response.header("set-cookie").unwrap();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    let cookie = cookie.split(';').next().unwrap();
    let page = get(address, "/", &format!("Cookie: {cookie}\r\n"));
    assert_eq!(page.status, 200);
    assert!(!page.text().contains(TOKEN));
    let again = get(address, path, &format!("Cookie: {cookie}\r\n"));
    assert_eq!(
        (again.status, again.header("location")),
        (303, Some("/")),
        "whoever has the cookie already"
    );
}

#[test]
fn other_sites_are_refused_with_the_token_too() {
    let (_dashboard, address) = start(guarded());
    let headers = format!("Authorization: Bearer {TOKEN}\r\nOrigin: http://evil.example\r\n");
    assert_eq!(get(address, "/state", &headers).status, 403);
}

#[test]
fn a_port_that_is_taken_is_told() {
    let (_dashboard, address) = start(settings());
    let settings = Settings {
        listen: address,
        ..settings()
    };
    let refused = Dashboard::start(settings, View::default);
    let message = refused.unwrap_err().to_string();
    assert!(message.contains(&address.to_string()), "{message}");
}
