//! Servers that do not understand every form of a request.

use creel_core::port::ServiceError;
use creel_http_client::HttpService;
use creel_protocols::oip::Datatype;
use creel_protocols::{Image, Multipart, OpenInference, Payload, Raw, Request, TensorForm};
use creel_testkit::http::{Received, Reply, ScriptedServer};

use super::asking::{answered, asked_at, call, request, sum};

const LENGTH: &str = "inference-header-content-length";

/// A server that adds up, and says `status` to tensors in binary.
fn without_binary(status: u16) -> ScriptedServer {
    ScriptedServer::answering(move |received| match received.header(LENGTH) {
        Some(_) => Reply::text(status, "Internal Server Error"),
        None => sum(received),
    })
}

fn binary_or_json(server: &ScriptedServer) -> HttpService {
    let json = OpenInference::new("sum");
    let binary = json.clone().with_form(TensorForm::Binary);
    asked_at(server.url(), binary).or(json).build().unwrap()
}

fn is_binary(received: &Received) -> bool {
    received.header(LENGTH).is_some()
}

#[test]
fn a_request_that_a_server_breaks_on_goes_out_again_in_another_form() {
    for status in [400, 415, 422, 500, 501] {
        let server = without_binary(status);
        let service = binary_or_json(&server);
        for number in [1.0, 2.0, 3.0] {
            let answer = call(&service, request(&[number])).unwrap();
            assert_eq!(answered(&answer), Some(number));
        }
        // One attempt was enough to know.
        let forms: Vec<bool> = server.received().iter().map(is_binary).collect();
        assert_eq!(forms, [true, false, false, false]);
        assert_eq!(service.protocol(), &OpenInference::new("sum").into());
    }
}

#[test]
fn a_form_that_was_understood_is_kept_when_a_request_fails() {
    let server = without_binary(500);
    let json = OpenInference::new("sum");
    let binary = json.clone().with_form(TensorForm::Binary);
    let service = asked_at(server.url(), json).or(binary).build().unwrap();
    call(&service, request(&[1.0])).unwrap();
    let error = call(&service, request(&[2e9])).unwrap_err();
    assert!(matches!(error, ServiceError::Rejected(_)), "{error:?}");
    assert_eq!(server.received().len(), 2);
}

#[test]
fn while_no_form_was_understood_each_request_tries_them_all() {
    let server = without_binary(500);
    let service = binary_or_json(&server);
    for _ in 0..2 {
        let error = call(&service, request(&[2e9])).unwrap_err();
        // The last form's is the better reason.
        assert!(matches!(error, ServiceError::Rejected(_)), "{error:?}");
    }
    assert_eq!(server.received().len(), 4);
    call(&service, request(&[1.0])).unwrap();
    assert_eq!(server.received().len(), 6);
}

#[test]
fn a_server_that_is_only_busy_is_not_asked_otherwise() {
    for status in [404, 429, 502, 503, 504] {
        let server = without_binary(status);
        let service = binary_or_json(&server);
        call(&service, request(&[1.0])).unwrap_err();
        assert_eq!(server.received().len(), 1, "{status}");
    }
}

#[test]
fn a_form_that_cannot_carry_a_payload_is_passed_over() {
    let server = ScriptedServer::answering(sum);
    let numbers = OpenInference::new("sum").with_datatype(Datatype::Fp64);
    let service = asked_at(server.url(), Raw).or(numbers).build().unwrap();
    assert_eq!(
        answered(&call(&service, request(&[5.0])).unwrap()),
        Some(5.0)
    );
    assert_eq!(server.received().len(), 1);
}

#[test]
fn forms_that_are_the_same_for_a_payload_are_tried_once() {
    let server = without_binary(500);
    let json = OpenInference::new("sum");
    let for_pictures = json.clone().with_picture_datatype(Datatype::Uint8);
    let service = asked_at(server.url(), json)
        .or(for_pictures)
        .build()
        .unwrap();
    call(&service, request(&[2e9])).unwrap_err();
    assert_eq!(server.received().len(), 1);
}

#[test]
fn a_picture_goes_into_a_form_where_a_plain_one_is_not_taken() {
    let server = ScriptedServer::answering(|received| {
        let form = String::from_utf8_lossy(&received.body);
        if form.contains("name=\"image\"; filename") {
            Reply::json(200, r#"{"label": "dog"}"#)
        } else {
            Reply::text(500, "Internal Server Error")
        }
    });
    let service = asked_at(server.url(), Raw)
        .or(Multipart::new())
        .or(Multipart::new().with_field("image"))
        .build()
        .unwrap();
    let picture = Payload::Image(Image::jpeg(&b"\xff\xd8\xff"[..]));
    for _ in 0..2 {
        let answer = call(&service, Request::new("b1f0", picture.clone())).unwrap();
        assert_eq!(answer.outputs["label"], "dog");
    }
    assert_eq!(server.received().len(), 4);
}
