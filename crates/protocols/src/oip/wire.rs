//! The messages as they stand in JSON, their tensors' data not yet read.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::tensor::spelling;
use super::{Datatype, MessageError, Parameters, RequestedOutput, Tensor, TensorError, reading};

// Clients written in other languages send `null` for what they leave out, so that every optional field is an
// `Option` here.

#[derive(Deserialize)]
pub(super) struct RequestMessage<'a> {
    pub(super) id: Option<String>,
    pub(super) parameters: Option<Parameters>,
    #[serde(borrow)]
    pub(super) inputs: Vec<TensorMessage<'a>>,
    pub(super) outputs: Option<Vec<RequestedOutput>>,
}

#[derive(Deserialize)]
pub(crate) struct ResponseMessage<'a> {
    pub(super) model_name: Option<String>,
    pub(super) model_version: Option<String>,
    pub(crate) id: Option<String>,
    pub(super) parameters: Option<Parameters>,
    #[serde(borrow)]
    pub(crate) outputs: Vec<TensorMessage<'a>>,
}

impl<'a> ResponseMessage<'a> {
    pub(crate) fn from_json(body: &'a [u8]) -> Result<Self, MessageError> {
        serde_json::from_slice(body).map_err(MessageError::Json)
    }
}

#[derive(Deserialize)]
pub(crate) struct TensorMessage<'a> {
    pub(crate) name: String,
    shape: Vec<usize>,
    // Read as a string first: an unknown datatype is an error of its own, with the tensor's name.
    datatype: String,
    parameters: Option<Parameters>,
    // Read last, whatever the order of the fields: only the datatype says how.
    #[serde(borrow)]
    pub(crate) data: &'a RawValue,
}

impl TensorMessage<'_> {
    /// The tensor, its data read and checked.
    pub(crate) fn read(self) -> Result<Tensor, MessageError> {
        let Self {
            name,
            shape,
            datatype,
            parameters,
            data,
        } = self;
        let parameters = parameters.unwrap_or_default();
        read(name.clone(), shape, &datatype, parameters, data)
            .map_err(|source| MessageError::Tensor { name, source })
    }
}

fn read(
    name: String,
    shape: Vec<usize>,
    datatype: &str,
    parameters: Parameters,
    data: &RawValue,
) -> Result<Tensor, TensorError> {
    let datatype: Datatype = datatype.parse()?;
    match reading::read(data, datatype, &shape, spelling(&parameters)) {
        Ok(data) => Ok(Tensor::new(name, shape, data)?.with_parameters(parameters)),
        Err(source) => Err(TensorError::Elements {
            datatype,
            shape,
            source,
        }),
    }
}

/// Reads the tensors of one side of a message; their names differ.
pub(super) fn read_all(messages: Vec<TensorMessage<'_>>) -> Result<Vec<Tensor>, MessageError> {
    let mut names = HashSet::new();
    for message in &messages {
        if !names.insert(&message.name) {
            return Err(MessageError::Duplicate {
                name: message.name.clone(),
            });
        }
    }
    messages.into_iter().map(TensorMessage::read).collect()
}
