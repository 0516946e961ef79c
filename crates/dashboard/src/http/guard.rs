//! What every request passes, and every response gets.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::access::{Access, Shown};

/// The longest path with its query; a token fits into it.
const URI_BYTES: usize = 1024;

/// What every response says: nothing is kept, nothing comes from elsewhere, and nobody puts the page into theirs.
const HEADERS: [(HeaderName, &str); 8] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=()",
    ),
];

/// Lets through what may be asked by whoever may ask.
pub(super) async fn guard(State(access): State<Access>, request: Request, next: Next) -> Response {
    let mut response = match examine(&access, &request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => *refusal,
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn examine(access: &Access, request: &Request) -> Result<(), Box<Response>> {
    let (uri, headers) = (request.uri(), request.headers());
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        let allowed = [(header::ALLOW, "GET, HEAD")];
        let refusal = refuse(
            StatusCode::METHOD_NOT_ALLOWED,
            "this page is only looked at",
        );
        return Err((allowed, refusal).into_response().into());
    }
    let length = uri.path_and_query().map_or(0, |path| path.as_str().len());
    if length > URI_BYTES {
        return Err(refuse(StatusCode::URI_TOO_LONG, "no address here is so long").into());
    }
    if headers.contains_key(header::TRANSFER_ENCODING)
        || headers
            .get(header::CONTENT_LENGTH)
            .is_some_and(|length| length != "0")
    {
        return Err(refuse(StatusCode::PAYLOAD_TOO_LARGE, "nothing is to be sent here").into());
    }
    // A whole URL is asked of a proxy.
    let host = host(headers).filter(|host| uri.authority().is_none() && access.is_ours(host));
    let Some(host) = host else {
        return Err(refuse(
            StatusCode::MISDIRECTED_REQUEST,
            "this page is no host of that name; open it as localhost, or by the address that creel told",
        ).into());
    };
    if !is_same_origin(headers, host) || is_from_elsewhere(headers) {
        return Err(refuse(StatusCode::FORBIDDEN, "other sites may not look").into());
    }
    match access.shown(uri, headers) {
        Shown::NotNeeded | Shown::InHeader => Ok(()),
        Shown::InAddress => Err(remembered(access).into()),
        Shown::No => {
            let challenge = [(header::WWW_AUTHENTICATE, "Bearer realm=\"creel\"")];
            let refusal = refuse(
                StatusCode::UNAUTHORIZED,
                "the token is missing or wrong: open the page by the address that creel told",
            );
            Err((challenge, refusal).into_response().into())
        }
    }
}

/// The one host of a request.
fn host(headers: &HeaderMap) -> Option<&str> {
    let mut hosts = headers.get_all(header::HOST).into_iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok(),
        _ => None,
    }
}

/// Whether a page that asks by a script, if one does, is ours: over TLS where a proxy stands before it.
fn is_same_origin(headers: &HeaderMap, host: &str) -> bool {
    headers.get_all(header::ORIGIN).into_iter().all(|origin| {
        let origin = origin.to_str().unwrap_or_default();
        let told = origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"));
        told.is_some_and(|told| told.eq_ignore_ascii_case(host))
    })
}

/// Whether the browser says that another site's page asks, and not somebody who follows a link.
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    let says = |name: &str, value: &str| headers.get(name).is_some_and(|said| said == value);
    let is_elsewhere = says("sec-fetch-site", "cross-site") || says("sec-fetch-site", "same-site");
    let follows_link = says("sec-fetch-mode", "navigate") && says("sec-fetch-dest", "document");
    is_elsewhere && !follows_link
}

/// The token becomes a cookie and leaves the address, which is seen and kept by others.
fn remembered(access: &Access) -> Response {
    let cookie = access.cookie().unwrap_or_default();
    let headers = [
        (header::SET_COOKIE, cookie),
        (header::LOCATION, "/".to_owned()),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

fn refuse(status: StatusCode, why: &'static str) -> Response {
    // What else comes on such a connection is not worth reading.
    let close = [(header::CONNECTION, "close")];
    (status, close, format!("{why}\n")).into_response()
}
