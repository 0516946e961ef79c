//! The two halves of an inference.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::wire::{self, RequestMessage, ResponseMessage};
use super::{MessageError, Parameters, Tensor};

/// What a client asks of a model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct InferRequest {
    /// What the response shall repeat, so that it can be told from others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What else the client has to say.
    #[serde(skip_serializing_if = "Parameters::is_empty")]
    pub parameters: Parameters,
    /// The inputs, each name once.
    pub inputs: Vec<Tensor>,
    /// The outputs that are wanted; all of them when empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<RequestedOutput>,
}

/// The name of an output that a client wants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestedOutput {
    /// The output's name.
    pub name: String,
    /// What else the client has to say about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Parameters>,
}

impl InferRequest {
    /// Reads a request from JSON; each input's elements fit its shape and datatype.
    ///
    /// # Errors
    /// [`MessageError`] names the tensor, or the place in the JSON, that is wrong.
    pub fn from_json(body: &[u8]) -> Result<Self, MessageError> {
        let message: RequestMessage<'_> =
            serde_json::from_slice(body).map_err(MessageError::Json)?;
        Ok(Self {
            id: message.id,
            parameters: message.parameters.unwrap_or_default(),
            inputs: wire::read_all(message.inputs)?,
            outputs: message.outputs.unwrap_or_default(),
        })
    }

    /// Writes the request as JSON.
    pub fn to_json(&self) -> Bytes {
        written(self)
    }

    /// The input of that name.
    pub fn input(&self, name: &str) -> Option<&Tensor> {
        self.inputs.iter().find(|input| input.name() == name)
    }

    /// Whether the client wants the output of that name.
    pub fn wants(&self, output: &str) -> bool {
        self.outputs.is_empty() || self.outputs.iter().any(|wanted| wanted.name == output)
    }
}

/// What a model answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct InferResponse {
    /// The model that answers.
    pub model_name: String,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_version: Option<String>,
    /// The id of the request, if it had one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What else the server has to say.
    #[serde(skip_serializing_if = "Parameters::is_empty")]
    pub parameters: Parameters,
    /// The outputs, each name once.
    pub outputs: Vec<Tensor>,
}

impl InferResponse {
    /// Reads a response from JSON; each output's elements fit its shape and datatype.
    ///
    /// # Errors
    /// [`MessageError`] names the tensor, or the place in the JSON, that is wrong.
    pub fn from_json(body: &[u8]) -> Result<Self, MessageError> {
        let message = ResponseMessage::from_json(body)?;
        Ok(Self {
            model_name: message.model_name.unwrap_or_default(),
            model_version: message.model_version,
            id: message.id,
            parameters: message.parameters.unwrap_or_default(),
            outputs: wire::read_all(message.outputs)?,
        })
    }

    /// Writes the response as JSON.
    pub fn to_json(&self) -> Bytes {
        written(self)
    }

    /// The output of that name.
    pub fn output(&self, name: &str) -> Option<&Tensor> {
        self.outputs.iter().find(|output| output.name() == name)
    }
}

fn written(message: &impl Serialize) -> Bytes {
    serde_json::to_vec(message)
        .expect("a tensor whose elements are not UTF-8 is in base64, and all keys are strings")
        .into()
}
