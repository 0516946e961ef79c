//! The client's half of the Open Inference Protocol.

use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, CONTENT_TYPE};
use serde_json::{Map, Value};

use crate::error::excerpt;
use crate::oip::{
    Datatype, InferRequest, MessageError, ModelMetadata, ResponseMessage, Tensor, TensorData, path,
};
use crate::{Answer, EncodeError, Payload, ReplyError, Request, numbers};

/// Asks one model in the Open Inference Protocol, version 2, in JSON.
///
/// A request has one input: features as a tensor of rows and columns, a picture as its encoded bytes, a text as
/// its UTF-8. What is not said about the input is taken from the model's metadata, if
/// [`fit`](Self::fit) was called with it; else it is called `input-0`, features are `FP64`, and pictures and
/// texts are `BYTES`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenInference {
    model: String,
    version: Option<String>,
    input: Option<String>,
    datatype: Option<Datatype>,
    rank: Option<usize>,
}

impl OpenInference {
    /// Asks that model, in the version that the server chooses.
    pub fn new(model: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            version: None,
            input: None,
            datatype: None,
            rank: None,
        }
    }

    /// Asks that version of the model.
    #[must_use]
    pub fn with_version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Names the input, whatever the model's metadata says.
    #[must_use]
    pub fn with_input(mut self, name: impl Into<String>) -> Self {
        self.input = Some(name.into());
        self
    }

    /// Sends the input as that datatype, whatever the model's metadata says.
    ///
    /// Features can be of any numeric datatype. Pictures can be `BYTES`, one element in base64, or `UINT8`, one
    /// element per byte, for servers that do not know base64.
    #[must_use]
    pub fn with_datatype(mut self, datatype: Datatype) -> Self {
        self.datatype = Some(datatype);
        self
    }

    /// Takes over what the model's metadata says about its input, where nothing was said before.
    ///
    /// Metadata with no input, as many servers give it, or with several changes nothing.
    pub fn fit(&mut self, metadata: &ModelMetadata) {
        let [input] = &metadata.inputs[..] else {
            return;
        };
        self.input.get_or_insert_with(|| input.name.clone());
        self.datatype = self.datatype.or_else(|| input.datatype.parse().ok());
        self.rank.get_or_insert(input.shape.len());
    }

    /// The model that is asked.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The version that is asked, if one was chosen.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    pub(crate) fn encode(&self, request: &Request) -> Result<http::Request<Bytes>, EncodeError> {
        let message = InferRequest {
            id: Some(request.id.clone()),
            inputs: vec![self.tensor(&request.payload)?],
            ..InferRequest::default()
        };
        let request = http::Request::builder()
            .method(Method::POST)
            .uri(path::infer(&self.model, self.version()))
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .body(message.to_json())?;
        Ok(request)
    }

    pub(crate) fn decode(
        &self,
        request: &Request,
        reply: &http::Response<Bytes>,
    ) -> Result<Answer, ReplyError> {
        let unreadable = |source| ReplyError::Message {
            excerpt: excerpt(reply.body()),
            source,
        };
        let message = ResponseMessage::from_json(reply.body()).map_err(unreadable)?;
        if let Some(found) = message.id.filter(|id| *id != request.id) {
            return Err(ReplyError::WrongId {
                expected: request.id.clone(),
                found,
            });
        }
        let mut outputs = Map::new();
        for output in message.outputs {
            let given: Value = serde_json::from_str(output.data.get())
                .map_err(|source| unreadable(MessageError::Json(source)))?;
            let tensor = output.read().map_err(unreadable)?;
            check_rows(&request.payload, &tensor)?;
            let name = tensor.name().to_owned();
            if outputs.insert(name.clone(), given).is_some() {
                return Err(unreadable(MessageError::Duplicate { name }));
            }
        }
        if outputs.is_empty() {
            return Err(ReplyError::NoOutputs);
        }
        Ok(Answer { outputs })
    }

    fn tensor(&self, payload: &Payload) -> Result<Tensor, EncodeError> {
        let name = self.input.as_deref().unwrap_or("input-0");
        let mismatch = |datatype| EncodeError::Datatype {
            datatype,
            payload: payload.kind(),
        };
        let (shape, data) = match payload {
            Payload::Features(features) => {
                let shape = match (self.rank, features.row_count()) {
                    (_, 0) => return Err(EncodeError::NoFeatures),
                    (Some(1), 1) => vec![features.columns()],
                    (_, rows) => vec![rows, features.columns()],
                };
                let datatype = self.datatype.unwrap_or(Datatype::Fp64);
                (shape, numbers::elements(features, datatype)?)
            }
            Payload::Image(image) => match self.datatype.unwrap_or(Datatype::Bytes) {
                Datatype::Bytes => (self.item(1), TensorData::Bytes(vec![image.bytes.clone()])),
                Datatype::Uint8 => (
                    self.item(image.bytes.len()),
                    TensorData::Uint8(image.bytes.to_vec()),
                ),
                datatype => return Err(mismatch(datatype)),
            },
            Payload::Text(text) => match self.datatype.unwrap_or(Datatype::Bytes) {
                Datatype::Bytes => (self.item(1), TensorData::text([text])),
                datatype => return Err(mismatch(datatype)),
            },
        };
        let tensor =
            Tensor::new(name, shape, data).expect("the shape was made for the data just above");
        Ok(match payload {
            Payload::Image(_) => tensor.in_base64(),
            Payload::Features(_) | Payload::Text(_) => tensor,
        })
    }

    /// The shape of one item of so many elements, with as many dimensions as the model's input has.
    fn item(&self, elements: usize) -> Vec<usize> {
        let outer = self.rank.unwrap_or(1).saturating_sub(1);
        let mut shape = vec![1; outer];
        shape.push(elements);
        shape
    }
}

/// Whether an output can be for the rows that were asked.
///
/// A server that batches has been seen to give all rows of a batch to one request and none to the others.
/// One row may be answered by a vector without a dimension for rows, several may not.
fn check_rows(payload: &Payload, output: &Tensor) -> Result<(), ReplyError> {
    let Payload::Features(features) = payload else {
        return Ok(());
    };
    let rows = features.row_count();
    let fits = match rows {
        1 => !output.data().is_empty(),
        _ => output.shape().first() == Some(&rows),
    };
    if fits {
        return Ok(());
    }
    Err(ReplyError::Rows {
        output: output.name().to_owned(),
        shape: output.shape().to_vec(),
        rows,
    })
}
