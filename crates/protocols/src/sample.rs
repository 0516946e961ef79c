//! Requests and replies that the tests share.

use bytes::Bytes;
use http::Response;
use serde_json::Value;

use crate::{Features, Image, Payload, Protocol, ReplyError, Request};

pub(crate) fn one_row() -> Request {
    Request::new("b1f0", Features::row([1.0, 2.0]))
}

pub(crate) fn two_rows() -> Request {
    let features = Features::rows([vec![1.0, 2.0], vec![3.0, 4.0]]).unwrap();
    Request::new("b1f0", features)
}

pub(crate) fn picture() -> Request {
    Request::new("b1f0", Payload::Image(Image::jpeg(&b"\xff\xd8\xff"[..])))
}

pub(crate) fn text() -> Request {
    Request::new("b1f0", "Grüße".to_owned())
}

pub(crate) fn reply(status: u16, content_type: &str, body: impl Into<Bytes>) -> Response<Bytes> {
    Response::builder()
        .status(status)
        .header("content-type", content_type)
        .body(body.into())
        .unwrap()
}

pub(crate) fn json_reply(body: &Value) -> Response<Bytes> {
    reply(200, "application/json", body.to_string())
}

/// Why the reply is no answer to `request`.
pub(crate) fn complaint(
    protocol: &Protocol,
    request: &Request,
    reply: &Response<Bytes>,
) -> ReplyError {
    protocol.decode(request, reply).unwrap_err()
}

/// The JSON body of a request, as the protocol writes it.
pub(crate) fn body(protocol: impl Into<Protocol>, request: &Request) -> Value {
    let sent = protocol.into().encode(request).unwrap();
    assert_eq!(sent.method(), "POST");
    assert_eq!(sent.headers()["content-type"], "application/json");
    serde_json::from_slice(sent.body()).unwrap()
}

/// What the protocol reads in a JSON reply to a request.
pub(crate) fn answered(protocol: impl Into<Protocol>, request: &Request, body: &Value) -> Value {
    let answer = protocol.into().decode(request, &json_reply(body)).unwrap();
    answer.outputs.into()
}

/// Why a JSON reply is no answer to a request.
pub(crate) fn objection(
    protocol: impl Into<Protocol>,
    request: &Request,
    body: &Value,
) -> ReplyError {
    complaint(&protocol.into(), request, &json_reply(body))
}

/// Why the protocol does not carry a request.
pub(crate) fn refusal(protocol: impl Into<Protocol>, request: &Request) -> String {
    protocol.into().encode(request).unwrap_err().to_string()
}

/// A request with two texts.
pub(crate) fn two_texts() -> Request {
    Request::new("b1f0", Payload::Texts(vec!["one".into(), "two".into()]))
}

/// A request with a body of its own.
pub(crate) fn document(path: &str, body: &Value) -> Request {
    let body = body.as_object().unwrap().clone();
    let path = path.to_owned();
    Request::new("b1f0", crate::Document { path, body })
}
