//! The payload itself as the body of a `POST`.

use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderName};
use serde_json::{Map, Value};

use crate::error::excerpt;
use crate::{Answer, EncodeError, Payload, ReplyError, Request};

/// What servers and gateways trace a request by.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A plain `POST` of a picture or a text to the server's URL itself; the answer is JSON or text.
///
/// The members of a JSON object are the outputs; anything else is the one output `reply`. The request's id goes
/// along for the server's log and is not checked in the reply: gateways put one of their own there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Raw;

impl Raw {
    pub(crate) fn encode(self, request: &Request) -> Result<http::Request<Bytes>, EncodeError> {
        let (media_type, body) = match &request.payload {
            Payload::Image(image) => (image.media_type.as_str(), image.bytes.clone()),
            Payload::Text(text) => ("text/plain; charset=utf-8", Bytes::from(text.clone())),
            Payload::Features(_) => {
                return Err(EncodeError::Unsupported {
                    protocol: "a plain POST",
                    payload: request.payload.kind(),
                });
            }
        };
        let request = http::Request::builder()
            .method(Method::POST)
            .uri("/")
            .header(CONTENT_TYPE, media_type)
            .header(ACCEPT, "application/json, text/plain;q=0.5")
            .header(REQUEST_ID, &request.id)
            .body(body)?;
        Ok(request)
    }

    pub(crate) fn decode(self, reply: &http::Response<Bytes>) -> Result<Answer, ReplyError> {
        let outputs = match read(reply) {
            Some(Value::Object(outputs)) => outputs,
            Some(reply) => Map::from_iter([("reply".to_owned(), reply)]),
            None => {
                return Err(ReplyError::Unreadable {
                    excerpt: excerpt(reply.body()),
                });
            }
        };
        if outputs.is_empty() {
            return Err(ReplyError::NoOutputs);
        }
        Ok(Answer { outputs })
    }
}

/// The body as JSON; as a string when it is declared to be text.
fn read(reply: &http::Response<Bytes>) -> Option<Value> {
    let declared = reply.headers().get(CONTENT_TYPE);
    let is_text = declared.is_some_and(|declared| declared.as_bytes().starts_with(b"text/"));
    if is_text {
        let text = std::str::from_utf8(reply.body()).ok()?;
        return Some(text.into());
    }
    serde_json::from_slice(reply.body()).ok()
}
