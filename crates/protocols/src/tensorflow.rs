//! TensorFlow Serving's REST interface.

pub mod metadata;
pub mod path;
mod predict;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::error::excerpt;
use crate::oip::{Datatype, fits};
use crate::{Answer, EncodeError, Payload, ReplyError, Request, numbers, reply, request};

pub use metadata::Metadata;
pub use predict::{PredictError, PredictRequest, predictions};

/// Asks one model of TensorFlow Serving, which KServe understands too.
///
/// A request has one input, in rows: features as lists of numbers, a picture as its bytes in base64, a text as a
/// string. Metadata that tells of one input is taken over by [`fit`](Self::fit). The answer is `predictions`, one for each row; with
/// [`in_columns`](Self::in_columns) it is `outputs`.
///
/// ```
/// use creel_protocols::{Features, Protocol, Request, TensorFlow};
///
/// let protocol = Protocol::from(TensorFlow::new("half"));
/// let rows = Features::rows([vec![1.0, 2.0], vec![5.0, 0.5]])?;
/// let request = Request::new("b1f0", rows);
/// let sent = protocol.encode(&request)?;
/// assert_eq!(sent.uri(), "/v1/models/half:predict");
/// assert_eq!(&sent.body()[..], br#"{"instances":[[1.0,2.0],[5.0,0.5]]}"#);
///
/// let reply = http::Response::new(r#"{"predictions": [1.5, 2.75]}"#.into());
/// assert_eq!(protocol.decode(&request, &reply)?.outputs["predictions"][1], 2.75);
/// // One row is missing: this is no answer.
/// let reply = http::Response::new(r#"{"predictions": [1.5]}"#.into());
/// assert!(protocol.decode(&request, &reply).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TensorFlow {
    pub(crate) model: String,
    version: Option<Version>,
    input: Option<String>,
    datatype: Option<Datatype>,
    /// The input that the metadata tells of, with its shape.
    fitted: Option<(String, Vec<i64>)>,
    form: Form,
    parameters: Map<String, Value>,
}

/// Which of a model's versions is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Version {
    Number(String),
    Label(String),
}

/// How the rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Rows,
    Columns,
}

