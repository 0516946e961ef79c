//! The protocols that a client speaks, as one type.

use std::fmt;

use bytes::Bytes;

use crate::openai::{Chat, Embeddings};
use crate::{
    Answer, EncodeError, Multipart, OpenInference, Raw, ReplyError, Request, Roboflow, TensorFlow,
};

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
    /// The Open Inference Protocol, version 2.
    OpenInference(OpenInference),
    /// A chat with a language model, in the OpenAI-compatible interface.
    Chat(Chat),
    /// Embeddings of texts, in the OpenAI-compatible interface.
    Embeddings(Embeddings),
    /// TensorFlow Serving's REST interface.
    TensorFlow(TensorFlow),
    /// Roboflow's inference server.
    Roboflow(Roboflow),
    /// A form with the payload as its one file.
    Multipart(Multipart),
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
            Self::Chat(protocol) => protocol.encode(request),
            Self::Embeddings(protocol) => protocol.encode(request),
            Self::TensorFlow(protocol) => protocol.encode(request),
            Self::Roboflow(protocol) => protocol.encode(request),
            Self::Multipart(protocol) => protocol.encode(request),
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
            return Err(ReplyError::refusal(request, reply));
        }
        match self {
            Self::OpenInference(protocol) => protocol.decode(request, reply),
            Self::Chat(protocol) => protocol.decode(request, reply),
            Self::Embeddings(protocol) => protocol.decode(request, reply),
            Self::TensorFlow(protocol) => protocol.decode(request, reply),
            Self::Roboflow(protocol) => protocol.decode(reply),
            Self::Multipart(protocol) => protocol.decode(reply),
            Self::Raw(protocol) => protocol.decode(reply),
        }
    }

    /// The model that is asked; `None` where none was named, or the URL is the model's own.
    pub fn model(&self) -> Option<&str> {
        let model = match self {
            Self::OpenInference(protocol) => &protocol.model,
            Self::Chat(protocol) => &protocol.model,
            Self::Embeddings(protocol) => &protocol.model,
            Self::TensorFlow(protocol) => &protocol.model,
            Self::Roboflow(protocol) => &protocol.model,
            Self::Multipart(_) | Self::Raw(_) => return None,
        };
        Some(model.as_str()).filter(|model| !model.is_empty())
    }

    /// The same protocol with another word in place of every secret, to show what it would send.
    #[must_use]
    pub fn without_secrets(mut self) -> Self {
        if let Self::Roboflow(protocol) = &mut self {
            protocol.hide_api_key();
        }
        self
    }

    /// Asks that model, where the protocol asks models by their names.
    pub fn set_model(&mut self, model: impl Into<String>) {
        let name = match self {
            Self::OpenInference(protocol) => &mut protocol.model,
            Self::Chat(protocol) => &mut protocol.model,
            Self::Embeddings(protocol) => &mut protocol.model,
            Self::TensorFlow(protocol) => &mut protocol.model,
            Self::Roboflow(protocol) => &mut protocol.model,
            Self::Multipart(_) | Self::Raw(_) => return,
        };
        *name = model.into();
    }
}

/// What it is called in messages.
impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OpenInference(_) => "the Open Inference Protocol",
            Self::Chat(_) => "OpenAI's chat",
            Self::Embeddings(_) => "OpenAI's embeddings",
            Self::TensorFlow(_) => "TensorFlow Serving",
            Self::Roboflow(_) => "Roboflow's protocol",
            Self::Multipart(_) => "a form",
            Self::Raw(_) => "a plain POST",
        })
    }
}

/// Makes a protocol of each of its kinds.
macro_rules! from_kinds {
    ($($kind:ident),*) => {
        $(impl From<$kind> for Protocol {
            fn from(protocol: $kind) -> Self {
                Self::$kind(protocol)
            }
        })*
    };
}

from_kinds!(
    OpenInference,
    Chat,
    Embeddings,
    TensorFlow,
    Roboflow,
    Multipart,
    Raw
);

#[cfg(test)]
mod tests;
