//! The routes: the Open Inference Protocol, TensorFlow Serving's, and plain bodies.

mod body;
mod guide;
mod oip;
mod plain;
mod refusal;
mod request;
mod tensorflow;

use std::time::Instant;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Uri;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use creel_protocols::oip::Tensor;

use crate::stats::Counters;
use crate::{Inference, Model};

pub(crate) use refusal::Refusal;

pub(crate) fn router(inference: Inference) -> Router {
    let count = middleware::from_fn_with_state(inference.clone(), count);
    let asking = Router::new()
        .route("/v2/models/{model}/infer", post(oip::infer))
        .route(
            "/v2/models/{model}/versions/{version}/infer",
            post(oip::infer),
        )
        .route("/predict/{model}", post(plain::predict))
        .route("/v1/models/{model}", post(tensorflow::predict))
        .route(
            "/v1/models/{model}/versions/{version}",
            post(tensorflow::predict),
        )
        .layer(count);
    Router::new()
        .route("/", get(guide::guide))
        .route("/v2", get(oip::server))
        .route("/v2/health/live", get(oip::live))
        .route("/v2/health/ready", get(oip::ready))
        .route("/v2/models", get(oip::models))
        .route("/v2/repository/index", post(oip::repository))
        .route("/v2/models/{model}", get(oip::model))
        .route("/v2/models/{model}/ready", get(oip::model_ready))
        .route("/v2/models/{model}/versions/{version}", get(oip::model))
        .route(
            "/v2/models/{model}/versions/{version}/ready",
            get(oip::model_ready),
        )
        .route("/v1/models/{model}", get(tensorflow::status))
        .route("/v1/models/{model}/metadata", get(tensorflow::metadata))
        .merge(asking)
        .fallback(async |uri: Uri| Refusal::UnknownPath(uri.path().to_owned()))
        .method_not_allowed_fallback(async || Refusal::Method)
        .with_state(inference)
}

/// Counts a request for inference, and what became of it.
async fn count(State(inference): State<Inference>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let visit = inference.counters().receive();
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    visit.end(status);
    tracing::debug!(path, status, elapsed = ?began.elapsed(), "answered");
    response
}

/// Asks the model, and counts about how many rows.
fn infer(
    model: &dyn Model,
    inputs: &[Tensor],
    counters: &Counters,
) -> Result<Vec<Tensor>, Refusal> {
    let metadata = model.metadata();
    let rows = metadata
        .input_in_rows()
        .and_then(|_| inputs.first()?.shape().first().copied());
    counters.ask_about(rows.map_or(1, |rows| rows as u64));
    model.infer(inputs).map_err(|source| Refusal::Model {
        model: metadata.name().to_owned(),
        source,
    })
}
