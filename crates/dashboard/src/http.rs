//! What is served where, and to whom.

mod access;
mod events;
mod files;
mod guard;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::feed::Feed;
use crate::{health, metrics, shot};

pub(crate) use access::Access;

/// Says with a picture how many seconds ago it was captured: it is made once, and grows old.
const AGE: HeaderName = HeaderName::from_static("creel-captured-age");

/// What handlers know.
#[derive(Clone)]
struct Site {
    feed: Feed,
    /// How many pages are kept up to date at most.
    pages: usize,
}

pub(crate) fn router(feed: Feed, access: Access, pages: usize) -> Router {
    let mut router = Router::new();
    for file in files::FILES {
        router = router.route(file.path, get(move || async move { file.response() }));
    }
    router
        .route("/events", get(events::events))
        .route("/state", get(state))
        .route("/sources/{number}/shot", get(framed))
        .route("/sources/{number}/picture", get(picture))
        .route("/metrics", get(text))
        .route("/healthz", get(healthz))
        .fallback(async || StatusCode::NOT_FOUND)
        .layer(middleware::from_fn_with_state(access, guard::guard))
        .with_state(Site { feed, pages })
}

async fn state(State(site): State<Site>) -> Response {
    axum::Json(site.feed.state()).into_response()
}

/// The picture of a source with what is drawn over it; 404 while there is none.
async fn framed(State(site): State<Site>, Path(number): Path<usize>) -> Response {
    let Some(shot) = site.feed.easel(number).and_then(|easel| easel.shown()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match shot::framed(&shot).await {
        Some(framed) => {
            let age = shot.picture.captured.elapsed().as_secs_f64();
            let headers = [
                (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
                (AGE, format!("{age:.6}")),
            ];
            (headers, framed).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn picture(State(site): State<Site>, Path(number): Path<usize>) -> Response {
    let Some(shot) = site.feed.easel(number).and_then(|easel| easel.shown()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match shot::picture(&shot).await {
        Some((media_type, bytes)) => ([(header::CONTENT_TYPE, media_type)], bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn text(State(site): State<Site>) -> Response {
    let view = site.feed.view();
    let text = metrics::text(&view, &site.feed.histograms(), site.feed.pages());
    ([(header::CONTENT_TYPE, metrics::MEDIA_TYPE)], text).into_response()
}

async fn healthz(State(site): State<Site>) -> Response {
    match health::verdict(&site.feed.view()) {
        Ok(()) => "ok\n".into_response(),
        Err(reasons) => (StatusCode::SERVICE_UNAVAILABLE, reasons).into_response(),
    }
}
