//! What TensorFlow Serving tells.

use creel_core::port::ServiceError;
use creel_protocols::tensorflow::{Metadata, path};
use creel_protocols::{Protocol, TensorFlow};
use http::StatusCode;
use serde_json::Value;

use super::inquiry::{Inquiry, read};
use crate::error::ExchangeError;

/// Only of a model that has a name can it be asked.
pub(super) fn is_spoken(inquiry: &Inquiry<'_>, form: &Protocol) -> Result<bool, ServiceError> {
    let Some(model) = form.model() else {
        return Ok(false);
    };
    let told: Option<Value> = inquiry.told(&path::model(model))?;
    Ok(told.is_some_and(|told| {
        // The second is KServe's.
        told.get("model_version_status").is_some() || told.get("ready").is_some()
    }))
}

/// The forms, with what the model's metadata says.
pub(super) fn prepared(
    inquiry: &Inquiry<'_>,
    forms: &[Protocol],
) -> Result<Vec<Protocol>, ServiceError> {
    let mut forms = forms.to_vec();
    for form in &mut forms {
        if let Protocol::TensorFlow(protocol) = form
            && let Some(metadata) = metadata(inquiry, protocol)?
        {
            protocol.fit(&metadata);
        }
    }
    Ok(forms)
}

/// The metadata of the model; `None` when the server does not tell.
fn metadata(
    inquiry: &Inquiry<'_>,
    protocol: &TensorFlow,
) -> Result<Option<Metadata>, ServiceError> {
    if protocol.model().is_empty() {
        return Err(inquiry.only_model(Vec::new()).expect_err("none is not one"));
    }
    let path = protocol.path();
    let described = inquiry.get(&path)?;
    inquiry.check(&described)?;
    // Only words of the server's own tell of the model: others have no such question.
    let said: Option<Value> = read(&described);
    if described.status() == StatusCode::NOT_FOUND
        && said.is_some_and(|said| said["error"].is_string())
    {
        return Err(ExchangeError::NoModel {
            url: inquiry.transport.base_url(),
            model: protocol.model().to_owned(),
            models: Vec::new(),
        }
        .into());
    }
    inquiry.told(&path::metadata(&path))
}
