//! What the protocols that answer in plain JSON read alike.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use serde_json::{Map, Value};

use crate::error::excerpt;
use crate::{Answer, ReplyError};

/// The body as a JSON object.
pub(crate) fn object(reply: &http::Response<Bytes>) -> Result<Map<String, Value>, ReplyError> {
    serde_json::from_slice(reply.body()).map_err(|source| ReplyError::Json {
        excerpt: excerpt(reply.body()),
        source,
    })
}

/// What stands under `name` in a reply, which must have it.
pub(crate) fn take(
    reply: &http::Response<Bytes>,
    object: &mut Map<String, Value>,
    name: &'static str,
) -> Result<Value, ReplyError> {
    match object.remove(name) {
        None | Some(Value::Null) => Err(ReplyError::Missing {
            name,
            excerpt: excerpt(reply.body()),
        }),
        Some(value) => Ok(value),
    }
}

/// Whether there is an answer for each row that was asked.
pub(crate) fn check_rows(
    name: &'static str,
    expected: usize,
    found: usize,
) -> Result<(), ReplyError> {
    if found == expected {
        Ok(())
    } else {
        Err(ReplyError::RowCount {
            name,
            expected,
            found,
        })
    }
}

/// The media types of which [`free`] makes an answer.
pub(crate) const FREE: HeaderValue = HeaderValue::from_static("application/json, text/plain;q=0.5");

/// An answer in no particular form: the members of a JSON object, else JSON or text as the one output `reply`.
pub(crate) fn free(reply: &http::Response<Bytes>) -> Result<Answer, ReplyError> {
    let outputs = match json_or_text(reply) {
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

/// The body as JSON; as a string when it is declared to be text.
fn json_or_text(reply: &http::Response<Bytes>) -> Option<Value> {
    if is_of_type(reply.headers(), "text/") {
        let text = std::str::from_utf8(reply.body()).ok()?;
        return Some(text.into());
    }
    serde_json::from_slice(reply.body()).ok()
}

/// Whether the declared media type begins so.
pub(crate) fn is_of_type(headers: &http::HeaderMap, beginning: &str) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|declared| {
        let declared = declared.as_bytes();
        declared.len() >= beginning.len()
            && declared[..beginning.len()].eq_ignore_ascii_case(beginning.as_bytes())
    })
}
