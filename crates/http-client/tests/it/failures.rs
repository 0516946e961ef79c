use std::time::{Duration, SystemTime};

use creel_core::port::ServiceError;
use creel_http_client::BuildError;
use creel_protocols::{OpenInference, Raw};
use creel_testkit::http::Reply;

use super::asking::{answered, asked_at, builder, call, described, first, request, service};

/// The failure of the first call; the second shows that the service goes on.
fn failure(reply: Reply) -> ServiceError {
    let server = first([reply]);
    let service = service(&server);
    let error = call(&service, request(&[1.0])).expect_err("the reply is a failure");
    assert_eq!(server.received().len(), 1, "it was repeated: {error:?}");
    let url = format!("{}/v2/models/sum/infer", server.url());
    assert!(described(&error).contains(&url), "{}", described(&error));
    let answer = call(&service, request(&[1.0, 1.0])).expect("the server is well again");
    assert_eq!(answered(&answer), Some(2.0));
    error
}

#[test]
fn a_dead_server_is_unavailable() {
    let server = first([]);
    let service = service(&server);
    server.die();
    let error = call(&service, request(&[1.0])).unwrap_err();
    assert!(matches!(error, ServiceError::Unavailable(_)), "{error:?}");
    let expected = format!(
        "the service cannot be reached: connection refused by {}/v2/models/sum/infer; is the server running?",
        server.url()
    );
    assert!(
        described(&error).starts_with(&expected),
        "{}",
        described(&error)
    );
}

#[test]
fn an_unknown_host_is_unavailable() {
    let service = asked_at("http://no.such.host.invalid:1", Raw)
        .build()
        .unwrap();
    let text = creel_protocols::Request::new("1", "text".to_owned());
    let error = call(&service, text).unwrap_err();
    assert!(matches!(error, ServiceError::Unavailable(_)), "{error:?}");
    assert!(
        described(&error).contains("no.such.host.invalid:1/ is not known"),
        "{}",
        described(&error)
    );
}

