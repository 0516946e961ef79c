//! What a server of the Open Inference Protocol tells.

use creel_core::port::ServiceError;
use creel_protocols::oip::{ModelList, ModelMetadata, RepositoryModel, ServerMetadata, path};
use creel_protocols::{OpenInference, Protocol};
use http::{Method, StatusCode};

use super::inquiry::{Inquiry, read};
use crate::error::ExchangeError;

pub(super) fn is_spoken(inquiry: &Inquiry<'_>, _: &Protocol) -> Result<bool, ServiceError> {
    let told: Option<ServerMetadata> = inquiry.told(path::SERVER)?;
    Ok(told.is_some())
}

/// The forms, with a model and with what its metadata says.
pub(super) fn prepared(
    inquiry: &Inquiry<'_>,
    forms: &[Protocol],
) -> Result<Vec<Protocol>, ServiceError> {
    let mut forms = forms.to_vec();
    if forms[0].model().is_none() {
        let model = inquiry.only_model(models(inquiry))?;
        for form in &mut forms {
            form.set_model(&model);
        }
    }
    let metadata = match &forms[0] {
        Protocol::OpenInference(protocol) => metadata(inquiry, protocol)?,
        _ => None,
    };
    for form in &mut forms {
        if let (Protocol::OpenInference(protocol), Some(metadata)) = (form, &metadata) {
            protocol.fit(metadata);
        }
    }
    // What the metadata settles may leave several forms the same.
    forms.dedup();
    Ok(forms)
}

/// The metadata of the model, once it is ready; `None` when the server does not tell.
fn metadata(
    inquiry: &Inquiry<'_>,
    protocol: &OpenInference,
) -> Result<Option<ModelMetadata>, ServiceError> {
    let (model, version) = (protocol.model(), protocol.version());
    let path = path::model(model, version);
    let described = inquiry.get(&path)?;
    inquiry.check(&described)?;
    if !described.status().is_success() {
        return Err(absent(inquiry, model, described.status()));
    }
    let ready = inquiry.get(&path::model_ready(model, version))?;
    // 404: a server that does not have this question, since it has the model.
    if !ready.status().is_success() && ready.status() != StatusCode::NOT_FOUND {
        let not_ready = ExchangeError::NotReady {
            url: inquiry.transport.base_url(),
            model: model.to_owned(),
        };
        return Err(not_ready.into());
    }
    if described.body().is_empty() {
        return Ok(None);
    }
    match serde_json::from_slice(described.body()) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(source) => {
            let url = inquiry.transport.base_url();
            Err(ExchangeError::Metadata { url, source }.into())
        }
    }
}

/// Why the model's metadata cannot be had.
fn absent(inquiry: &Inquiry<'_>, model: &str, status: StatusCode) -> ServiceError {
    let url = inquiry.transport.base_url();
    match inquiry.get(path::LIVE) {
        Err(error) => error,
        Ok(live) if !live.status().is_success() => {
            ExchangeError::NotOpenInference { url, status }.into()
        }
        Ok(_) => ExchangeError::NoModel {
            url,
            model: model.to_owned(),
            models: models(inquiry),
        }
        .into(),
    }
}

/// The models of the server, as far as it tells.
fn models(inquiry: &Inquiry<'_>) -> Vec<String> {
    let listed = inquiry.get(path::MODELS).ok();
    if let Some(list) = listed.and_then(|listed| read::<ModelList>(&listed)) {
        return list.models;
    }
    let index = inquiry.ask(Method::POST, path::REPOSITORY_INDEX, "{}").ok();
    let models = index.and_then(|index| read::<Vec<RepositoryModel>>(&index));
    models
        .unwrap_or_default()
        .into_iter()
        .map(|model| model.name)
        .collect()
}
