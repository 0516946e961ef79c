//! The messages as they stand in JSON, their tensors' data not yet read.

use std::collections::HashSet;

use bytes::{Bytes, BytesMut};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::tensor::{Head, spelling};
use super::{
    Datatype, Framed, MessageError, Parameters, RequestedOutput, Tensor, TensorError, binary,
    reading,
};

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

/// A body in its two parts.
pub(crate) struct Parts<'a> {
    json: &'a [u8],
    /// `None` when all of the body is JSON.
    pub(crate) rest: Option<Rest>,
}

impl<'a> Parts<'a> {
    /// A body that is JSON as a whole.
    pub(crate) fn json(body: &'a [u8]) -> Self {
        let (json, rest) = (body, None);
        Self { json, rest }
    }

    /// A body whose first bytes are JSON: as many as the header says, in whose words it is given.
    pub(crate) fn framed(body: &'a Bytes, said: &str) -> Result<Self, MessageError> {
        let length = said
            .trim()
            .parse()
            .ok()
            .filter(|&length: &usize| length <= body.len())
            .ok_or_else(|| MessageError::Length {
                said: said.to_owned(),
                found: body.len(),
            })?;
        Ok(Self {
            json: &body[..length],
            rest: Some(Rest(body.slice(length..))),
        })
    }

    /// The JSON as a message.
    pub(crate) fn message<T: Deserialize<'a>>(&self) -> Result<T, MessageError> {
        serde_json::from_slice(self.json).map_err(MessageError::Json)
    }
}

/// What is left of the tensors behind the JSON.
pub(crate) struct Rest(Bytes);

impl Rest {
    /// The bytes of the next tensor.
    fn take(&mut self, name: &str, size: &Value) -> Result<Bytes, MessageError> {
        size.as_u64()
            .and_then(|size| usize::try_from(size).ok())
            .filter(|&size| size <= self.0.len())
            .map(|size| self.0.split_to(size))
            .ok_or_else(|| MessageError::Cut {
                name: name.to_owned(),
                said: size.to_string(),
                found: self.0.len(),
            })
    }

    /// Nothing may be left once all tensors were read.
    pub(crate) fn end(rest: Option<Self>) -> Result<(), MessageError> {
        match rest {
            Some(Self(left)) if !left.is_empty() => Err(MessageError::Rest { found: left.len() }),
            _ => Ok(()),
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct TensorMessage<'a> {
    pub(crate) name: String,
    shape: Vec<usize>,
    // Read as a string first: an unknown datatype is an error of its own, with the tensor's name.
    datatype: String,
    parameters: Option<Parameters>,
    // Read last, whatever the order of the fields: only the datatype says how. Not there for a tensor in binary.
    #[serde(borrow)]
    pub(crate) data: Option<&'a RawValue>,
}

impl TensorMessage<'_> {
    /// The tensor, its data read and checked; `rest` is what is left behind the JSON.
    pub(crate) fn read(self, rest: &mut Option<Rest>) -> Result<Tensor, MessageError> {
        let Self {
            name,
            shape,
            datatype,
            parameters,
            data,
        } = self;
        let mut parameters = parameters.unwrap_or_default();
        let data = match (rest, parameters.remove(binary::SIZE), data) {
            (Some(rest), Some(size), None) => Ok(Data::Binary(rest.take(&name, &size)?)),
            (_, _, Some(data)) => Ok(Data::Json(data)),
            _ => Err(TensorError::NoData),
        };
        data.and_then(|data| read(name.clone(), shape, &datatype, parameters, data))
            .map_err(|source| MessageError::Tensor { name, source })
    }
}

/// Where a tensor's elements are.
enum Data<'a> {
    Json(&'a RawValue),
    Binary(Bytes),
}

fn read(
    name: String,
    shape: Vec<usize>,
    datatype: &str,
    parameters: Parameters,
    data: Data<'_>,
) -> Result<Tensor, TensorError> {
    let datatype: Datatype = datatype.parse()?;
    let data = match data {
        Data::Binary(bytes) => binary::read(bytes, datatype, &shape)?,
        Data::Json(data) => match reading::read(data, datatype, &shape, spelling(&parameters)) {
            Ok(data) => data,
            Err(source) => {
                return Err(TensorError::Elements {
                    datatype,
                    shape,
                    source,
                });
            }
        },
    };
    Ok(Tensor::new(name, shape, data)?.with_parameters(parameters))
}

/// Reads the tensors of one side of a message; their names differ.
pub(super) fn read_all(
    messages: Vec<TensorMessage<'_>>,
    mut rest: Option<Rest>,
) -> Result<Vec<Tensor>, MessageError> {
    let mut names = HashSet::new();
    for message in &messages {
        if !names.insert(&message.name) {
            return Err(MessageError::Duplicate {
                name: message.name.clone(),
            });
        }
    }
    let tensors = messages
        .into_iter()
        .map(|message| message.read(&mut rest))
        .collect::<Result<_, _>>()?;
    Rest::end(rest)?;
    Ok(tensors)
}

/// Writes a message whose tensors are `tensors`: those that `is_binary` says behind the JSON, the others in it.
///
/// `json` writes the message with these in place of its tensors.
pub(super) fn framed(
    tensors: &[Tensor],
    is_binary: impl Fn(&Tensor) -> bool,
    json: impl FnOnce(&[Head<'_>]) -> Vec<u8>,
) -> Framed {
    let heads: Vec<_> = tensors
        .iter()
        .map(|tensor| {
            Head(
                tensor,
                is_binary(tensor).then(|| binary::size(tensor.data())),
            )
        })
        .collect();
    let json = json(&heads);
    let json_length = json.len();
    let size: usize = heads.iter().filter_map(|Head(_, size)| *size).sum();
    let mut body = BytesMut::from(Bytes::from(json));
    body.reserve(size);
    for Head(tensor, size) in heads {
        if size.is_some() {
            binary::write(tensor.data(), &mut body);
        }
    }
    Framed {
        json_length,
        body: body.freeze(),
    }
}
