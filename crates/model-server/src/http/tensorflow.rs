//! TensorFlow Serving's REST interface, for models that answer in rows.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;
use creel_protocols::oip::{Datatype, TensorMetadata};
use creel_protocols::tensorflow::{PredictRequest, predictions};
use serde_json::{Map, Value, json};

use super::Refusal;
use super::oip::json_response;
use super::request::{Arrived, Requested};
use crate::stats::Counters;
use crate::{Inference, Metadata, Model};

pub(super) async fn status(Requested(_): Requested) -> Json<Value> {
    Json(json!({ "model_version_status": [{
        "version": Metadata::VERSION,
        "state": "AVAILABLE",
        "status": { "error_code": "OK", "error_message": "" },
    }] }))
}

pub(super) async fn metadata(Requested(model): Requested) -> Json<Value> {
    let message = model.metadata().to_message();
    let signature = json!({
        "inputs": tensors(&message.inputs),
        "outputs": tensors(&message.outputs),
        "method_name": "tensorflow/serving/predict",
    });
    Json(json!({
        "model_spec": { "name": message.name, "signature_name": "", "version": Metadata::VERSION },
        "metadata": { "signature_def": { "signature_def": { "serving_default": signature } } },
    }))
}

fn tensors(tensors: &[TensorMetadata]) -> Map<String, Value> {
    let told = tensors.iter().map(|tensor| {
        let dimensions: Vec<_> = tensor
            .shape
            .iter()
            .map(|size| json!({ "size": size.to_string(), "name": "" }))
            .collect();
        let shape = json!({ "dim": dimensions, "unknown_rank": false });
        let told =
            json!({ "dtype": dtype(&tensor.datatype), "tensor_shape": shape, "name": tensor.name });
        (tensor.name.clone(), told)
    });
    told.collect()
}

/// What TensorFlow calls a datatype.
fn dtype(datatype: &str) -> String {
    match datatype.parse() {
        Ok(Datatype::Fp16) => "DT_HALF".to_owned(),
        Ok(Datatype::Fp32) => "DT_FLOAT".to_owned(),
        Ok(Datatype::Fp64) => "DT_DOUBLE".to_owned(),
        Ok(Datatype::Bytes) => "DT_STRING".to_owned(),
        _ => format!("DT_{datatype}"),
    }
}

pub(super) async fn predict(
    State(inference): State<Inference>,
    request: Request,
) -> Result<Response, Refusal> {
    if !request.uri().path().ends_with(":predict") {
        return Err(Refusal::UnknownPath(request.uri().path().to_owned()));
    }
    let Arrived {
        model, body, place, ..
    } = Arrived::receive(&inference, request, check).await?;
    let counters = Arc::clone(inference.counters());
    let json = inference
        .run(place, move || answer(model.as_ref(), &body, &counters))
        .await?;
    Ok(json_response(json))
}

fn check(metadata: &Metadata, _: &HeaderMap) -> Result<(), Refusal> {
    match metadata.input_in_rows() {
        Some(_) => Ok(()),
        None => Err(Refusal::NotInRows {
            model: metadata.name().to_owned(),
        }),
    }
}

fn answer(model: &dyn Model, body: &[u8], counters: &Counters) -> Result<Bytes, Refusal> {
    let metadata = model.metadata();
    let Some((name, datatype)) = metadata.input_in_rows() else {
        unreachable!("the model was checked before its body arrived")
    };
    let input = PredictRequest::from_json(body)
        .and_then(|request| request.input(name, datatype))
        .map_err(Refusal::Predict)?;
    let inputs = metadata
        .accept(vec![input])
        .map_err(|source| Refusal::Mismatch {
            model: metadata.name().to_owned(),
            source,
        })?;
    let outputs = super::infer(model, &inputs, counters)?;
    Ok(predictions(&outputs))
}