#[test]
fn a_spent_quota_is_no_call_for_a_pause() {
    let reply = Reply::json(429, r#"{"error": {"type": "insufficient_quota"}}"#);
    let error = failure(reply.with_header("Retry-After", "1"));
    assert!(matches!(error, ServiceError::Rejected(_)), "{error:?}");
    assert!(described(&error).contains("used up"));
}

#[test]
fn a_closed_connection_is_unavailable() {
    let error = failure(Reply::Close);
    assert!(matches!(error, ServiceError::Unavailable(_)), "{error:?}");
    assert!(described(&error).contains("closed the connection without an answer"));
}

#[test]
fn a_torn_reply_is_unavailable() {
    for reply in [
        Reply::torn(200, "{\"outputs\": []}"),
        Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Le".to_vec()),
        Reply::Bytes(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"ou".to_vec()),
    ] {
        let error = failure(reply);
        assert!(matches!(error, ServiceError::Unavailable(_)), "{error:?}");
        assert!(
            described(&error).contains("broke off in the middle of its reply"),
            "{}",
            described(&error)
        );
    }
}

#[test]
fn rubbish_is_malformed() {
    for (reply, words) in [
        (
            Reply::Bytes(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()),
            "is not HTTP",
        ),
        (Reply::text(200, "welcome"), "begins `welcome`"),
        (Reply::json(200, "{}"), "missing field `outputs`"),
        (
            Reply::json(200, r#"{"id": "other", "outputs": []}"#),
            "request `other`",
        ),
        (
            Reply::Bytes(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".to_vec()),
            "is not HTTP",
        ),
    ] {
        let error = failure(reply);
        assert!(matches!(error, ServiceError::Malformed(_)), "{error:?}");
        assert!(described(&error).contains(words), "{}", described(&error));
    }
}

#[test]
fn a_status_says_who_is_to_act() {
    type Expected = fn(&ServiceError) -> bool;
    let unavailable: Expected = |error| matches!(error, ServiceError::Unavailable(_));
    let timed_out: Expected = |error| matches!(error, ServiceError::TimedOut(_));
    let rejected: Expected = |error| matches!(error, ServiceError::Rejected(_));
    let failed: Expected = |error| matches!(error, ServiceError::Failed(_));
    for (status, expected, is_transient) in [
        (302, rejected, false),
        (400, rejected, false),
        (404, rejected, false),
        (408, timed_out, true),
        (422, rejected, false),
        (500, failed, false),
        (501, failed, false),
        (502, unavailable, true),
        (503, unavailable, true),
        (504, unavailable, true),
    ] {
        let error = failure(Reply::json(status, r#"{"error": "the model is asleep"}"#));
        assert!(expected(&error), "{status}: {error:?}");
        assert_eq!(error.is_transient(), is_transient, "{status}");
        let words = described(&error);
        assert!(words.contains(&format!("status {status}")), "{words}");
        assert!(words.ends_with("the model is asleep"), "{words}");
    }
}

#[test]
fn a_redirection_is_not_followed_and_named() {
    let error =
        failure(Reply::text(307, "").with_header("Location", "http://127.0.0.1:9/elsewhere"));
    assert!(matches!(error, ServiceError::Rejected(_)), "{error:?}");
    assert!(described(&error).contains("moved to http://127.0.0.1:9/elsewhere"));
}

/// The pause that is passed on for a `Retry-After`.
fn pause(header: Option<&str>) -> Option<Duration> {
    let reply = Reply::json(429, r#"{"error": "slow down"}"#);
    let error = failure(match header {
        Some(header) => reply.with_header("Retry-After", header),
        None => reply,
    });
    assert!(described(&error).ends_with("slow down"));
    match error {
        ServiceError::Throttled { retry_after, .. } => retry_after,
        error => panic!("{error:?} is no throttling"),
    }
}

#[test]
fn a_throttling_server_says_for_how_long() {
    assert_eq!(pause(None), None);
    assert_eq!(pause(Some("7")), Some(Duration::from_secs(7)));
    assert_eq!(
        pause(Some("Sun, 06 Nov 1994 08:49:37 GMT")),
        Some(Duration::ZERO)
    );
    let hour = Duration::from_secs(3600);
    let date = httpdate::fmt_http_date(SystemTime::now() + hour);
    let passed_on = pause(Some(&date)).expect("the date is a pause");
    assert!(passed_on <= hour && passed_on > hour / 2, "{passed_on:?}");
}

#[test]
fn a_reply_may_be_as_long_as_allowed_and_no_longer() {
    let body = r#"{"sum": 1}"#;
    for (allowed, is_taken) in [(10, true), (9, false)] {
        let server = first([Reply::json(200, body)]);
        let service = asked_at(server.url(), Raw)
            .reply_bytes_max(allowed)
            .build()
            .unwrap();
        let text = creel_protocols::Request::new("1", "text".to_owned());
        match call(&service, text) {
            Ok(answer) => assert!(is_taken, "{answer:?}"),
            Err(error) => {
                assert!(!is_taken, "{error:?}");
                assert!(matches!(error, ServiceError::Malformed(_)), "{error:?}");
                assert!(described(&error).contains("more than 9 bytes"));
            }
        }
    }
}

#[test]
fn a_url_that_cannot_be_asked_is_told_before_anything_is_sent() {
    let refused = |url: &str| {
        asked_at(url, OpenInference::new("sum"))
            .build()
            .expect_err("the URL is wrong")
    };
    for url in ["127.0.0.1:8080", "ftp://a", "/v2", "localhost"] {
        let error = refused(url);
        assert!(matches!(error, BuildError::Scheme { .. }), "{error:?}");
        assert!(error.to_string().contains(url), "{error}");
    }
    for url in ["", "http://", "http://a b"] {
        let error = refused(url);
        assert!(matches!(error, BuildError::NoUrl { .. }), "{error:?}");
    }
}

#[cfg(not(feature = "tls"))]
#[test]
fn https_names_the_feature_that_brings_it() {
    let error = asked_at("https://a", Raw).build().unwrap_err();
    assert!(error.to_string().contains("feature `tls`"), "{error}");
}

#[cfg(feature = "tls")]
#[test]
fn https_to_a_server_without_tls_fails() {
    let server = first([]);
    let url = server.url().replace("http:", "https:");
    drop(server);
    let service = asked_at(url, Raw).build().unwrap();
    let text = creel_protocols::Request::new("1", "text".to_owned());
    let error = call(&service, text).unwrap_err();
    assert!(matches!(error, ServiceError::Unavailable(_)), "{error:?}");
}

#[test]
fn a_server_that_dies_between_two_requests_is_unavailable() {
    let server = first([]);
    let service = builder(&server).build().unwrap();
    call(&service, request(&[1.0])).unwrap();
    server.die();
    let error = call(&service, request(&[1.0])).unwrap_err();
    assert!(matches!(error, ServiceError::Unavailable(_)), "{error:?}");
    assert!(
        described(&error).contains("refused"),
        "{}",
        described(&error)
    );
}
