//! A server with the built-in models, and a plain HTTP client for it.

use std::sync::LazyLock;

use creel_model_server::{Catalogue, ModelServer, Settings};
use serde_json::Value;
use ureq::http::Response;
use ureq::{Agent, Body};

/// Trained once for all tests.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::built_in().unwrap());

pub(crate) fn serve(settings: Settings) -> ModelServer {
    ModelServer::start_with(CATALOGUE.clone(), settings).unwrap()
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: ureq::http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The message of a refusal, which must have this status.
    #[track_caller]
    pub(crate) fn error(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/json");
        self.json()["error"]
            .as_str()
            .expect("the error is a string")
            .to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

impl From<Response<Body>> for Answer {
    fn from(response: Response<Body>) -> Self {
        let (parts, mut body) = response.into_parts();
        Self {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: body.read_to_string().unwrap(),
        }
    }
}

pub(crate) fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into()
}

pub(crate) fn get(url: &str) -> Answer {
    agent().get(url).call().unwrap().into()
}

/// Posts a body; an empty media type sends none.
pub(crate) fn post(url: &str, media: &str, body: &[u8]) -> Answer {
    let request = agent().post(url);
    let request = if media.is_empty() {
        request
    } else {
        request.content_type(media)
    };
    request.send(body).unwrap().into()
}

pub(crate) fn post_json(url: &str, body: &Value) -> Answer {
    post(url, "application/json", body.to_string().as_bytes())
}
