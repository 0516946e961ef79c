//! A picture or a text as the body, or as a file in a form; the outputs as a JSON object.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use bytes::Bytes;
use creel_protocols::form;
use serde_json::{Map, Value};

use super::Refusal;
use super::oip::json_response;
use super::request::{Arrived, media};
use crate::stats::Counters;
use crate::{Inference, Metadata, Model};

const FORM: &str = "multipart/form-data";
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
    let declared = (media(&headers) == FORM).then(|| {
        let declared = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
        String::from_utf8_lossy(declared.unwrap_or_default()).into_owned()
    });
    let counters = Arc::clone(inference.counters());
    let json = inference
        .run(place, move || {
            let body = match declared {
                None => body,
                Some(declared) => content(model.metadata(), &declared, &body)?,
            };
            answer(model.as_ref(), body, &counters)
        })
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
    if taken.contains(&found.as_str()) || (found == FORM && !taken.is_empty()) {
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

fn answer(model: &dyn Model, body: Bytes, counters: &Counters) -> Result<Bytes, Refusal> {
    let metadata = model.metadata();
    let inputs = metadata
        .inputs_from_body(body)
        .map_err(|source| Refusal::Mismatch {
            model: metadata.name().to_owned(),
            source,
        })?;
    let outputs = super::infer(model, &inputs, counters)?;
    let object: Map<String, Value> = outputs
        .iter()
        .map(|output| (output.name().to_owned(), output.to_nested()))
        .collect();
    Ok(Value::Object(object).to_string().into())
}

/// The content that a form has for the model: its first file, else its first part.
fn content(metadata: &Metadata, content_type: &str, body: &Bytes) -> Result<Bytes, Refusal> {
    let mut parts = form::parts(content_type, body).map_err(Refusal::Form)?;
    let place = parts.iter().position(|part| part.file.is_some());
    if parts.is_empty() {
        return Err(Refusal::NoFile);
    }
    let part = parts.swap_remove(place.unwrap_or(0));
    // Many clients do not say what a file is; the model will see.
    match part.media_type.as_deref() {
        None | Some("" | "application/octet-stream") => Ok(part.content),
        Some(media) if metadata.plain_media().contains(&media) => Ok(part.content),
        Some(media) => Err(Refusal::Media {
            expected: metadata.plain_media().join(" or "),
            found: media.to_owned(),
        }),
    }
}
