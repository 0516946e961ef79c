//! The Open Inference Protocol, version 2.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use creel_protocols::oip::{
    InferRequest, InferResponse, ModelList, ModelMetadata, RepositoryModel, ServerMetadata,
};
use serde_json::{Value, json};

use super::Refusal;
use super::request::{Arrived, Requested, media};
use crate::{Inference, Metadata, Model};

pub(super) async fn server() -> Json<ServerMetadata> {
    Json(ServerMetadata {
        name: "creel".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        extensions: vec!["model_repository".to_owned()],
    })
}

pub(super) async fn live() -> Json<Value> {
    Json(json!({ "live": true }))
}

/// The models are loaded before the first request can arrive.
pub(super) async fn ready() -> Json<Value> {
    Json(json!({ "ready": true }))
}

pub(super) async fn models(State(inference): State<Inference>) -> Json<ModelList> {
    Json(ModelList {
        models: inference.catalogue().names().map(str::to_owned).collect(),
    })
}

pub(super) async fn repository(State(inference): State<Inference>) -> Json<Vec<RepositoryModel>> {
    let index = inference.catalogue().names().map(|name| RepositoryModel {
        name: name.to_owned(),
        version: Some(Metadata::VERSION.to_owned()),
        state: Some("READY".to_owned()),
        reason: None,
    });
    Json(index.collect())
}

pub(super) async fn model(Requested(model): Requested) -> Json<ModelMetadata> {
    Json(model.metadata().to_message())
}

pub(super) async fn model_ready(Requested(model): Requested) -> Json<Value> {
    Json(json!({ "name": model.metadata().name(), "ready": true }))
}

pub(super) async fn infer(
    State(inference): State<Inference>,
    request: Request,
) -> Result<Response, Refusal> {
    let Arrived {
        model, body, place, ..
    } = Arrived::receive(&inference, request, check_headers).await?;
    let counters = inference.counters().clone();
    let json = inference
        .run(place, move || {
            let request = InferRequest::from_json(&body).map_err(Refusal::Message)?;
            if request.id.is_some() {
                counters.identify();
            }
            Ok(answer(model.as_ref(), request)?.to_json())
        })
        .await?;
    Ok(json_response(json))
}

/// A body without a media type is taken for JSON.
fn check_headers(_: &Metadata, headers: &HeaderMap) -> Result<(), Refusal> {
    if headers.contains_key("inference-header-content-length") {
        return Err(Refusal::Binary);
    }
    match media(headers) {
        found if found.is_empty() || found == "application/json" => Ok(()),
        found => Err(Refusal::Media {
            expected: "application/json".to_owned(),
            found,
        }),
    }
}

fn answer(model: &dyn Model, request: InferRequest) -> Result<InferResponse, Refusal> {
    let metadata = model.metadata();
    let mismatch = |source| Refusal::Mismatch {
        model: metadata.name().to_owned(),
        source,
    };
    let InferRequest {
        id,
        inputs,
        outputs: wanted,
        ..
    } = request;
    metadata.check_outputs(&wanted).map_err(mismatch)?;
    let inputs = metadata.accept(inputs).map_err(mismatch)?;
    let mut outputs = model.infer(&inputs).map_err(|source| Refusal::Model {
        model: metadata.name().to_owned(),
        source,
    })?;
    if !wanted.is_empty() {
        outputs.retain(|output| wanted.iter().any(|wanted| wanted.name == output.name()));
    }
    Ok(InferResponse {
        model_name: metadata.name().to_owned(),
        model_version: Some(Metadata::VERSION.to_owned()),
        id,
        outputs,
        ..InferResponse::default()
    })
}

/// JSON that is already written.
pub(super) fn json_response(json: Bytes) -> Response {
    ([(CONTENT_TYPE, "application/json")], json).into_response()
}
