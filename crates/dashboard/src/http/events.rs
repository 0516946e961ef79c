//! Where the run stands, as server-sent events.

use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use tokio::sync::watch;

use super::Site;
use crate::feed::{Page, Turn};

/// How soon a browser asks again, in milliseconds.
const RETRY: &[u8] = b"retry: 1000\n\n";

/// Tells that nothing comes any more.
const END: &[u8] = b"event: end\ndata: {}\n\n";

/// A page on its way through the turns.
struct Reading {
    turns: watch::Receiver<Turn>,
    /// The look at the run that it was told of.
    look: u64,
    /// What is told before the first turn.
    first: Option<Bytes>,
    is_over: bool,
    _page: Page,
}

/// Where the run stands, as server-sent events; 503 while as many look as may.
///
/// Whoever reads too slowly misses turns, and nothing is kept for them.
pub(super) async fn events(State(site): State<Site>) -> Response {
    let Some((page, mut turns)) = site.feed.open(site.pages) else {
        let later = [(header::RETRY_AFTER, "5")];
        let why = "as many look as may\n";
        return (StatusCode::SERVICE_UNAVAILABLE, later, why).into_response();
    };
    turns.mark_changed();
    let reading = Reading {
        turns,
        look: 0,
        first: Some([RETRY, &site.feed.history()].concat().into()),
        is_over: false,
        _page: page,
    };
    let body = Body::from_stream(stream::unfold(reading, next));
    ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
}

async fn next(mut reading: Reading) -> Option<(Result<Bytes, std::convert::Infallible>, Reading)> {
    if let Some(first) = reading.first.take() {
        return Some((Ok(first), reading));
    }
    if reading.is_over {
        return None;
    }
    reading.turns.changed().await.ok()?;
    let turn = reading.turns.borrow_and_update().clone();
    let mut told = if turn.look == reading.look {
        turn.pictures
    } else {
        turn.state
    };
    reading.look = turn.look;
    if turn.is_last {
        reading.is_over = true;
        told = [&told, END].concat().into();
    }
    Some((Ok(told), reading))
}
