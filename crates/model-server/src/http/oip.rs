//! The Open Inference Protocol, version 2.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use creel_protocols::oip::{
    Framed, InferRequest, InferResponse, JSON_LENGTH, ModelList, ModelMetadata, RepositoryModel,
    ServerMetadata, Tensor,
};
use serde_json::{Value, json};

use super::Refusal;
use super::request::{Arrived, Requested, media};
use crate::stats::Counters;
use crate::{Inference, Metadata, Model};

pub(super) async fn server() -> Json<ServerMetadata> {
    Json(ServerMetadata {
        name: "creel".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        extensions: vec![
            "model_repository".to_owned(),
            "binary_tensor_data".to_owned(),
        ],
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
        model,
        headers,
        body,
        place,
    } = Arrived::receive(&inference, request, check_headers).await?;
    let counters = inference.counters().clone();
    let json_length = headers
        .get(JSON_LENGTH)
        .map(|length| String::from_utf8_lossy(length.as_bytes()).into_owned());
    let written = inference
        .run(place, move || {
            let request = match json_length {
                None => InferRequest::from_json(&body),
                Some(length) => InferRequest::from_binary(&body, &length),
            };
            let request = request.map_err(Refusal::Message)?;
            if request.id.is_some() {
                counters.identify();
            }
            let wanted: Vec<String> = model
                .metadata()
                .outputs()
                .filter(|output| request.wants_binary(output))
                .map(str::to_owned)
                .collect();
            let answer = answer(model.as_ref(), request, &counters)?;
            Ok(if wanted.is_empty() {
                Written::Json(answer.to_json())
            } else {
                let is_wanted = |output: &Tensor| wanted.iter().any(|name| name == output.name());
                Written::Binary(answer.to_binary(is_wanted))
            })
        })
        .await?;
    Ok(match written {
        Written::Json(json) => json_response(json),
        Written::Binary(Framed { json_length, body }) => {
            let headers = [
                (
                    CONTENT_TYPE,
                    HeaderValue::from_static("application/octet-stream"),
                ),
                (JSON_LENGTH, HeaderValue::from(json_length)),
            ];
            (headers, body).into_response()
        }
    })
}

/// A response in the form that the client wants.
enum Written {
    Json(Bytes),
    Binary(Framed),
}

/// A body without a media type is taken for JSON, one that says where its JSON ends for what it is.
fn check_headers(_: &Metadata, headers: &HeaderMap) -> Result<(), Refusal> {
    if headers.contains_key(JSON_LENGTH) {
        return Ok(());
    }
    match media(headers) {
        found if found.is_empty() || found == "application/json" => Ok(()),
        found => Err(Refusal::Media {
            expected: "application/json".to_owned(),
            found,
        }),
    }
}

fn answer(
    model: &dyn Model,
    request: InferRequest,
    counters: &Counters,
) -> Result<InferResponse, Refusal> {
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
    let mut outputs = super::infer(model, &inputs, counters)?;
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
