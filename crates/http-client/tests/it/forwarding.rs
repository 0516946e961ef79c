use std::collections::BTreeMap;
use std::time::Duration;

use creel_core::port::SinkError;
use creel_core::{Context, Sink};
use creel_http_client::Forward;
use creel_protocols::Raw;
use creel_testkit::contract;
use creel_testkit::http::{Reply, ScriptedServer};

use super::asking::asked_at;

fn forward(server: &ScriptedServer) -> Forward {
    asked_at(format!("{}/hook?key=xyzzy", server.url()), Raw)
        .header("X-Key", "k")
        .build_forward()
        .unwrap()
}

/// What the server has taken.
fn taken(server: &ScriptedServer) -> Vec<usize> {
    let received = server.received();
    received
        .iter()
        .map(|request| serde_json::from_slice(&request.body).unwrap())
        .collect()
}

#[test]
fn a_hook_keeps_the_contract_of_a_sink() {
    contract::sink(
        || {
            let server = ScriptedServer::answering(|_| Reply::text(204, ""));
            (forward(&server), move || taken(&server))
        },
        |number| number,
    );
}

#[test]
fn each_record_is_posted_as_a_document() {
    let server = ScriptedServer::answering(|_| Reply::json(201, r#"{"id": 7}"#));
    let mut hook = forward(&server);
    let record = BTreeMap::from([("id", "a"), ("status", "answered")]);
    hook.write(&record, &Context::new()).unwrap();
    let received = &server.received()[0];
    assert_eq!(received.method, "POST");
    assert_eq!(received.path, "/hook?key=xyzzy");
    assert_eq!(received.header("content-type"), Some("application/json"));
    assert_eq!(received.header("x-key"), Some("k"));
    assert_eq!(received.body, br#"{"id":"a","status":"answered"}"#);
}

#[test]
fn a_record_that_is_no_json_is_rejected_before_it_is_sent() {
    let server = ScriptedServer::answering(|_| Reply::text(204, ""));
    let record = BTreeMap::from([(vec![1_u8], 1)]);
    let error = forward(&server)
        .write(&record, &Context::new())
        .unwrap_err();
    assert!(matches!(error, SinkError::Rejected(_)), "{error:?}");
    assert_eq!(server.connection_count(), 0);
}

#[test]
fn a_refusal_says_whether_this_record_the_next_or_none_will_be_taken() {
    type Expected = fn(&SinkError) -> bool;
    let (later, paused, never, rejected): (Expected, Expected, Expected, Expected) = (
        |error| matches!(error, SinkError::Unavailable(_)),
        |error| {
            matches!(
                error,
                SinkError::Throttled {
                    retry_after: Some(Duration::ZERO),
                    ..
                }
            )
        },
        |error| matches!(error, SinkError::Failed(_)),
        |error| matches!(error, SinkError::Rejected(_)),
    );
    for (reply, expected) in [
        (
            Reply::text(429, "slow down").with_header("Retry-After", "0"),
            paused,
        ),
        (
            Reply::text(503, "slow down").with_header("Retry-After", "0"),
            paused,
        ),
        (Reply::text(500, "slow down"), later),
        (Reply::text(503, "slow down"), later),
        (Reply::Close, later),
        (Reply::text(400, "slow down"), rejected),
        (Reply::text(422, "slow down"), rejected),
        (Reply::text(401, "slow down"), never),
        (Reply::text(404, "slow down"), never),
        (Reply::text(302, "slow down"), never),
    ] {
        let mut replies = [reply.clone()].into_iter();
        let server = ScriptedServer::answering(move |_| {
            replies.next().unwrap_or_else(|| Reply::text(204, ""))
        });
        let mut hook = forward(&server);
        let error = hook.write(&1, &Context::new()).unwrap_err();
        assert!(expected(&error), "{reply:?}: {error:?}");
        let told = format!("{error:?} {}", std::error::Error::source(&error).unwrap());
        assert!(!told.contains("xyzzy"), "{told}");
        if reply != Reply::Close {
            assert!(told.contains("slow down"), "{told}");
        }
        hook.write(&2, &Context::new()).unwrap();
    }
}
