//! Replies that the server has compressed.

use std::io::Read;

use bytes::Bytes;
use creel_core::port::ServiceError;
use flate2::read::MultiGzDecoder;
use http::Response;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};

use super::Exchange;
use crate::error::ExchangeError;

/// The reply as it was before the server compressed it, if it did; no longer than it may be.
pub(super) fn decompressed(
    mut reply: Response<Bytes>,
    exchange: &Exchange<'_>,
) -> Result<Response<Bytes>, ServiceError> {
    let is_gzip = reply
        .headers()
        .get(CONTENT_ENCODING)
        .is_some_and(|encoding| {
            [&b"gzip"[..], b"x-gzip"]
                .iter()
                .any(|name| encoding.as_bytes().eq_ignore_ascii_case(name))
        });
    if !is_gzip || reply.body().is_empty() {
        return Ok(reply);
    }
    let bytes_max = exchange.reply_bytes_max;
    let mut body = Vec::new();
    // One byte more shows that there is more.
    let read = MultiGzDecoder::new(&reply.body()[..])
        .take(bytes_max.saturating_add(1))
        .read_to_end(&mut body);
    if let Err(source) = read {
        let url = exchange.url();
        return Err(ExchangeError::NoGzip { url, source }.into());
    }
    if body.len() as u64 > bytes_max {
        let (url, limit) = (exchange.url(), bytes_max);
        return Err(ExchangeError::TooLong { url, limit }.into());
    }
    for name in [CONTENT_ENCODING, CONTENT_LENGTH] {
        reply.headers_mut().remove(name);
    }
    *reply.body_mut() = body.into();
    Ok(reply)
}
