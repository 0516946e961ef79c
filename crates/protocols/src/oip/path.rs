//! The paths of the protocol, as a client asks for them.
//!
//! A model's name and version are percent-encoded where a path needs it.

use crate::path::segment;

/// What the server is.
pub const SERVER: &str = "/v2";
/// Whether the server runs.
pub const LIVE: &str = "/v2/health/live";
/// Whether the server's models can be asked.
pub const READY: &str = "/v2/health/ready";
/// The names of the models; not every server knows it.
pub const MODELS: &str = "/v2/models";
/// The models in the repository, by `POST`; not every server knows it.
pub const REPOSITORY_INDEX: &str = "/v2/repository/index";

/// What a model is.
pub fn model(name: &str, version: Option<&str>) -> String {
    let name = segment(name);
    match version {
        None => format!("{MODELS}/{name}"),
        Some(version) => {
            let version = segment(version);
            format!("{MODELS}/{name}/versions/{version}")
        }
    }
}

/// Whether a model can be asked.
pub fn model_ready(name: &str, version: Option<&str>) -> String {
    model(name, version) + "/ready"
}

/// Where a model is asked, by `POST`.
pub fn infer(name: &str, version: Option<&str>) -> String {
    model(name, version) + "/infer"
}
