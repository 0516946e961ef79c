//! The client's half of the Open Inference Protocol.

use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, CONTENT_TYPE};
use serde_json::Map;

use crate::error::excerpt;
use crate::oip::{
    self, Datatype, InferRequest, MessageError, ModelMetadata, Parameters, Parts, ResponseMessage,
    Rest, Tensor, TensorData, TensorMetadata, fits, path,
};
use crate::{Answer, EncodeError, Payload, ReplyError, Request, numbers};

/// Asks one model in the Open Inference Protocol, version 2, in JSON or in binary tensors.
///
/// A request has one input: features as a tensor of rows and columns, a picture as its encoded bytes, a text as
/// its UTF-8. What is not said about the input is taken from the model's metadata, if
/// [`fit`](Self::fit) was called with it; else it is called `input-0`, features are `FP64`, and pictures and
/// texts are `BYTES`. What the metadata tells is also held against what is sent and what is answered.
///
/// The answer has the outputs by name, each a list as the server gave it; binary ones are flat.
///
/// ```
/// use creel_protocols::oip::{InferRequest, InferResponse, Tensor, TensorData};
/// use creel_protocols::{Features, OpenInference, Protocol, Request, TensorForm};
///
/// let protocol = Protocol::from(OpenInference::new("sum").with_form(TensorForm::Binary));
/// let request = Request::new("b1f0", Features::row([0.5, 2.0]));
/// let sent = protocol.encode(&request)?;
///
/// // What a server reads, and what it answers.
/// let json_length = sent.headers()["inference-header-content-length"].to_str()?;
/// let read = InferRequest::from_binary(sent.body(), json_length)?;
/// assert_eq!(read.inputs[0].data(), &TensorData::Fp64(vec![0.5, 2.0]));
/// let response = InferResponse {
///     id: read.id,
///     outputs: vec![Tensor::vector("sum", TensorData::Fp32(vec![2.5]))],
///     ..InferResponse::default()
/// };
/// let framed = response.to_binary(|_| true);
/// let reply = http::Response::builder()
///     .header("inference-header-content-length", framed.json_length)
///     .body(framed.body)?;
/// assert_eq!(protocol.decode(&request, &reply)?.outputs["sum"][0], 2.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct OpenInference {
    pub(crate) model: String,
    version: Option<String>,
    input: Option<String>,
    datatype: Option<Datatype>,
    /// Of pictures alone, where nothing was said of the input.
    picture_datatype: Datatype,
    form: TensorForm,
    parameters: Parameters,
    /// The model's one input, as its metadata tells of it.
    told: Option<TensorMetadata>,
    /// The model's outputs, as its metadata tells of them.
    promised: Vec<TensorMetadata>,
}

/// How tensors are sent, and asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TensorForm {
    /// In JSON, which every server understands.
    #[default]
    Json,
    /// As they lie in memory, behind the JSON; not every server understands it.
    Binary,
}