impl TensorFlow {
    /// Asks that model, in the version that the server chooses.
    pub fn new(model: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            version: None,
            input: None,
            datatype: None,
            fitted: None,
            form: Form::Rows,
            parameters: Map::new(),
        }
    }

    /// Asks that version of the model.
    #[must_use]
    pub fn with_version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(Version::Number(version.into()));
        self
    }

    /// Asks the version of the model that bears this label.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.version = Some(Version::Label(label.into()));
        self
    }

    /// Names the input; without a name it is the model's only one.
    #[must_use]
    pub fn with_input(mut self, name: impl Into<String>) -> Self {
        self.input = Some(name.into());
        self
    }

    /// Writes features as numbers of that datatype: integers for a model that takes integers.
    #[must_use]
    pub fn with_datatype(mut self, datatype: Datatype) -> Self {
        self.datatype = Some(datatype);
        self
    }

    /// Asks in the columnar form: `inputs` in place of `instances`, `outputs` in place of `predictions`.
    #[must_use]
    pub fn in_columns(mut self) -> Self {
        self.form = Form::Columns;
        self
    }

    /// Sends these members along, such as `signature_name`.
    #[must_use]
    pub fn with_parameters(mut self, parameters: Map<String, Value>) -> Self {
        self.parameters = parameters;
        self
    }

    /// Takes over what the model's metadata says about its input, where nothing was said before.
    pub fn fit(&mut self, metadata: &Metadata) {
        let signature = self.parameters.get("signature_name");
        let signature = signature
            .and_then(Value::as_str)
            .unwrap_or("serving_default");
        let Some(input) = metadata.only_input(signature) else {
            return;
        };
        self.datatype = self.datatype.or(input.datatype);
        if self.input.as_ref().is_none_or(|name| *name == input.name) {
            self.fitted = input.shape.map(|shape| (input.name, shape));
        }
    }

    /// The model that is asked.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Where the model is, below the server's URL.
    pub fn path(&self) -> String {
        let model = path::model(&self.model);
        match &self.version {
            None => model,
            Some(Version::Number(version)) => path::version(&model, version),
            Some(Version::Label(label)) => path::label(&model, label),
        }
    }

    pub(crate) fn encode(&self, request: &Request) -> Result<http::Request<Bytes>, EncodeError> {
        if self.model.is_empty() {
            return Err(EncodeError::NoModel {
                protocol: "TensorFlow Serving",
            });
        }
        let rows = self.rows(&request.payload)?;
        let mut body = self.parameters.clone();
        match (self.form, &self.input) {
            (Form::Rows, None) => body.insert("instances".into(), rows.into()),
            (Form::Rows, Some(name)) => {
                let rows = rows.into_iter().map(|row| json!({ name: row }));
                body.insert("instances".into(), rows.collect())
            }
            (Form::Columns, None) => body.insert("inputs".into(), rows.into()),
            (Form::Columns, Some(name)) => body.insert("inputs".into(), json!({ name: rows })),
        };
        request::post(&path::predict(&self.path()), &body, request::JSON)
    }

    pub(crate) fn decode(
        &self,
        request: &Request,
        reply: &http::Response<Bytes>,
    ) -> Result<Answer, ReplyError> {
        let mut object = reply::object(reply)?;
        let rows = request.payload.row_count().unwrap_or(1);
        match self.form {
            Form::Rows => {
                let predictions = reply::take(reply, &mut object, "predictions")?;
                let Value::Array(found) = &predictions else {
                    return Err(ReplyError::Missing {
                        name: "predictions",
                        excerpt: excerpt(reply.body()),
                    });
                };
                reply::check_rows("predictions", rows, found.len())?;
                Ok(Answer {
                    outputs: Map::from_iter([("predictions".to_owned(), predictions)]),
                })
            }
            Form::Columns => {
                let outputs = match reply::take(reply, &mut object, "outputs")? {
                    Value::Object(outputs) if outputs.is_empty() => {
                        return Err(ReplyError::NoOutputs);
                    }
                    Value::Object(outputs) => outputs,
                    // A model with one output gives it without its name.
                    output => Map::from_iter([("outputs".to_owned(), output)]),
                };
                for output in outputs.values() {
                    let found = output.as_array().map_or(0, Vec::len);
                    reply::check_rows("outputs", rows, found)?;
                }
                Ok(Answer { outputs })
            }
        }
    }

    fn rows(&self, payload: &Payload) -> Result<Vec<Value>, EncodeError> {
        let mismatch = |datatype| EncodeError::Datatype {
            datatype,
            payload: payload.kind(),
        };
        let numeric = self
            .datatype
            .filter(|&datatype| datatype != Datatype::Bytes);
        match (payload, numeric) {
            (Payload::Features(features), _) => {
                if features.row_count() == 0 {
                    return Err(EncodeError::NoFeatures);
                }
                self.check_shape(&[features.row_count(), features.columns()])?;
                let datatype = self.datatype.unwrap_or(Datatype::Fp64);
                Ok(numbers::rows(features, datatype)?)
            }
            (Payload::Document(_), _) => Err(EncodeError::Unsupported {
                protocol: "TensorFlow Serving",
                payload: payload.kind(),
            }),
            (_, Some(datatype)) => Err(mismatch(datatype)),
            (Payload::Image(image), None) => {
                Ok(vec![json!({ "b64": STANDARD.encode(&image.bytes) })])
            }
            (Payload::Text(text), None) => Ok(vec![text.as_str().into()]),
            (Payload::Texts(texts), None) => {
                Ok(texts.iter().map(|text| text.as_str().into()).collect())
            }
        }
    }

    fn check_shape(&self, found: &[usize]) -> Result<(), EncodeError> {
        match &self.fitted {
            Some((input, expected)) if !fits(expected, found) => Err(EncodeError::Shape {
                input: input.clone(),
                expected: expected.clone(),
                found: found.to_vec(),
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
