//! Texts as vectors.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::chat::take;
use super::{ROOT, path};
use crate::error::excerpt;
use crate::{Answer, Document, EncodeError, Payload, ReplyError, Request, reply, request};

/// Asks a model for the embeddings of texts, at `/v1/embeddings`.
///
/// The answer to one text has its `embedding`, the answer to several their `embeddings`, in order; either has `usage`
/// where the server counts. A server that wraps a vector in a list, as llama.cpp's does, is understood; one that does
/// not pool has a vector for each token, and they are given as they came.
///
/// ```
/// use creel_protocols::openai::Embeddings;
/// use creel_protocols::{Protocol, Request};
///
/// let protocol = Protocol::from(Embeddings::new("minilm"));
/// let request = Request::new("b1f0", "a creel holds bobbins".to_owned());
/// let sent = protocol.encode(&request)?;
/// assert_eq!(sent.uri(), "/v1/embeddings");
///
/// let body = r#"{"data": [{"index": 0, "embedding": [0.6, -0.8]}], "usage": {"prompt_tokens": 5}}"#;
/// let answer = protocol.decode(&request, &http::Response::new(body.into()))?;
/// assert_eq!(answer.outputs["embedding"][1], -0.8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Embeddings {
    pub(crate) model: String,
    root: String,
    parameters: Map<String, Value>,
}

impl Embeddings {
    /// Asks that model; without a name the server chooses.
    pub fn new(model: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            root: ROOT.to_owned(),
            parameters: Map::new(),
        }
    }

    /// Begins the paths so in place of `/v1`; for a server whose URL has that already it is empty.
    #[must_use]
    pub fn with_root(mut self, root: impl Into<String>) -> Self {
        self.root = root.into();
        self
    }

    /// Sends these members along, such as `dimensions`.
    #[must_use]
    pub fn with_parameters(mut self, parameters: Map<String, Value>) -> Self {
        self.parameters = parameters;
        self
    }

    /// Where the paths begin.
    pub fn root(&self) -> &str {
        &self.root
    }

    pub(crate) fn encode(&self, request: &Request) -> Result<http::Request<Bytes>, EncodeError> {
        let mut path = path(&self.root, "", "/embeddings");
        let mut body = self.parameters.clone();
        let input: Value = match &request.payload {
            Payload::Text(text) => text.as_str().into(),
            Payload::Texts(texts) => texts.clone().into(),
            Payload::Document(document) => {
                path = super::path(&self.root, &document.path, "/embeddings");
                body.extend(document.body.clone());
                body.remove("input").unwrap_or_default()
            }
            Payload::Features(_) | Payload::Image(_) => {
                return Err(EncodeError::Unsupported {
                    protocol: "the protocol of embeddings",
                    payload: request.payload.kind(),
                });
            }
        };
        if !self.model.is_empty() {
            body.entry("model").or_insert(self.model.as_str().into());
        }
        body.insert("input".into(), input);
        request::post(&path, &body, request::JSON)
    }

    pub(crate) fn decode(
        &self,
        request: &Request,
        reply: &http::Response<Bytes>,
    ) -> Result<Answer, ReplyError> {
        if let Payload::Document(document) = &request.payload {
            return answer_to(document, reply);
        }
        let mut object = reply::object(reply)?;
        let usage = object.remove("usage").filter(Value::is_object);
        let rows = request.payload.row_count();
        let mut embeddings = read(reply, object, Some(rows.unwrap_or(1)))?;
        let (name, value) = match rows {
            None => ("embedding", embeddings.swap_remove(0)),
            Some(_) => ("embeddings", embeddings.into()),
        };
        let mut outputs = Map::from_iter([(name.to_owned(), value)]);
        outputs.extend(usage.map(|usage| ("usage".to_owned(), usage)));
        Ok(Answer { outputs })
    }
}

/// The reply to a document, as it came.
pub(super) fn answer_to(
    document: &Document,
    reply: &http::Response<Bytes>,
) -> Result<Answer, ReplyError> {
    let outputs = reply::object(reply)?;
    read(reply, outputs.clone(), asked(document))?;
    Ok(Answer { outputs })
}

/// How many embeddings a document asks for, where its input tells.
fn asked(document: &Document) -> Option<usize> {
    match document.body.get("input")? {
        Value::String(_) => Some(1),
        // A list of numbers is one text, in tokens.
        Value::Array(tokens) if tokens.iter().all(Value::is_number) => Some(1),
        Value::Array(texts) => Some(texts.len()),
        _ => None,
    }
}

/// The embeddings of a reply in the order of the texts, of which there are so many.
fn read(
    reply: &http::Response<Bytes>,
    mut object: Map<String, Value>,
    rows: Option<usize>,
) -> Result<Vec<Value>, ReplyError> {
    let missing = |name| ReplyError::Missing {
        name,
        excerpt: excerpt(reply.body()),
    };
    let Value::Array(data) = reply::take(reply, &mut object, "data")? else {
        return Err(missing("data"));
    };
    let rows = rows.unwrap_or(data.len());
    reply::check_rows("data", rows, data.len())?;
    let mut places = vec![Value::Null; rows];
    for (at, mut entry) in data.into_iter().enumerate() {
        let index = match &entry["index"] {
            Value::Null => Some(at),
            index => index.as_u64().and_then(|index| usize::try_from(index).ok()),
        };
        let place = index
            .and_then(|index| places.get_mut(index))
            .filter(|place| place.is_null());
        // An index that comes twice leaves another text without an embedding.
        let place = place.ok_or_else(|| missing("index"))?;
        *place = take(&mut entry, "embedding")
            .and_then(vector)
            .ok_or_else(|| missing("embedding"))?;
    }
    Ok(places)
}

/// An embedding, out of the list that some servers wrap it in.
fn vector(embedding: Value) -> Option<Value> {
    match embedding {
        // In base64, if that was asked for.
        Value::String(text) if !text.is_empty() => Some(text.into()),
        Value::Array(numbers) if is_vector(&numbers) => Some(numbers.into()),
        Value::Array(mut vectors)
            if !vectors.is_empty()
                && vectors
                    .iter()
                    .all(|vector| vector.as_array().is_some_and(|numbers| is_vector(numbers))) =>
        {
            match vectors.len() {
                1 => Some(vectors.swap_remove(0)),
                _ => Some(vectors.into()),
            }
        }
        _ => None,
    }
}

fn is_vector(numbers: &[Value]) -> bool {
    !numbers.is_empty() && numbers.iter().all(Value::is_number)
}

#[cfg(test)]
mod tests;
