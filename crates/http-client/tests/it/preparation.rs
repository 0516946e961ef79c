use creel_core::Context;
use creel_core::port::ServiceError;
use creel_http_client::HttpService;
use creel_protocols::oip::Datatype;
use creel_protocols::{OpenInference, Protocol, Raw};
use creel_testkit::http::{Received, Reply, ScriptedServer};

use super::asking::{asked_at, call, described, request, sum};

const METADATA: &str = r#"{"name": "sum", "versions": ["1"], "platform": "test",
    "inputs": [{"name": "numbers", "datatype": "FP32", "shape": [-1, 2]}], "outputs": []}"#;

/// A server that knows these paths, and nothing else.
fn knowing<const N: usize>(known: [(&'static str, u16, &'static str); N]) -> ScriptedServer {
    ScriptedServer::answering(move |received: &Received| {
        let asked = format!("{} {}", received.method, received.path);
        let reply = known.iter().find(|(path, ..)| *path == asked);
        match reply {
            Some((_, status, body)) => Reply::json(*status, *body),
            None if received.path.ends_with("/infer") => sum(received),
            None => Reply::text(404, "Not Found"),
        }
    })
}

fn prepared(
    server: &ScriptedServer,
    protocol: impl Into<Protocol>,
) -> Result<HttpService, ServiceError> {
    let service = asked_at(server.url(), protocol)
        .build()
        .expect("the server has a URL");
    service.prepare(&Context::new())?;
    Ok(service)
}

/// Why `model` cannot be asked.
fn complaint(server: &ScriptedServer, model: &str) -> String {
    let error = prepared(server, OpenInference::new(model)).expect_err("the model is not there");
    described(&error).replace(&server.url(), "URL")
}

#[test]
fn what_the_model_takes_is_taken_over() {
    let server = knowing([
        ("GET /v2/models/sum", 200, METADATA),
        ("GET /v2/models/sum/ready", 200, ""),
    ]);
    let service = prepared(&server, OpenInference::new("sum")).unwrap();
    let expected = OpenInference::new("sum")
        .with_input("numbers")
        .with_datatype(Datatype::Fp32);
    let Protocol::OpenInference(protocol) = service.protocol() else {
        panic!("the protocol stays");
    };
    call(&service, request(&[1.0, 2.0])).unwrap();
    let sent = server.received().pop().expect("the request arrived").body;
    let sent = String::from_utf8(sent).expect("the request is JSON");
    assert!(
        sent.contains(r#""name":"numbers","shape":[1,2],"datatype":"FP32""#),
        "{sent}"
    );
    assert_eq!(protocol.model(), expected.model());
}

#[test]
fn a_server_that_does_not_tell_about_readiness_is_taken_as_ready() {
    let server = knowing([("GET /v2/models/sum/versions/2", 200, r#"{"name": "sum"}"#)]);
    prepared(&server, OpenInference::new("sum").with_version("2")).unwrap();
}

#[test]
fn an_unknown_model_is_told_with_those_that_there_are() {
    let server = knowing([
        ("GET /v2/health/live", 200, ""),
        ("GET /v2/models", 200, r#"{"models": ["iris", "qr"]}"#),
    ]);
    assert_eq!(
        complaint(&server, "isis"),
        "the service rejected the request: URL/ has no model `isis`; it has iris, qr"
    );
    // Some servers answer 400 for a model that they do not have, and list theirs elsewhere.
    let server = knowing([
        ("GET /v2/models/isis", 400, r#"{"error": "unknown model"}"#),
        ("GET /v2/health/live", 200, ""),
        (
            "POST /v2/repository/index",
            200,
            r#"[{"name": "iris", "version": "1", "state": "READY", "reason": ""}]"#,
        ),
    ]);
    assert_eq!(
        complaint(&server, "isis"),
        "the service rejected the request: URL/ has no model `isis`; it has iris"
    );
    let server = knowing([("GET /v2/health/live", 200, "")]);
    assert_eq!(
        complaint(&server, "isis"),
        "the service rejected the request: URL/ has no model `isis`"
    );
}

#[test]
fn a_server_of_another_protocol_is_told() {
    assert_eq!(
        complaint(&knowing([]), "sum"),
        "the service rejected the request: URL/ does not speak the Open Inference Protocol (status 404 Not Found); \
         check the URL, or choose another protocol"
    );
}

#[test]
fn a_server_that_breaks_on_every_question_has_failed_and_may_know_the_model() {
    for (status, is_transient) in [(500, false), (503, true)] {
        let server = ScriptedServer::answering(move |_| Reply::text(status, "out of memory"));
        let error = prepared(&server, OpenInference::new("sum")).expect_err("it is broken");
        assert_eq!(error.is_transient(), is_transient);
        assert!(!matches!(error, ServiceError::Rejected(_)), "{error:?}");
    }
}

#[test]
fn a_model_that_is_loading_is_unavailable() {
    let server = knowing([
        ("GET /v2/models/sum", 200, METADATA),
        ("GET /v2/models/sum/ready", 400, r#"{"error": "loading"}"#),
    ]);
    let error = prepared(&server, OpenInference::new("sum")).unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    assert!(
        described(&error).contains("`sum` of"),
        "{}",
        described(&error)
    );
}

#[test]
fn metadata_that_cannot_be_read_is_malformed() {
    let server = knowing([
        ("GET /v2/models/sum", 200, "<html>"),
        ("GET /v2/models/sum/ready", 200, ""),
    ]);
    let error = prepared(&server, OpenInference::new("sum")).unwrap_err();
    assert!(matches!(error, ServiceError::Malformed(_)), "{error:?}");
}

#[test]
fn a_dead_server_is_found_before_the_run() {
    let server = knowing([]);
    server.die();
    for protocol in [Protocol::from(OpenInference::new("sum")), Raw.into()] {
        let error = prepared(&server, protocol).unwrap_err();
        assert!(matches!(error, ServiceError::Unavailable(_)), "{error:?}");
        let words = described(&error);
        assert!(words.contains("is the server running?"), "{words}");
    }
}

#[test]
fn any_reply_shows_that_a_plain_server_runs() {
    prepared(&knowing([]), Raw).unwrap();
    prepared(&knowing([("GET /", 405, "")]), Raw).unwrap();
}
