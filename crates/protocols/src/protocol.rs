//! The protocols that a client speaks, as one type.

use bytes::Bytes;

use crate::{Answer, EncodeError, OpenInference, Raw, ReplyError, Request};

/// A protocol, with what it needs to know to ask one model.
///
/// ```
/// use creel_protocols::{OpenInference, Protocol, Request};
/// use http::{Response, StatusCode};
///
/// let protocol = Protocol::from(OpenInference::new("lang"));
/// let request = Request::new("b1f0", "Guten Tag".to_owned());
///
/// let sent = protocol.encode(&request)?;
/// assert_eq!(sent.uri(), "/v2/models/lang/infer");
///
/// let body = r#"{"id": "b1f0", "model_name": "lang", "outputs":
///     [{"name": "language", "shape": [1], "datatype": "BYTES", "data": ["deu"]}]}"#;
/// let answer = protocol.decode(&request, &Response::new(body.into()))?;
/// assert_eq!(answer.outputs["language"][0], "deu");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Protocol {
    /// The Open Inference Protocol, version 2, in JSON.
    OpenInference(OpenInference),
    /// The payload itself as the body of a `POST`.
    Raw(Raw),
}

impl Protocol {
    /// Writes a request; its URI is a path below the server's URL, `/` for that URL itself.
    ///
    /// # Errors
    /// [`EncodeError`] when this protocol cannot carry the payload.
    pub fn encode(&self, request: &Request) -> Result<http::Request<Bytes>, EncodeError> {
        match self {
            Self::OpenInference(protocol) => protocol.encode(request),
            Self::Raw(protocol) => protocol.encode(request),
        }
    }

    /// Reads the reply to `request`.
    ///
    /// # Errors
    /// [`ReplyError::Status`] when the server refused or failed, in its own words; the others when what it
    /// sent is not an answer to this request.
    pub fn decode(
        &self,
        request: &Request,
        reply: &http::Response<Bytes>,
    ) -> Result<Answer, ReplyError> {
        if !reply.status().is_success() {
            return Err(ReplyError::refusal(reply));
        }
        match self {
            Self::OpenInference(protocol) => protocol.decode(request, reply),
            Self::Raw(protocol) => protocol.decode(reply),
        }
    }
}

impl From<OpenInference> for Protocol {
    fn from(protocol: OpenInference) -> Self {
        Self::OpenInference(protocol)
    }
}

impl From<Raw> for Protocol {
    fn from(protocol: Raw) -> Self {
        Self::Raw(protocol)
    }
}

#[cfg(test)]
mod tests;
