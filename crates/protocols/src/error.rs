//! Why a request cannot be sent, and why a reply is no answer.

use bytes::Bytes;
use http::StatusCode;
use http::header::LOCATION;
use serde_json::Value;
use thiserror::Error;

use crate::Request;
use crate::oip::{Datatype, MessageError};
use crate::sse;

/// Why a protocol cannot carry a request.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The protocol has no form for this kind of payload.
    #[error("{protocol} cannot carry {payload}")]
    Unsupported {
        /// The protocol, in words.
        protocol: &'static str,
        /// The payload, in words.
        payload: &'static str,
    },
    /// The model takes another datatype than this kind of payload has.
    #[error("the model takes {datatype}, which {payload} cannot be sent as")]
    Datatype {
        /// The datatype that the model takes.
        datatype: Datatype,
        /// The payload, in words.
        payload: &'static str,
    },
    /// There is no number in the features.
    #[error("there are no features to send")]
    NoFeatures,
    /// A number is not one of the model's datatype.
    #[error(
        "feature {column} of row {row}, counted from 0, is {value}, which {datatype} cannot hold"
    )]
    Number {
        /// The row, counted from 0.
        row: usize,
        /// The column, counted from 0.
        column: usize,
        /// The number.
        value: f64,
        /// What it should be sent as.
        datatype: Datatype,
    },
    /// The features have another form than the model's input.
    #[error(
        "the model's input `{input}` has the shape {expected:?} (-1 is any size), which {found:?} does not fit"
    )]
    Shape {
        /// The input's name.
        input: String,
        /// Its shape, as the model's metadata tells it.
        expected: Vec<i64>,
        /// The shape of what was to be sent.
        found: Vec<usize>,
    },
    /// The protocol asks a model by its name, and none was given.
    #[error("{protocol} asks a model by its name, and none was given")]
    NoModel {
        /// The protocol, in words.
        protocol: &'static str,
    },
    /// A path, media type or id cannot stand in an HTTP request.
    #[error("the request cannot be written as HTTP")]
    Http(#[from] http::Error),
}

/// Why a reply is not an answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReplyError {
    /// The server refused, or failed.
    #[error("status {status}: {message}")]
    Status {
        /// The reply's status.
        status: StatusCode,
        /// What the server said, shortened.
        message: String,
    },
    /// The body is not a message of the protocol.
    #[error("the body, which begins `{excerpt}`, is not an answer")]
    Message {
        /// How the body begins.
        excerpt: String,
        /// What is wrong with it.
        source: MessageError,
    },
    /// The body is neither JSON nor text.
    #[error("the body, which begins `{excerpt}`, is neither JSON nor text of a text type")]
    Unreadable {
        /// How the body begins.
        excerpt: String,
    },
    /// The body is not JSON, or not of the protocol's form.
    #[error("the body, which begins `{excerpt}`, is not the JSON of an answer")]
    Json {
        /// How the body begins.
        excerpt: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The body lacks what holds the answer.
    #[error("the body, which begins `{excerpt}`, has no `{name}` that is an answer")]
    Missing {
        /// The name of what is not there.
        name: &'static str,
        /// How the body begins.
        excerpt: String,
    },
    /// The stream ended before the answer did.
    #[error("the stream ended before the answer did")]
    Incomplete,
    /// The server began to answer and failed.
    #[error("the server broke off its answer: {message}")]
    Broken {
        /// What the server said, shortened.
        message: String,
    },
    /// A stream is none that can be read.
    #[error("the stream cannot be read")]
    Stream(#[from] sse::TooLong),
    /// The answer is to another request.
    #[error(
        "the answer is to request `{found}`, not to `{expected}`; the server mixes requests up"
    )]
    WrongId {
        /// The id of the request.
        expected: String,
        /// The id in the reply.
        found: String,
    },
    /// The answer has no outputs.
    #[error("the answer has no outputs")]
    NoOutputs,
    /// An output is not what the model's metadata promises.
    #[error(
        "output `{output}` is {found}, where the model's metadata promises {expected} (-1 is any size)"
    )]
    Promise {
        /// The output's name.
        output: String,
        /// The datatype and shape that are promised.
        expected: String,
        /// The datatype and shape that it has.
        found: String,
    },
    /// There are more or fewer answers than rows that were asked.
    #[error("`{name}` has {found} rows where {expected} were asked; the server mixes requests up")]
    RowCount {
        /// What holds the answers.
        name: &'static str,
        /// How many rows the request has.
        expected: usize,
        /// How many answers there are.
        found: usize,
    },
    /// An output is not for the rows that were asked.
    #[error(
        "output `{output}` has shape {shape:?} where {rows} rows were asked; the server mixes requests up"
    )]
    Rows {
        /// The output's name.
        output: String,
        /// Its shape.
        shape: Vec<usize>,
        /// How many rows the request has.
        rows: usize,
    },
}

impl ReplyError {
    /// The error of a reply whose status is not a success.
    pub(crate) fn refusal(request: &Request, reply: &http::Response<Bytes>) -> Self {
        let mut message = said_in(reply.body());
        if !request.id.is_empty() {
            // Triton repeats the id, by which the same reason would be another one for each request.
            message = message.replace(&request.id, "…");
        }
        if let Some(location) = reply.headers().get(LOCATION) {
            let location = String::from_utf8_lossy(location.as_bytes());
            message = format!("moved to {location}; use that URL");
        }
        Self::Status {
            status: reply.status(),
            message,
        }
    }
}

/// What an error body says, whichever of the usual forms it has.
pub(crate) fn said_in(body: &[u8]) -> String {
    let said = |value: &Value| value.as_str().map(str::to_owned);
    let said = serde_json::from_slice(body).ok().and_then(|body: Value| {
        said(&body["error"])
            .or_else(|| said(&body["error"]["message"]))
            .or_else(|| said(&body["detail"]))
            .or_else(|| said(&body["message"]))
    });
    match said {
        Some(said) => excerpt(said.as_bytes()),
        None if body.trim_ascii().is_empty() => "the server gives no reason".to_owned(),
        None => excerpt(exception(body)),
    }
}

/// The exception at the end of a Python traceback, without the calls that led to it; any other body whole.
fn exception(body: &[u8]) -> &[u8] {
    if !body.starts_with(b"Traceback (most recent call last)") {
        return body;
    }
    // The calls are indented, the exception is not.
    let last_call = body.windows(3).rposition(|window| window == b"\n  ");
    let calls = last_call.map_or(0, |at| at + 1);
    match body[calls..].iter().position(|&byte| byte == b'\n') {
        Some(end) if calls + end + 1 < body.len() => &body[calls + end + 1..],
        _ => body,
    }
}

/// The beginning of a body on one line, fit for a message.
pub(crate) fn excerpt(body: &[u8]) -> String {
    const CHARS_MAX: usize = 300;
    // A character is at most four bytes, so that a large body is not converted whole.
    let beginning = &body[..body.len().min(4 * CHARS_MAX)];
    let text = String::from_utf8_lossy(beginning);
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    let mut shortened: String = line
        .chars()
        .filter(|character| !character.is_control())
        .take(CHARS_MAX)
        .collect();
    if beginning.len() < body.len() || line.chars().count() > CHARS_MAX {
        shortened.push('…');
    }
    shortened
}
