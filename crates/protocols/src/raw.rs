//! The payload itself as the body of a `POST`.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Error, Method};

use crate::{Answer, EncodeError, Payload, ReplyError, Request, reply};

/// What servers and gateways trace a request by.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A plain `POST` of a picture or a text to the server's URL itself; the answer is JSON or text.
///
/// ```
/// use creel_protocols::{Image, Payload, Protocol, Raw, Request};
///
/// let protocol = Protocol::from(Raw);
/// let picture = Payload::Image(Image::jpeg(&b"\xff\xd8\xff"[..]));
/// let request = Request::new("b1f0", picture);
/// let sent = protocol.encode(&request)?;
/// assert_eq!(sent.headers()["content-type"], "image/jpeg");
/// assert_eq!(&sent.body()[..], b"\xff\xd8\xff");
///
/// let reply = http::Response::new(r#"{"label": "dog"}"#.into());
/// assert_eq!(protocol.decode(&request, &reply)?.outputs["label"], "dog");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
            Payload::Document(document) => ("application/json", document.to_json()),
            Payload::Features(_) | Payload::Texts(_) => {
                return Err(EncodeError::Unsupported {
                    protocol: "a plain POST",
                    payload: request.payload.kind(),
                });
            }
        };
        // Without the builder, which moves the request at each of its steps.
        let mut sent = http::Request::new(body);
        *sent.method_mut() = Method::POST;
        let mut headers = HeaderMap::with_capacity(3);
        headers.insert(CONTENT_TYPE, header(media_type)?);
        headers.insert(ACCEPT, reply::FREE);
        headers.insert(REQUEST_ID, header(&request.id)?);
        *sent.headers_mut() = headers;
        Ok(sent)
    }

    pub(crate) fn decode(self, reply: &http::Response<Bytes>) -> Result<Answer, ReplyError> {
        reply::free(reply)
    }
}

fn header(value: &str) -> Result<HeaderValue, Error> {
    Ok(HeaderValue::from_str(value)?)
}
