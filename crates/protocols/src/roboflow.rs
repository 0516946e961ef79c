//! Roboflow's inference server, self-hosted.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::error::excerpt;
use crate::path::segment;
use crate::{Answer, EncodeError, Payload, ReplyError, Request, Secret, reply, request};

/// Asks a model of a Roboflow inference server about pictures, at `/infer/{task}`.
///
/// The answer has what the server gave, of which `predictions` must be there.
///
/// ```
/// use creel_protocols::{Image, Payload, Protocol, Request, Roboflow, Secret};
///
/// let roboflow = Roboflow::new("chess/3").with_api_key(Secret::new("xyzzy"));
/// let protocol = Protocol::from(roboflow);
/// let picture = Payload::Image(Image::jpeg(&b"\xff\xd8\xff"[..]));
/// let request = Request::new("b1f0", picture);
/// assert_eq!(protocol.encode(&request)?.uri(), "/infer/object_detection");
///
/// let body = r#"{"predictions": [{"class": "pawn", "x": 5, "y": 7}], "time": 0.02}"#;
/// let answer = protocol.decode(&request, &http::Response::new(body.into()))?;
/// assert_eq!(answer.outputs["predictions"][0]["class"], "pawn");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Roboflow {
    pub(crate) model: String,
    task: String,
    api_key: Option<Secret>,
    parameters: Map<String, Value>,
}

impl Roboflow {
    /// Asks that model, such as `chess/3`, where things are in a picture.
    pub fn new(model: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            task: "object_detection".to_owned(),
            api_key: None,
            parameters: Map::new(),
        }
    }

    /// Asks for another task, such as `instance_segmentation`, `classification` or `keypoints_detection`.
    #[must_use]
    pub fn with_task(mut self, task: impl Into<String>) -> Self {
        self.task = task.into();
        self
    }

    /// Sends that key along, with which the server fetches the model.
    #[must_use]
    pub fn with_api_key(mut self, key: Secret) -> Self {
        self.api_key = Some(key);
        self
    }

    /// Sends these members along, such as `confidence`.
    #[must_use]
    pub fn with_parameters(mut self, parameters: Map<String, Value>) -> Self {
        self.parameters = parameters;
        self
    }

    /// Puts another word in place of the key, if there is one.
    pub(crate) fn hide_api_key(&mut self) {
        if let Some(key) = &mut self.api_key {
            *key = Secret::new("…");
        }
    }

    pub(crate) fn encode(&self, request: &Request) -> Result<http::Request<Bytes>, EncodeError> {
        let Payload::Image(image) = &request.payload else {
            return Err(EncodeError::Unsupported {
                protocol: "Roboflow's protocol",
                payload: request.payload.kind(),
            });
        };
        if self.model.is_empty() {
            return Err(EncodeError::NoModel {
                protocol: "Roboflow's protocol",
            });
        }
        let mut body = self.parameters.clone();
        body.insert("model_id".into(), self.model.as_str().into());
        if let Some(key) = &self.api_key {
            body.insert("api_key".into(), key.reveal().into());
        }
        let value = STANDARD.encode(&image.bytes);
        body.insert("image".into(), json!({ "type": "base64", "value": value }));
        request::post(
            &format!("/infer/{}", segment(&self.task)),
            &body,
            request::JSON,
        )
    }

    pub(crate) fn decode(&self, reply: &http::Response<Bytes>) -> Result<Answer, ReplyError> {
        let outputs = match serde_json::from_slice(reply.body()) {
            // A server that takes several pictures at once answers in a list.
            Ok(Value::Array(mut answers)) => {
                reply::check_rows("the list", 1, answers.len())?;
                match answers.swap_remove(0) {
                    Value::Object(outputs) => outputs,
                    _ => Map::new(),
                }
            }
            _ => reply::object(reply)?,
        };
        match outputs.get("predictions") {
            Some(Value::Array(_) | Value::Object(_)) => Ok(Answer { outputs }),
            _ => Err(ReplyError::Missing {
                name: "predictions",
                excerpt: excerpt(reply.body()),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
