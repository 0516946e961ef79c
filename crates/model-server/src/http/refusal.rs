//! Requests that get no outputs, and what their clients are told.

use std::error::Error;
use std::time::Duration;

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use creel_protocols::form::FormError;
use creel_protocols::oip::{ErrorBody, MessageError};
use creel_protocols::tensorflow::PredictError;
use creel_runtime::TaskError;
use thiserror::Error;

use crate::ModelError;
use crate::metadata::Mismatch;

/// Why a request gets no outputs; each is a status and a message.
#[derive(Debug, Error)]
pub(crate) enum Refusal {
    /// Nothing is served there.
    #[error(
        "there is nothing at `{0}`; this server has /v2 (the Open Inference Protocol), /v1/models/MODEL:predict (TensorFlow Serving) and /predict/MODEL (plain bodies and forms); `GET /` tells more"
    )]
    UnknownPath(String),
    /// The path's encoding is broken.
    #[error("the path cannot be understood")]
    Path(#[source] axum::extract::rejection::RawPathParamsRejection),
    /// The path takes another method.
    #[error("this path takes another method; the header `Allow` names it")]
    Method,
    /// There is no such model.
    #[error("there is no model `{model}`, only {known}")]
    UnknownModel { model: String, known: String },
    /// The model has no such version.
    #[error("the model `{model}` has no version `{version}`, only {known}")]
    UnknownVersion {
        model: String,
        version: String,
        known: &'static str,
    },
    /// The body is of another kind.
    #[error("the body must be {expected}, not {found}; the header `Content-Type` says what it is")]
    Media { expected: String, found: String },
    /// The model has no single input that a plain body could be.
    #[error("the model `{model}` takes no plain body; ask it at /v2/models/{model}/infer")]
    NotPlain { model: String },
    /// The model's answers are not one for each instance.
    #[error("the model `{model}` does not answer in rows; ask it at /v2/models/{model}/infer")]
    NotInRows { model: String },
    /// The body is no form.
    #[error(transparent)]
    Form(FormError),
    /// The form is empty.
    #[error("the form has no file")]
    NoFile,
    /// The body is nothing that can be predicted from.
    #[error(transparent)]
    Predict(PredictError),
    /// The body is larger than what is taken.
    #[error("the body is larger than {limit} bytes")]
    TooLarge { limit: usize },
    /// The body did not arrive in time.
    #[error("the body did not arrive within {limit:?}")]
    TooSlow { limit: Duration },
    /// The body broke off.
    #[error("the body cannot be received")]
    Torn(#[source] axum::Error),
    /// The body is no message of the protocol.
    #[error(transparent)]
    Message(MessageError),
    /// The body is not what the model takes.
    #[error("the request does not fit the model `{model}`")]
    Mismatch { model: String, source: Mismatch },
    /// The model gives no outputs for these inputs, or none at all.
    #[error("the model `{model}` gives no answer")]
    Model { model: String, source: ModelError },
    /// The model panicked.
    #[error("the model panicked: {0}")]
    Panicked(String),
    /// All places are taken.
    #[error("too many requests are waiting; try again later")]
    Busy,
    /// The server takes nothing any more.
    #[error("the server is stopping; try again later")]
    Stopping,
    /// The pool gave the work up.
    #[error("the work was not done")]
    NotRun(#[source] TaskError),
}

impl Refusal {
    /// The pause that a client is asked for, in seconds.
    const RETRY_AFTER_SECONDS: u16 = 1;

    fn status(&self) -> StatusCode {
        match self {
            Self::UnknownPath(_) | Self::UnknownModel { .. } | Self::UnknownVersion { .. } => {
                StatusCode::NOT_FOUND
            }
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Media { .. } | Self::NotPlain { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::Path(_)
            | Self::Torn(_)
            | Self::Message(_)
            | Self::Form(_)
            | Self::NoFile
            | Self::Predict(_)
            | Self::NotInRows { .. }
            | Self::Mismatch { .. } => StatusCode::BAD_REQUEST,
            Self::Model { source, .. } => match source {
                ModelError::Rejected(_) => StatusCode::BAD_REQUEST,
                ModelError::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Self::Panicked(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Busy | Self::Stopping | Self::NotRun(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The error and its causes, in one line.
    fn message(&self) -> String {
        let mut message = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            message.push_str(": ");
            message.push_str(&error.to_string());
            cause = error.source();
        }
        message
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, message) = (self.status(), self.message());
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(message, "a request failed");
        } else {
            tracing::debug!(status = status.as_u16(), message, "a request was refused");
        }
        let mut response = (status, Json(ErrorBody::new(message))).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(Self::RETRY_AFTER_SECONDS));
        }
        response
    }
}
