use creel_core::port::ServiceError;
use creel_http_client::BuildError;
use creel_protocols::Raw;
use creel_testkit::http::{Reply, ScriptedServer};

use super::asking::{asked_at, builder, call, described, first, request, sum};

const TOKEN: &str = "xyzzy-token";
const KEY: &str = "xyzzy-key";
const PASSWORD: &str = "xyzzy-password";
/// What `name:xyzzy-password` is in base64.
const BASIC: &str = "Basic bmFtZTp4eXp6eS1wYXNzd29yZA==";

#[test]
fn a_token_and_headers_go_to_the_server_with_every_request() {
    let server = ScriptedServer::answering(sum);
    let service = builder(&server)
        .bearer(TOKEN)
        .header("X-Key", KEY)
        .build()
        .unwrap();
    for _ in 0..2 {
        call(&service, request(&[1.0])).unwrap();
    }
    for received in server.received() {
        let token = format!("Bearer {TOKEN}");
        assert_eq!(received.header("authorization"), Some(token.as_str()));
        assert_eq!(received.header("x-key"), Some(KEY));
        // The protocol's own goes before.
        assert_eq!(received.header("content-type"), Some("application/json"));
    }
}

#[test]
fn a_name_and_password_in_the_url_become_a_header() {
    let server = ScriptedServer::answering(sum);
    let url = server.url().replace("//", &format!("//name:{PASSWORD}@"));
    let service = asked_at(url, creel_protocols::OpenInference::new("sum"))
        .build()
        .unwrap();
    call(&service, request(&[1.0])).unwrap();
    assert_eq!(server.received()[0].header("authorization"), Some(BASIC));
    let host = server.address().to_string();
    assert_eq!(server.received()[0].header("host"), Some(host.as_str()));
}

#[test]
fn no_failure_and_no_debug_output_shows_a_secret() {
    let failures = [
        Reply::Close,
        Reply::Bytes(b"rubbish".to_vec()),
        Reply::torn(200, "{}"),
        Reply::text(401, "who are you?"),
        Reply::text(429, ""),
        Reply::text(500, ""),
        Reply::Die,
    ];
    let server = first(failures.clone());
    let address = server.address();
    let url = format!("http://name:{PASSWORD}@{address}/v1?key={KEY}");
    let building = asked_at(url, Raw)
        .header("X-Key", KEY)
        .header("authorization", TOKEN);
    let mut told = format!("{building:?}");
    let service = building.build().unwrap();
    told += &format!("{service:?} {}", service.url());
    for _ in 0..failures.len() + 1 {
        let text = creel_protocols::Request::new("1", "text".to_owned());
        let error: ServiceError = call(&service, text).unwrap_err();
        told += &format!("{error:?} {}", described(&error));
    }
    assert!(told.contains(&format!("http://{address}/v1")), "{told}");
    check_silent(&told);
}

#[test]
fn what_cannot_be_meant_is_told_without_the_words() {
    let mut told = String::new();
    for url in [
        format!("ftp://name:{PASSWORD}@a/b?key={KEY}"),
        format!("http://name:{PASSWORD}@a b/?key={KEY}"),
    ] {
        let error = asked_at(url, Raw).build().unwrap_err();
        told += &format!("{error} {error:?}");
    }
    let header = |name, value: &str| asked_at("http://a", Raw).header(name, value).build();
    let error = header("x-key", &format!("{KEY}\n")).unwrap_err();
    assert!(
        matches!(&error, BuildError::HeaderValue { name } if name == "x-key"),
        "{error:?}"
    );
    told += &format!("{error} {error:?}");
    let error = header(&format!("{KEY} :"), "value").unwrap_err();
    assert!(matches!(error, BuildError::HeaderName), "{error:?}");
    told += &format!("{error} {error:?}");
    let proxy = format!("nonsense://name:{PASSWORD}@p");
    let error = asked_at("http://a", Raw).proxy(&proxy).build().unwrap_err();
    assert!(matches!(error, BuildError::Proxy), "{error:?}");
    told += &format!("{error} {error:?}");
    check_silent(&told);
}

#[track_caller]
fn check_silent(told: &str) {
    for secret in ["xyzzy", BASIC] {
        assert!(!told.contains(secret), "{secret} is in {told}");
    }
}
