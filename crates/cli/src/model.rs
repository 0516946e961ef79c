//! The model that is asked, and the server that has it.

use std::fmt;

use anyhow::{Context as _, Result, bail};
use creel_core::Context;
use creel_core::port::ServiceError;
use creel_http_client::{HttpService, asks_for_key};
use creel_model_server::{ModelServer, Settings};
use creel_protocols::{Protocol, Secret};

use crate::arguments::{Asking, Speech};
use crate::reach;
use crate::screen::Screen;
use crate::speech;
use crate::usage::WrongUsage;
use crate::words::Words;

/// The model that is asked, and the server that has it.
pub(crate) struct Model {
    address: Address,
    service: HttpService,
    has_answered: bool,
    /// Serves until this is dropped.
    built_in: Option<ModelServer>,
}

/// A model and its server, for messages.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    model: Option<String>,
    url: String,
}

impl Model {
    /// Finds the model, on the server that was named or on the built-in one, where `default` is asked without a
    /// choice.
    ///
    /// A server that does not answer is told of and no error: each item will say so. One that has no such model
    /// ends the run before it begins.
    pub(crate) fn reach(asking: &Asking, default: Option<&str>, screen: &Screen) -> Result<Self> {
        let model = asking.model.as_deref();
        let (url, model, built_in) = match &asking.server {
            Some(url) => (url.clone(), model, None),
            None => {
                let Some(model) = model.or(default) else {
                    bail!(WrongUsage::from(
                        "--model is needed: the built-in server has iris for features, lang for prompts and qr for pictures",
                    ));
                };
                let server = ModelServer::start(Settings::default())
                    .context("the built-in model server cannot be started")?;
                let url = match asking.speaking.protocol {
                    Speech::Raw | Speech::Multipart => format!("{}/predict/{model}", server.url()),
                    _ => server.url(),
                };
                (url, Some(model), Some(server))
            }
        };
        let is_in_url = matches!(asking.speaking.protocol, Speech::Raw | Speech::Multipart);
        let named = model.filter(|_| built_in.is_none() || !is_in_url);
        let speech = match asking.speaking.protocol {
            // What the built-in server speaks is known.
            Speech::Auto if built_in.is_some() => Speech::Oip,
            speech => speech,
        };
        let build = |speech, key: Option<&Secret>| -> Result<HttpService> {
            let mut builder = speech::builder(&asking.speaking, speech, named, &url)?;
            if asking.speaking.stream {
                let words = Words::on(screen);
                builder = builder.on_text(move |id, step| words.hear(id, step));
            }
            if let Some(key) = key {
                builder = builder.bearer(key.reveal());
            }
            Ok(reach::apply(builder, asking)?.build()?)
        };
        let mut service = build(speech, None)?;
        let mut prepared = service.prepare(&Context::new());
        if speech == Speech::Auto
            && speech::may_be_openai(&asking.speaking)
            && prepared.as_ref().is_err_and(asks_for_key)
            && let Some(key) = reach::hosted_key(asking)
        {
            // Of those that may be meant only the servers of this protocol ask for such a key.
            service = build(Speech::Openai, Some(&key))?;
            prepared = service.prepare(&Context::new());
            screen.say("the server asks for a key, and is shown that of OPENAI_API_KEY");
        }
        // As it may be shown: a URL can hold a password, or a key.
        let url = service.url().trim_end_matches('/').to_owned();
        let has_answered = match prepared {
            Ok(()) if speech == Speech::Auto => {
                screen.say(&spoken(&url, service.protocol()));
                true
            }
            Ok(()) => true,
            Err(error @ ServiceError::Rejected(_)) => return Err(error.into()),
            Err(error) => {
                screen.say(&format!("warning: {:#}", anyhow::Error::from(error)));
                false
            }
        };
        let address = Address {
            model: model.or(service.protocol().model()).map(str::to_owned),
            url,
        };
        Ok(Self {
            address,
            service,
            has_answered,
            built_in,
        })
    }

    /// Whether the server has been heard of.
    pub(crate) fn has_answered(&self) -> bool {
        self.has_answered
    }

    /// The parts: what it is called, what asks it, and the built-in server to keep until the end.
    pub(crate) fn into_parts(self) -> (Address, HttpService, Option<ModelServer>) {
        (self.address, self.service, self.built_in)
    }
}

/// What was found out about what a server speaks.
fn spoken(url: &str, protocol: &Protocol) -> String {
    match protocol {
        Protocol::Raw(_) | Protocol::Multipart(_) => format!(
            "{url} does not tell what it speaks: items are posted to it as they are, or in a form where it takes no others, as LitServe does"
        ),
        protocol => format!("{url} speaks {protocol}"),
    }
}

impl Address {
    /// The server's URL, without its slash at the end.
    pub(crate) fn url(&self) -> &str {
        self.url.trim_end_matches('/')
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.model {
            Some(model) => write!(f, "model {model} at {}", self.url),
            None => f.write_str(&self.url),
        }
    }
}
