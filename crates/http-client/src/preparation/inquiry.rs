//! Questions to a server about itself.

use bytes::Bytes;
use creel_core::Context;
use creel_core::port::ServiceError;
use creel_protocols::Protocol;
use http::{Method, Request, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::ExchangeError;
use crate::transport::Transport;

/// Asks a server about itself.
pub(super) struct Inquiry<'a> {
    pub(super) transport: &'a Transport,
    pub(super) context: &'a Context,
}

impl Inquiry<'_> {
    pub(super) fn get(&self, path: &str) -> Result<Response<Bytes>, ServiceError> {
        self.ask(Method::GET, path, "")
    }

    /// What the server tells at a path, if it is there and in that form; a server that breaks on it has failed.
    pub(super) fn told<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, ServiceError> {
        let reply = self.get(path)?;
        self.check(&reply)?;
        let told = reply.status().is_success().then(|| read(&reply));
        Ok(told.flatten())
    }

    pub(super) fn ask(
        &self,
        method: Method,
        path: &str,
        body: &'static str,
    ) -> Result<Response<Bytes>, ServiceError> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Bytes::from_static(body.as_bytes()))
            .expect("the protocols' paths are percent-encoded");
        self.transport.exchange(&request, self.context)
    }

    /// Whether the server broke on the question, or wants to be asked otherwise: then its silence tells nothing.
    pub(super) fn check(&self, reply: &Response<Bytes>) -> Result<(), ServiceError> {
        let status = reply.status();
        let url = self.transport.base_url();
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(ExchangeError::NotAllowed { url, status }.into())
            }
            // Servers say this of paths that they do not have.
            StatusCode::NOT_IMPLEMENTED => Ok(()),
            StatusCode::TOO_MANY_REQUESTS => Err(ExchangeError::Broken { url, status }.into()),
            _ if status.is_server_error() => Err(ExchangeError::Broken { url, status }.into()),
            _ => Ok(()),
        }
    }

    /// The name to ask for where none was given: the server's only one.
    pub(super) fn only_model(&self, models: Vec<String>) -> Result<String, ServiceError> {
        match <[String; 1]>::try_from(models) {
            Ok([model]) => Ok(model),
            Err(models) => Err(ExchangeError::WhichModel {
                url: self.transport.base_url(),
                models,
            }
            .into()),
        }
    }
}

pub(super) fn read<T: DeserializeOwned>(reply: &Response<Bytes>) -> Option<T> {
    serde_json::from_slice(reply.body()).ok()
}

/// Whether Roboflow's inference server is there.
pub(super) fn is_roboflow(inquiry: &Inquiry<'_>, _: &Protocol) -> Result<bool, ServiceError> {
    let told: Option<Value> = inquiry.told("/info")?;
    let name = told
        .as_ref()
        .and_then(|told| told["name"].as_str())
        .unwrap_or_default();
    Ok(name.to_ascii_lowercase().contains("roboflow"))
}