impl OpenInference {
    /// Asks that model, in the version that the server chooses.
    pub fn new(model: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            version: None,
            input: None,
            datatype: None,
            picture_datatype: Datatype::Bytes,
            form: TensorForm::Json,
            parameters: Parameters::new(),
            told: None,
            promised: Vec::new(),
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

    /// Sends pictures as that datatype, where neither a choice nor the model's metadata says what the input is.
    #[must_use]
    pub fn with_picture_datatype(mut self, datatype: Datatype) -> Self {
        self.picture_datatype = datatype;
        self
    }

    /// Sends tensors in that form, and asks for them in it.
    #[must_use]
    pub fn with_form(mut self, form: TensorForm) -> Self {
        self.form = form;
        self
    }

    /// Sends these parameters along.
    #[must_use]
    pub fn with_parameters(mut self, parameters: Parameters) -> Self {
        self.parameters = parameters;
        self
    }

    /// Takes over what the model's metadata says about its input, where nothing was said before, and about its
    /// outputs.
    ///
    /// Metadata with no input, as many servers give it, or with several changes nothing about the input.
    pub fn fit(&mut self, metadata: &ModelMetadata) {
        self.promised.clone_from(&metadata.outputs);
        let [input] = &metadata.inputs[..] else {
            return;
        };
        self.input.get_or_insert_with(|| input.name.clone());
        self.datatype = self.datatype.or_else(|| input.datatype.parse().ok());
        self.told.get_or_insert_with(|| input.clone());
    }

    /// The model that is asked.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The version that is asked, if one was chosen.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// How tensors are sent.
    pub fn form(&self) -> TensorForm {
        self.form
    }

    /// The datatype that the input is sent as, where one was chosen or told.
    pub fn datatype(&self) -> Option<Datatype> {
        self.datatype
    }

    pub(crate) fn encode(&self, request: &Request) -> Result<http::Request<Bytes>, EncodeError> {
        if self.model.is_empty() {
            return Err(EncodeError::NoModel {
                protocol: "the Open Inference Protocol",
            });
        }
        let mut message = InferRequest {
            id: Some(request.id.clone()),
            parameters: self.parameters.clone(),
            inputs: vec![self.tensor(&request.payload)?],
            outputs: Vec::new(),
        };
        let sent = http::Request::builder()
            .method(Method::POST)
            .uri(path::infer(&self.model, self.version()));
        Ok(match self.form {
            TensorForm::Json => sent
                .header(CONTENT_TYPE, "application/json")
                .header(ACCEPT, "application/json")
                .body(message.to_json())?,
            TensorForm::Binary => {
                let wish = ("binary_data_output".to_owned(), true.into());
                message.parameters.extend([wish]);
                let framed = message.to_binary();
                sent.header(CONTENT_TYPE, "application/octet-stream")
                    .header(oip::JSON_LENGTH, framed.json_length)
                    .body(framed.body)?
            }
        })
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
        // A server may answer a binary request in JSON.
        let parts = match reply.headers().get(oip::JSON_LENGTH) {
            None => Ok(Parts::json(reply.body())),
            Some(said) => Parts::framed(reply.body(), &String::from_utf8_lossy(said.as_bytes())),
        };
        let parts = parts.map_err(unreadable)?;
        let message: ResponseMessage<'_> = parts.message().map_err(unreadable)?;
        let mut rest = parts.rest;
        if let Some(found) = message.id.filter(|id| *id != request.id) {
            return Err(ReplyError::WrongId {
                expected: request.id.clone(),
                found,
            });
        }
        let mut outputs = Map::new();
        for output in message.outputs {
            let given = output.data;
            let tensor = output.read(&mut rest).map_err(unreadable)?;
            check_rows(&request.payload, &tensor)?;
            self.check_promise(&tensor)?;
            let value = match given {
                Some(given) => serde_json::from_str(given.get())
                    .map_err(|source| unreadable(MessageError::Json(source)))?,
                None => tensor.to_value(),
            };
            let name = tensor.name().to_owned();
            if outputs.insert(name.clone(), value).is_some() {
                return Err(unreadable(MessageError::Duplicate { name }));
            }
        }
        Rest::end(rest).map_err(unreadable)?;
        if outputs.is_empty() {
            return Err(ReplyError::NoOutputs);
        }
        Ok(Answer { outputs })
    }

    /// Whether an output is what the model's metadata promises.
    ///
    /// Where metadata is written by hand, the number of dimensions is often another; then only the datatype counts.
    fn check_promise(&self, output: &Tensor) -> Result<(), ReplyError> {
        let promise = self
            .promised
            .iter()
            .find(|promise| promise.name == output.name());
        let Some(promise) = promise else {
            return Ok(());
        };
        let datatype: Option<Datatype> = promise.datatype.parse().ok();
        let is_kept = datatype.is_none_or(|datatype| datatype == output.datatype())
            && (promise.shape.len() != output.shape().len()
                || fits(&promise.shape, output.shape()));
        if is_kept {
            return Ok(());
        }
        Err(ReplyError::Promise {
            output: output.name().to_owned(),
            expected: format!("{} {:?}", promise.datatype, promise.shape),
            found: format!("{} {:?}", output.datatype(), output.shape()),
        })
    }

    fn tensor(&self, payload: &Payload) -> Result<Tensor, EncodeError> {
        let name = self.input.as_deref().unwrap_or("input-0");
        let mismatch = |datatype| EncodeError::Datatype {
            datatype,
            payload: payload.kind(),
        };
        let (shape, data) = match payload {
            Payload::Features(features) => {
                let shape = match (self.rank(), features.row_count()) {
                    (_, 0) => return Err(EncodeError::NoFeatures),
                    (Some(1), 1) => vec![features.columns()],
                    (_, rows) => vec![rows, features.columns()],
                };
                let datatype = self.datatype.unwrap_or(Datatype::Fp64);
                (shape, numbers::elements(features, datatype)?)
            }
            Payload::Image(image) => match self.datatype.unwrap_or(self.picture_datatype) {
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
            Payload::Texts(texts) => match self.datatype.unwrap_or(Datatype::Bytes) {
                Datatype::Bytes => {
                    let mut shape = vec![1; self.rank().unwrap_or(1).max(1)];
                    shape[0] = texts.len();
                    (shape, TensorData::text(texts))
                }
                datatype => return Err(mismatch(datatype)),
            },
            Payload::Document(_) => {
                return Err(EncodeError::Unsupported {
                    protocol: "the Open Inference Protocol",
                    payload: payload.kind(),
                });
            }
        };
        self.check_shape(name, &shape)?;
        let tensor =
            Tensor::new(name, shape, data).expect("the shape was made for the data just above");
        Ok(match payload {
            Payload::Image(_) => tensor.in_base64(),
            _ => tensor,
        })
    }

    /// How many dimensions the model's input has, if that is known.
    fn rank(&self) -> Option<usize> {
        self.told.as_ref().map(|told| told.shape.len())
    }

    /// Whether the input has the shape that the model's metadata tells, as far as both count the same dimensions.
    fn check_shape(&self, name: &str, found: &[usize]) -> Result<(), EncodeError> {
        match &self.told {
            Some(told)
                if told.name == name
                    && told.shape.len() == found.len()
                    && !fits(&told.shape, found) =>
            {
                Err(EncodeError::Shape {
                    input: name.to_owned(),
                    expected: told.shape.clone(),
                    found: found.to_vec(),
                })
            }
            _ => Ok(()),
        }
    }

    /// The shape of one item of so many elements, with as many dimensions as the model's input has.
    fn item(&self, elements: usize) -> Vec<usize> {
        let outer = self.rank().unwrap_or(1).saturating_sub(1);
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
    let Some(rows) = payload.row_count() else {
        return Ok(());
    };
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
