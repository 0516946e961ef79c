//! The files of the page.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// A file of the page.
#[derive(Clone, Copy, Debug)]
pub(super) struct File {
    pub(super) path: &'static str,
    media_type: &'static str,
    text: &'static str,
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// All of them.
pub(super) const FILES: [File; 9] = [
    file("/", HTML, include_str!("../page/index.html")),
    file("/style.css", CSS, include_str!("../page/style.css")),
    file("/icon.svg", SVG, include_str!("../page/icon.svg")),
    file("/page.js", SCRIPT, include_str!("../page/page.js")),
    file("/cameras.js", SCRIPT, include_str!("../page/cameras.js")),
    file("/charts.js", SCRIPT, include_str!("../page/charts.js")),
    file("/lanes.js", SCRIPT, include_str!("../page/lanes.js")),
    file("/ledger.js", SCRIPT, include_str!("../page/ledger.js")),
    file("/words.js", SCRIPT, include_str!("../page/words.js")),
];

const fn file(path: &'static str, media_type: &'static str, text: &'static str) -> File {
    File {
        path,
        media_type,
        text,
    }
}

impl File {
    pub(super) fn response(self) -> Response {
        ([(header::CONTENT_TYPE, self.media_type)], self.text).into_response()
    }
}
