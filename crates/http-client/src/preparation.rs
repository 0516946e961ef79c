//! Finding out, before a run, whether the server can be asked.

use bytes::Bytes;
use creel_core::Context;
use creel_core::port::ServiceError;
use creel_protocols::oip::{ModelList, ModelMetadata, RepositoryModel, path};
use creel_protocols::{OpenInference, Protocol};
use http::{Method, Request, Response, StatusCode};

use crate::HttpService;
use crate::error::ExchangeError;
use crate::transport::Transport;

impl HttpService {
    /// Blocks until it is known that the server answers and, where the protocol can tell, that the model is
    /// there and ready; takes over what the model's metadata says about its input.
    ///
    /// Nothing is asked of the model itself.
    ///
    /// # Errors
    /// [`ServiceError::Unavailable`] and [`ServiceError::TimedOut`] when nobody answers or the model is not ready yet;
    /// [`ServiceError::Failed`] when the server breaks on the question;
    /// [`ServiceError::Rejected`] when the server has no such model, with the models that it has if it tells, or
    /// does not speak the protocol.
    pub fn prepare(&mut self, context: &Context) -> Result<(), ServiceError> {
        let inquiry = Inquiry {
            transport: &self.transport,
            context,
        };
        match &mut self.protocol {
            Protocol::OpenInference(protocol) => {
                if let Some(metadata) = inquiry.model(protocol)? {
                    protocol.fit(&metadata);
                }
            }
            // Any reply shows that there is a server; this one takes nothing but a `POST`.
            _ => {
                inquiry.get("/")?;
            }
        }
        Ok(())
    }
}

/// Asks a server about itself.
struct Inquiry<'a> {
    transport: &'a Transport,
    context: &'a Context,
}

impl Inquiry<'_> {
    /// The metadata of the model, once it is ready; `None` when the server does not tell.
    fn model(&self, protocol: &OpenInference) -> Result<Option<ModelMetadata>, ServiceError> {
        let (model, version) = (protocol.model(), protocol.version());
        let path = path::model(model, version);
        let described = self.get(&path)?;
        if described.status().is_server_error() {
            let broken = ExchangeError::Broken {
                url: self.transport.base_url(),
                status: described.status(),
            };
            return Err(broken.into());
        }
        if !described.status().is_success() {
            return Err(self.absent(model, described.status()));
        }
        let ready = self.get(&path::model_ready(model, version))?;
        // 404: a server that does not have this question, since it has the model.
        if !ready.status().is_success() && ready.status() != StatusCode::NOT_FOUND {
            let not_ready = ExchangeError::NotReady {
                url: self.transport.base_url(),
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
                let url = self.transport.base_url();
                Err(ExchangeError::Metadata { url, source }.into())
            }
        }
    }

    /// Why the model's metadata cannot be had.
    fn absent(&self, model: &str, status: StatusCode) -> ServiceError {
        let url = self.transport.base_url();
        match self.get(path::LIVE) {
            Err(error) => error,
            Ok(live) if !live.status().is_success() => {
                ExchangeError::NotOpenInference { url, status }.into()
            }
            Ok(_) => ExchangeError::NoModel {
                url,
                model: model.to_owned(),
                models: self.models(),
            }
            .into(),
        }
    }

    /// The models of the server, as far as it tells.
    fn models(&self) -> Vec<String> {
        let listed = self.get(path::MODELS).ok();
        if let Some(list) =
            listed.and_then(|listed| serde_json::from_slice::<ModelList>(listed.body()).ok())
        {
            return list.models;
        }
        let index = self.ask(Method::POST, path::REPOSITORY_INDEX, "{}").ok();
        let models = index
            .and_then(|index| serde_json::from_slice::<Vec<RepositoryModel>>(index.body()).ok());
        models
            .unwrap_or_default()
            .into_iter()
            .map(|model| model.name)
            .collect()
    }

    fn get(&self, path: &str) -> Result<Response<Bytes>, ServiceError> {
        self.ask(Method::GET, path, "")
    }

    fn ask(
        &self,
        method: Method,
        path: &str,
        body: &'static str,
    ) -> Result<Response<Bytes>, ServiceError> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Bytes::from_static(body.as_bytes()))
            .expect("the protocol's paths are percent-encoded");
        self.transport.exchange(&request, self.context)
    }
}
