//! Servers of which it is not known what they speak.

use creel_core::Context;
use creel_http_client::{HttpService, HttpServiceBuilder};
use creel_protocols::openai::Chat;
use creel_protocols::{
    Multipart, OpenInference, Protocol, Raw, Request, Roboflow, TensorFlow, TensorForm,
};
use creel_testkit::http::{Reply, ScriptedServer};

use super::asking::{answered, asked_at, call, described, request, sum};

/// A server that has these pages and nothing else.
fn having(pages: &'static [(&'static str, &'static str)]) -> ScriptedServer {
    ScriptedServer::answering(move |received| {
        if received.path.ends_with("/infer") {
            return sum(received);
        }
        let page = pages.iter().find(|(path, _)| *path == received.path);
        match page {
            Some((_, body)) => Reply::json(200, *body),
            None => Reply::json(404, r#"{"detail": "Not Found"}"#),
        }
    })
}

fn guessing(server: &ScriptedServer, model: &str) -> HttpServiceBuilder {
    let json = OpenInference::new(model);
    let binary = json.clone().with_form(TensorForm::Binary);
    asked_at(server.url(), binary)
        .or(json)
        .or(Chat::new(model))
        .or(TensorFlow::new(model))
        .or(Roboflow::new(model))
        .guessing()
}

fn build(builder: HttpServiceBuilder) -> HttpService {
    builder.build().expect("the server has a URL")
}

/// What is found out about a server, or why nothing is.
fn found(server: &ScriptedServer, model: &str) -> Result<Protocol, String> {
    let service = build(guessing(server, model));
    match service.prepare(&Context::new()) {
        Ok(()) => Ok(service.protocol().clone()),
        Err(error) => Err(described(&error).replace(&server.url(), "URL")),
    }
}

#[test]
fn the_open_inference_protocol_is_known_by_its_first_page() {
    let server = having(&[
        ("/v2", r#"{"name": "triton", "version": "2.51.0"}"#),
        ("/v2/models/sum", r#"{"name": "sum"}"#),
    ]);
    let binary = OpenInference::new("sum").with_form(TensorForm::Binary);
    assert_eq!(found(&server, "sum").unwrap(), binary.into());
    // All its forms are tried.
    let service = build(guessing(&server, "sum"));
    assert_eq!(
        answered(&call(&service, request(&[4.0])).unwrap()),
        Some(4.0)
    );
    assert_eq!(service.protocol(), &OpenInference::new("sum").into());
}

#[test]
fn a_chat_is_known_by_the_list_of_models() {
    let server = having(&[("/v1/models", r#"{"data": [{"id": "smollm2"}]}"#)]);
    assert_eq!(found(&server, "m").unwrap(), Chat::new("m").into());
    assert_eq!(found(&server, "").unwrap(), Chat::new("smollm2").into());
}

#[test]
fn tensorflow_serving_is_known_by_the_model() {
    let server = having(&[("/v1/models/m", r#"{"model_version_status": []}"#)]);
    assert_eq!(found(&server, "m").unwrap(), TensorFlow::new("m").into());
}

#[test]
fn roboflow_is_known_by_its_name() {
    let server = having(&[("/info", r#"{"name": "Roboflow Inference Server"}"#)]);
    assert_eq!(found(&server, "m").unwrap(), Roboflow::new("m").into());
}

#[test]
fn the_only_model_needs_no_name() {
    let server = having(&[
        ("/v2", r#"{"name": "s"}"#),
        ("/v2/models", r#"{"models": ["sum"]}"#),
        ("/v2/models/sum", r#"{"name": "sum"}"#),
    ]);
    assert_eq!(found(&server, "").unwrap().model(), Some("sum"));
    let server = having(&[
        ("/v2", r#"{"name": "s"}"#),
        ("/v2/models", r#"{"models": ["a", "b"]}"#),
    ]);
    assert_eq!(
        found(&server, "").unwrap_err(),
        "the service rejected the request: no model was named, and URL/ has several; choose one of a, b"
    );
    let server = having(&[("/v2", r#"{"name": "s"}"#)]);
    assert_eq!(
        found(&server, "").unwrap_err(),
        "the service rejected the request: no model was named, and URL/ does not tell which it has; name one"
    );
}

#[test]
fn a_server_without_a_sign_takes_what_is_posted_if_that_may_be() {
    let server = having(&[]);
    assert!(
        found(&server, "m")
            .unwrap_err()
            .contains("speaks none of the protocols")
    );
    let service = build(guessing(&server, "").or(Raw).or(Multipart::new()));
    service.prepare(&Context::new()).unwrap();
    assert_eq!(service.protocol(), &Raw.into());
}

#[test]
fn a_page_for_people_is_no_sign() {
    let server = ScriptedServer::answering(|_| Reply::text(200, "<html>Welcome!</html>"));
    assert!(found(&server, "m").is_err());
}

#[test]
fn a_server_that_wants_a_key_is_told_of() {
    let server = ScriptedServer::answering(|_| Reply::json(401, "{}"));
    assert_eq!(
        found(&server, "m").unwrap_err(),
        "the service rejected the request: URL/ does not let its questions be asked (status 401 Unauthorized); \
         does it want a key?"
    );
}

#[test]
fn a_server_that_comes_up_later_is_asked_then() {
    let mut is_up = false;
    let server = ScriptedServer::answering(move |received| {
        if !std::mem::replace(&mut is_up, true) {
            return Reply::text(503, "loading");
        }
        match received.path.as_str() {
            "/v2" => Reply::json(200, r#"{"name": "s"}"#),
            "/v2/models/sum" => Reply::json(
                200,
                r#"{"name": "sum", "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, 1]}]}"#,
            ),
            path if path.ends_with("/ready") => Reply::json(200, "{}"),
            _ => sum(received),
        }
    });
    let json = OpenInference::new("sum");
    for builder in [
        asked_at(server.url(), json.clone())
            .or(Chat::new("sum"))
            .guessing(),
        asked_at(server.url(), json),
    ] {
        let service = build(builder);
        // Only the first of them finds it loading.
        _ = service.prepare(&Context::new());
        let answer = call(&service, Request::new("1", request(&[2.0]).payload)).unwrap();
        assert_eq!(answered(&answer), Some(2.0));
        let sent = server.received().pop().unwrap().body;
        let sent = String::from_utf8(sent).unwrap();
        assert!(sent.contains(r#""name":"x""#), "{sent}");
    }
}
