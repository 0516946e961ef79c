#![cfg(feature = "gzip")]

use std::io::Write;

use creel_core::port::ServiceError;
use creel_protocols::Raw;
use creel_testkit::http::Reply;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::asking::{asked_at, call, described, first};

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// What comes of a body that is said to be gzip.
fn reply(body: Vec<u8>) -> Result<serde_json::Value, ServiceError> {
    let server = first([Reply::json(200, body).with_header("Content-Encoding", "gzip")]);
    let service = asked_at(server.url(), Raw)
        .gzip()
        .reply_bytes_max(1000)
        .build()
        .unwrap();
    let text = creel_protocols::Request::new("1", "text".to_owned());
    let answer = call(&service, text);
    assert_eq!(server.received()[0].header("accept-encoding"), Some("gzip"));
    answer.map(|answer| answer.outputs.into())
}

#[test]
fn a_compressed_reply_is_read() {
    let answer = reply(gzip(r#"{"label": "dog"}"#)).unwrap();
    assert_eq!(answer["label"], "dog");
}

#[test]
fn a_small_reply_that_becomes_a_large_one_is_too_long() {
    let bomb = format!("\"{}\"", "x".repeat(1_000_000));
    let error = reply(gzip(&bomb)).unwrap_err();
    assert!(matches!(error, ServiceError::Malformed(_)), "{error:?}");
    let words = described(&error);
    assert!(words.contains("more than 1000 bytes"), "{words}");
}

#[test]
fn what_is_no_gzip_is_malformed() {
    let mut torn = gzip(r#"{"label": "dog"}"#);
    torn.truncate(torn.len() - 9);
    for body in [torn, b"{}".to_vec()] {
        let error = reply(body).unwrap_err();
        assert!(matches!(error, ServiceError::Malformed(_)), "{error:?}");
        assert!(described(&error).contains("gzip"), "{}", described(&error));
    }
}

#[test]
fn nothing_is_compressed_unless_it_was_allowed() {
    let server = first([Reply::json(200, r#"{"label": "dog"}"#)]);
    let service = asked_at(server.url(), Raw).build().unwrap();
    let text = creel_protocols::Request::new("1", "text".to_owned());
    call(&service, text).unwrap();
    assert_eq!(server.received()[0].header("accept-encoding"), None);
}
