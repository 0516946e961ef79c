//! What is asked of a model, in no protocol's words.

use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, CONTENT_TYPE};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::EncodeError;

/// One question to a model.
///
/// ```
/// use creel_protocols::{Features, Request};
///
/// let request = Request::new("b1f0", Features::row([5.1, 3.5, 1.4, 0.2]));
/// assert_eq!(request.id, "b1f0");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What the reply is matched by. It tells nothing about the payload: a random one shows an answer that
    /// was given to the wrong request.
    pub id: String,
    /// What the model looks at.
    pub payload: Payload,
}

impl Request {
    /// A request with that id.
    pub fn new(id: impl Into<String>, payload: impl Into<Payload>) -> Self {
        Self {
            id: id.into(),
            payload: payload.into(),
        }
    }
}

/// What a model looks at.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// Numbers, in rows.
    Features(Features),
    /// One encoded picture.
    Image(Image),
    /// One text.
    Text(String),
    /// Several texts that are asked about in one request, a row each.
    Texts(Vec<String>),
    /// A request body that is written already, in the words of the server's own interface.
    Document(Document),
}

impl Payload {
    /// What it is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Features(_) => "features",
            Self::Image(_) => "a picture",
            Self::Text(_) => "text",
            Self::Texts(_) => "several texts",
            Self::Document(_) => "a document",
        }
    }

    /// How many rows the answer must have; `None` where one item may have any number of answers.
    pub(crate) fn row_count(&self) -> Option<usize> {
        match self {
            Self::Features(features) => Some(features.row_count()),
            Self::Texts(texts) => Some(texts.len()),
            Self::Image(_) | Self::Text(_) | Self::Document(_) => None,
        }
    }
}

impl From<Features> for Payload {
    fn from(features: Features) -> Self {
        Self::Features(features)
    }
}

impl From<Image> for Payload {
    fn from(image: Image) -> Self {
        Self::Image(image)
    }
}

impl From<Document> for Payload {
    fn from(document: Document) -> Self {
        Self::Document(document)
    }
}

impl From<String> for Payload {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// A table of numbers: one row or several, all of the same length.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    values: Vec<f64>,
    columns: usize,
}

impl Features {
    /// One row.
    pub fn row(values: impl Into<Vec<f64>>) -> Self {
        let values = values.into();
        let columns = values.len();
        Self { values, columns }
    }

    /// Several rows.
    ///
    /// # Errors
    /// [`RaggedRows`] when they are not of the same length.
    pub fn rows(rows: impl IntoIterator<Item = Vec<f64>>) -> Result<Self, RaggedRows> {
        let mut rows = rows.into_iter();
        let mut features = Self::row(rows.next().unwrap_or_default());
        for (row, values) in (1..).zip(rows) {
            if values.len() != features.columns {
                return Err(RaggedRows {
                    row,
                    expected: features.columns,
                    found: values.len(),
                });
            }
            features.values.extend(values);
        }
        Ok(features)
    }

    /// The numbers, row after row.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// How many numbers a row has.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// How many rows there are; none when there is no number.
    pub fn row_count(&self) -> usize {
        self.values.len().checked_div(self.columns).unwrap_or(0)
    }
}

/// Rows that are not of the same length.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("row {row}, counted from 0, has {found} numbers where the first has {expected}")]
pub struct RaggedRows {
    /// The first row that differs, counted from 0.
    pub row: usize,
    /// How many numbers the first row has.
    pub expected: usize,
    /// How many numbers that row has.
    pub found: usize,
}

/// One encoded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// How it is encoded, such as `image/jpeg`.
    pub media_type: String,
    /// The encoded picture.
    pub bytes: Bytes,
}

impl Image {
    /// A picture that is encoded as JPEG.
    pub fn jpeg(bytes: impl Into<Bytes>) -> Self {
        Self {
            media_type: "image/jpeg".into(),
            bytes: bytes.into(),
        }
    }
}

/// A request body in JSON, with the path that takes it, as the lines of an OpenAI batch file have them.
///
/// It is sent as it is, but that a model is filled in where it names none, and that it is not streamed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// Where it goes, such as `/v1/chat/completions`; empty for the protocol's own path.
    pub path: String,
    /// The members of the body.
    pub body: Map<String, Value>,
}

impl Document {
    /// How many bytes its body has as JSON.
    pub fn size(&self) -> usize {
        self.to_json().len()
    }

    pub(crate) fn to_json(&self) -> Bytes {
        json(&self.body)
    }
}

/// Asks with a body of JSON, and for an answer of that media type.
pub(crate) fn post(
    path: &str,
    body: &Map<String, Value>,
    accepted: &str,
) -> Result<http::Request<Bytes>, EncodeError> {
    let request = http::Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(CONTENT_TYPE, JSON)
        .header(ACCEPT, accepted)
        .body(json(body))?;
    Ok(request)
}

/// The media type of JSON.
pub(crate) const JSON: &str = "application/json";

/// A body of JSON whose keys are strings.
pub(crate) fn json(body: &Map<String, Value>) -> Bytes {
    serde_json::to_vec(body)
        .expect("the keys of a map of values are strings")
        .into()
}
