//! The model that a path names, and what comes with a request for it.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, EXPECT};
use axum::http::request::Parts;
use bytes::Bytes;

use super::{Refusal, body};
use crate::inference::Place;
use crate::{Inference, Metadata, Model};

/// The model that a path names, in a version that there is.
pub(super) struct Requested(pub(super) Arc<dyn Model>);

impl FromRequestParts<Inference> for Requested {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, inference: &Inference) -> Result<Self, Refusal> {
        let segments = RawPathParams::from_request_parts(parts, inference)
            .await
            .map_err(Refusal::Path)?;
        let segment = |name| {
            segments
                .iter()
                .find(|(key, _)| *key == name)
                // TensorFlow Serving has the verb behind the last segment.
                .map(|(_, value)| value.strip_suffix(":predict").unwrap_or(value))
        };
        let name = segment("model").unwrap_or_default();
        let catalogue = inference.catalogue();
        let Some(model) = catalogue.get(name) else {
            let known: Vec<_> = catalogue.names().map(|name| format!("`{name}`")).collect();
            return Err(Refusal::UnknownModel {
                model: name.to_owned(),
                known: known.join(", "),
            });
        };
        match segment("version") {
            None | Some(Metadata::VERSION) => Ok(Self(Arc::clone(model))),
            Some(version) => Err(Refusal::UnknownVersion {
                model: name.to_owned(),
                version: version.to_owned(),
                known: Metadata::VERSION,
            }),
        }
    }
}

/// A request for inference that was let in and has arrived as a whole.
pub(super) struct Arrived {
    pub(super) model: Arc<dyn Model>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) place: Place,
}

impl Arrived {
    /// Receives the request, once its headers pass the check and there is a place for it.
    pub(super) async fn receive(
        inference: &Inference,
        request: Request,
        check: impl FnOnce(&Metadata, &HeaderMap) -> Result<(), Refusal>,
    ) -> Result<Self, Refusal> {
        let limit = inference.settings().body_bytes_max;
        let timeout = inference.settings().receive_timeout;
        let (mut parts, body) = request.into_parts();
        let admitted = Requested::from_request_parts(&mut parts, inference)
            .await
            .and_then(|Requested(model)| {
                check(model.metadata(), &parts.headers)?;
                Ok((model, inference.admit()?))
            });
        let received = match admitted {
            Ok((model, place)) => body::receive(body, limit, timeout)
                .await
                .map(|body| (model, place, body)),
            Err(refusal) => Err((refusal, body)),
        };
        match received {
            Ok((model, place, body)) => Ok(Self {
                model,
                headers: parts.headers,
                body,
                place,
            }),
            Err((refusal, rest)) => {
                // A client that waits for the word to go on is told not to.
                if !parts.headers.contains_key(EXPECT) {
                    body::discard(rest, limit, timeout).await;
                }
                Err(refusal)
            }
        }
    }
}

/// The media type that the headers name, without its parameters; none is an empty one.
pub(super) fn media(headers: &HeaderMap) -> String {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|essence| essence.trim().to_ascii_lowercase())
        .unwrap_or_default()
}
