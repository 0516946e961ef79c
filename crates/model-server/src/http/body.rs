//! Bodies of bounded size that arrive in bounded time.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use tokio::time;

use super::Refusal;

/// The largest buffer that is set aside on a client's word.
const RESERVE_MAX: usize = 1 << 20;

/// Receives a whole body, or gives back what is left of it with the reason.
pub(super) async fn receive(
    mut body: Body,
    limit: usize,
    timeout: Duration,
) -> Result<Bytes, (Refusal, Body)> {
    match time::timeout(timeout, collect(&mut body, limit)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(refusal)) => Err((refusal, body)),
        Err(_) => Err((Refusal::TooSlow { limit: timeout }, Body::empty())),
    }
}

async fn collect(body: &mut Body, limit: usize) -> Result<Bytes, Refusal> {
    let announced = http_body::Body::size_hint(body).lower();
    if announced > limit as u64 {
        return Err(Refusal::TooLarge { limit });
    }
    let mut bytes = BytesMut::with_capacity(RESERVE_MAX.min(announced as usize));
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(Refusal::Torn)?.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > limit {
            return Err(Refusal::TooLarge { limit });
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.freeze())
}

/// Reads on for a while and forgets what comes.
///
/// A connection that is closed on unread bytes is reset, and its client may never see the answer.
pub(super) async fn discard(mut body: Body, limit: usize, timeout: Duration) {
    let forget = async {
        let mut left = limit;
        while let Some(Ok(frame)) = body.frame().await {
            let length = frame.data_ref().map_or(0, Bytes::len);
            match left.checked_sub(length) {
                Some(rest) => left = rest,
                None => break,
            }
        }
    };
    if time::timeout(timeout, forget).await.is_err() {
        tracing::debug!("a refused body did not end in time");
    }
}
