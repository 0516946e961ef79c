//! The paths of TensorFlow Serving, as a client asks for them.

use crate::path::segment;

/// Whether a model's versions are available.
pub fn model(name: &str) -> String {
    format!("/v1/models/{}", segment(name))
}

/// One version of the model at `model`.
pub(super) fn version(model: &str, version: &str) -> String {
    format!("{model}/versions/{}", segment(version))
}

/// The version of the model at `model` that bears a label.
pub(super) fn label(model: &str, label: &str) -> String {
    format!("{model}/labels/{}", segment(label))
}

/// What the model at `model` takes and gives.
pub fn metadata(model: &str) -> String {
    format!("{model}/metadata")
}

/// Where the model at `model` is asked, by `POST`.
pub(super) fn predict(model: &str) -> String {
    format!("{model}:predict")
}
