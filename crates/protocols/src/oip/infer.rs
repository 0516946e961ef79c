//! The two halves of an inference.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::tensor::Head;
use super::wire::{self, Parts, RequestMessage, ResponseMessage};
use super::{Framed, MessageError, Parameters, Tensor};

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
        Self::read(Parts::json(body))
    }

    /// Reads a request whose tensors are behind its JSON, of which `json_length` tells the bytes in the words of
    /// the header [`JSON_LENGTH`](super::JSON_LENGTH).
    ///
    /// # Errors
    /// [`MessageError`] names the tensor, or the place in the JSON, that is wrong.
    pub fn from_binary(body: &Bytes, json_length: &str) -> Result<Self, MessageError> {
        Self::read(Parts::framed(body, json_length)?)
    }

    fn read(parts: Parts<'_>) -> Result<Self, MessageError> {
        let message: RequestMessage<'_> = parts.message()?;
        Ok(Self {
            id: message.id,
            parameters: message.parameters.unwrap_or_default(),
            inputs: wire::read_all(message.inputs, parts.rest)?,
            outputs: message.outputs.unwrap_or_default(),
        })
    }

    /// Writes the request as JSON.
    pub fn to_json(&self) -> Bytes {
        to_vec(self).into()
    }

    /// Writes the request with its tensors behind the JSON.
    pub fn to_binary(&self) -> Framed {
        wire::framed(
            &self.inputs,
            |_| true,
            |inputs| {
                to_vec(&RequestHead {
                    id: self.id.as_deref(),
                    parameters: &self.parameters,
                    inputs,
                    outputs: &self.outputs,
                })
            },
        )
    }

    /// The input of that name.
    pub fn input(&self, name: &str) -> Option<&Tensor> {
        self.inputs.iter().find(|input| input.name() == name)
    }

    /// Whether the client wants the output of that name behind the JSON of the response.
    pub fn wants_binary(&self, output: &str) -> bool {
        let named = self.outputs.iter().find(|wanted| wanted.name == output);
        named
            .and_then(|wanted| wanted.parameters.as_ref()?.get("binary_data")?.as_bool())
            .or_else(|| self.parameters.get("binary_data_output")?.as_bool())
            .unwrap_or(false)
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
        Self::read(Parts::json(body))
    }

    /// Reads a response of which some tensors are behind its JSON; see [`InferRequest::from_binary`].
    ///
    /// # Errors
    /// [`MessageError`] names the tensor, or the place in the JSON, that is wrong.
    pub fn from_binary(body: &Bytes, json_length: &str) -> Result<Self, MessageError> {
        Self::read(Parts::framed(body, json_length)?)
    }

    fn read(parts: Parts<'_>) -> Result<Self, MessageError> {
        let message: ResponseMessage<'_> = parts.message()?;
        Ok(Self {
            model_name: message.model_name.unwrap_or_default(),
            model_version: message.model_version,
            id: message.id,
            parameters: message.parameters.unwrap_or_default(),
            outputs: wire::read_all(message.outputs, parts.rest)?,
        })
    }

    /// Writes the response as JSON.
    pub fn to_json(&self) -> Bytes {
        to_vec(self).into()
    }

    /// Writes the response with the tensors that `is_binary` chooses behind the JSON.
    pub fn to_binary(&self, is_binary: impl Fn(&Tensor) -> bool) -> Framed {
        wire::framed(&self.outputs, is_binary, |outputs| {
            to_vec(&ResponseHead {
                model_name: &self.model_name,
                model_version: self.model_version.as_deref(),
                id: self.id.as_deref(),
                parameters: &self.parameters,
                outputs,
            })
        })
    }

    /// The output of that name.
    pub fn output(&self, name: &str) -> Option<&Tensor> {
        self.outputs.iter().find(|output| output.name() == name)
    }
}

/// A request whose tensors may be elsewhere.
#[derive(Serialize)]
struct RequestHead<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Parameters::is_empty")]
    parameters: &'a Parameters,
    inputs: &'a [Head<'a>],
    #[serde(skip_serializing_if = "<[RequestedOutput]>::is_empty")]
    outputs: &'a [RequestedOutput],
}

/// A response whose tensors may be elsewhere.
#[derive(Serialize)]
struct ResponseHead<'a> {
    model_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Parameters::is_empty")]
    parameters: &'a Parameters,
    outputs: &'a [Head<'a>],
}

fn to_vec(message: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(message)
        .expect("a tensor whose elements are not UTF-8 is in base64, and all keys are strings")
}
