//! A picture or a text as the body, the outputs as a JSON object.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;
use creel_protocols::oip::Tensor;
use serde_json::{Map, Value};

use super::Refusal;
use super::oip::json_response;
use super::request::{Arrived, media};
use crate::{Inference, Metadata, Model};

#[cfg(test)]
mod tests;

const REQUEST_ID: &str = "x-request-id";

pub(super) async fn predict(
    State(inference): State<Inference>,
    request: Request,
) -> Result<Response, Refusal> {
    let Arrived {
        model,
        headers,
        body,
        place,
    } = Arrived::receive(&inference, request, check_headers).await?;
    let id = headers.get(REQUEST_ID);
    if id.is_some() {
        inference.counters().identify();
    }
    let json = inference
        .run(place, move || answer(model.as_ref(), body))
        .await?;
    let mut response = json_response(json);
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID, id.clone());
    }
    Ok(response)
}

fn check_headers(metadata: &Metadata, headers: &HeaderMap) -> Result<(), Refusal> {
    let taken = metadata.plain_media();
    let found = media(headers);
    if taken.contains(&found.as_str()) {
        Ok(())
    } else if taken.is_empty() {
        Err(Refusal::NotPlain {
            model: metadata.name().to_owned(),
        })
    } else {
        Err(Refusal::Media {
            expected: taken.join(" or "),
            found: if found.is_empty() {
                "unknown".to_owned()
            } else {
                found
            },
        })
    }
}

fn answer(model: &dyn Model, body: Bytes) -> Result<Bytes, Refusal> {
    let metadata = model.metadata();
    let inputs = metadata
        .inputs_from_body(body)
        .map_err(|source| Refusal::Mismatch {
            model: metadata.name().to_owned(),
            source,
        })?;
    let outputs = model.infer(&inputs).map_err(|source| Refusal::Model {
        model: metadata.name().to_owned(),
        source,
    })?;
    let object: Map<String, Value> = outputs
        .iter()
        .map(|output| (output.name().to_owned(), nested(output)))
        .collect();
    Ok(Value::Object(object).to_string().into())
}

/// The elements as arrays within arrays, one level for each dimension.
fn nested(tensor: &Tensor) -> Value {
    let elements = match serde_json::to_value(tensor) {
        Ok(Value::Object(mut fields)) => fields.remove("data"),
        _ => None,
    };
    let Some(Value::Array(mut level)) = elements else {
        unreachable!("a tensor is written as an object with its data in an array")
    };
    for &length in tensor.shape().iter().skip(1).rev() {
        let mut elements = level.into_iter().peekable();
        level = Vec::new();
        while elements.peek().is_some() {
            level.push(elements.by_ref().take(length).collect());
        }
    }
    Value::Array(level)
}
