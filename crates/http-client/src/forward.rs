//! Records onwards to another server.

use std::time::SystemTime;

use bytes::Bytes;
use creel_core::port::{ServiceError, SinkError};
use creel_core::{Context, Sink};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode};
use serde::Serialize;
use thiserror::Error;

use crate::retry_after;
use crate::transport::Transport;

/// Letters of a refusal that are shown.
const SHOWN_MAX: usize = 200;

/// Posts each record to a server or a web hook, as one JSON document.
///
/// A write blocks until the server has taken the record, which any status of success says; a record that it took is its to
/// keep, so there is nothing to flush. One that was written again after an error may be there twice, since a server that
/// fell silent may have taken it.
///
/// | seen | error |
/// |---|---|
/// | no answer in time, no connection; 408, 425, 500, 502, 503, 504 | [`Unavailable`](SinkError::Unavailable): worth another try |
/// | 429; 503 with `Retry-After` | [`Throttled`](SinkError::Throttled): worth another try, after that time if it is said |
/// | another 4xx; a record that is no JSON | [`Rejected`](SinkError::Rejected): this record alone |
/// | 401, 403, 404, 405, 410; any other status | [`Failed`](SinkError::Failed): no record will be taken |
///
/// ```no_run
/// use creel_core::{Context, Sink};
/// use creel_http_client::HttpService;
/// use creel_protocols::Raw;
///
/// let mut hook = HttpService::builder("https://example.com/hook", Raw).bearer("…").build_forward()?;
/// hook.write(&[1, 2, 3], &Context::new())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Forward {
    transport: Transport,
}

impl Forward {
    pub(crate) fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// Where records go, without what may be secret in the URL.
    pub fn url(&self) -> String {
        self.transport.base_url()
    }

    fn post(&self, record: Vec<u8>, context: &Context) -> Result<(), SinkError> {
        let mut request = Request::post("/")
            .body(Bytes::from(record))
            .expect("the root is a path");
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
        let reply = match self.transport.exchange(&request, context) {
            Ok(reply) => reply,
            Err(error) => return Err(unanswered(error)),
        };
        if reply.status().is_success() {
            return Ok(());
        }
        Err(refused(self.url(), &reply, SystemTime::now()))
    }
}

impl<R: Serialize> Sink<R> for Forward {
    fn write(&mut self, record: &R, context: &Context) -> Result<(), SinkError> {
        let record =
            serde_json::to_vec(record).map_err(|error| SinkError::Rejected(error.into()))?;
        self.post(record, context)
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

/// Why a server did not take a record, though it was reached.
#[derive(Debug, Error)]
#[error("{url} does not take records (status {status}){said}")]
struct Refusal {
    url: String,
    status: StatusCode,
    said: String,
}

fn unanswered(error: ServiceError) -> SinkError {
    let is_hopeless = matches!(error, ServiceError::Rejected(_));
    let source = error.into();
    if is_hopeless {
        SinkError::Failed(source)
    } else {
        SinkError::Unavailable(source)
    }
}

fn refused(url: String, reply: &Response<Bytes>, now: SystemTime) -> SinkError {
    let status = reply.status();
    let text: String = String::from_utf8_lossy(reply.body())
        .trim()
        .chars()
        .take(SHOWN_MAX)
        .collect();
    let said = if text.is_empty() {
        text
    } else {
        format!(": {text}")
    };
    let refusal = Refusal { url, status, said }.into();
    let retry_after = retry_after::pause(reply.headers(), now);
    match status {
        StatusCode::TOO_MANY_REQUESTS => SinkError::Throttled {
            retry_after,
            source: refusal,
        },
        StatusCode::SERVICE_UNAVAILABLE if retry_after.is_some() => SinkError::Throttled {
            retry_after,
            source: refusal,
        },
        StatusCode::REQUEST_TIMEOUT
        | StatusCode::TOO_EARLY
        | StatusCode::INTERNAL_SERVER_ERROR
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => SinkError::Unavailable(refusal),
        StatusCode::UNAUTHORIZED
        | StatusCode::FORBIDDEN
        | StatusCode::NOT_FOUND
        | StatusCode::METHOD_NOT_ALLOWED
        | StatusCode::GONE => SinkError::Failed(refusal),
        status if status.is_client_error() => SinkError::Rejected(refusal),
        _ => SinkError::Failed(refusal),
    }
}
