//! The server's side: what a client asks, and what it is answered.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::oip::{Datatype, Tensor, TensorData, TensorError};

/// What a client asks of a model, in rows: the body of a `POST` to `:predict`.
///
/// ```
/// use creel_protocols::oip::{Datatype, Tensor, TensorData};
/// use creel_protocols::tensorflow::{self, PredictRequest};
///
/// let request = PredictRequest::from_json(br#"{"instances": [[1, 2], [3, 4]]}"#)?;
/// let input = request.input("x", Datatype::Fp64)?;
/// assert_eq!(input.shape(), [2, 2]);
///
/// let sums = Tensor::vector("sum", TensorData::Fp64(vec![3.0, 7.0]));
/// assert_eq!(&tensorflow::predictions(&[sums])[..], br#"{"predictions":[3.0,7.0]}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PredictRequest {
    instances: Vec<Value>,
}

/// Why a body is nothing that a model can be asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PredictError {
    /// It is not JSON with instances.
    #[error("the body is not JSON with a list of `instances`")]
    Json(#[source] serde_json::Error),
    /// There are no instances, or no list of them.
    #[error("the body has no list of `instances`, the form in rows")]
    NoInstances,
    /// An instance is not what the model takes.
    #[error("instance {row} is not a `{input}` of {datatype}, or not of the first one's length")]
    Instance {
        /// Which one, from 0.
        row: usize,
        /// The model's input.
        input: String,
        /// Its datatype.
        datatype: Datatype,
    },
    /// The instances make no tensor.
    #[error("the instances make no tensor")]
    Tensor(#[from] TensorError),
}

impl PredictRequest {
    /// Reads a request.
    ///
    /// # Errors
    /// [`PredictError`] when it has no instances.
    pub fn from_json(body: &[u8]) -> Result<Self, PredictError> {
        let mut object: Map<String, Value> =
            serde_json::from_slice(body).map_err(PredictError::Json)?;
        match object.remove("instances") {
            Some(Value::Array(instances)) if !instances.is_empty() => Ok(Self { instances }),
            _ => Err(PredictError::NoInstances),
        }
    }

    /// The instances as the input of that name: `FP64` of one or two dimensions, or `BYTES`.
    ///
    /// # Errors
    /// [`PredictError`] names the instance that is not one.
    pub fn input(&self, name: &str, datatype: Datatype) -> Result<Tensor, PredictError> {
        let wrong = |row| PredictError::Instance {
            row,
            input: name.to_owned(),
            datatype,
        };
        let count = self.instances.len();
        let mut instances = self.instances.iter().enumerate().map(|(row, instance)| {
            // With or without the input's name.
            (row, instance.get(name).unwrap_or(instance))
        });
        if datatype == Datatype::Bytes {
            let strings =
                instances.map(|(row, instance)| bytes(instance).ok_or_else(|| wrong(row)));
            let strings = TensorData::Bytes(strings.collect::<Result<_, _>>()?);
            return Ok(Tensor::new(name, [count], strings)?);
        }
        let (mut numbers, mut columns) = (Vec::new(), None);
        instances.try_for_each(|(row, instance)| {
            let found = match instance {
                Value::Array(row) => {
                    numbers.extend(row.iter().map_while(Value::as_f64));
                    Some(row.len())
                }
                number => {
                    numbers.extend(number.as_f64());
                    None
                }
            };
            let is_whole = numbers.len() == (row + 1) * found.unwrap_or(1);
            let is_like_first = *columns.get_or_insert(found) == found;
            (is_whole && is_like_first)
                .then_some(())
                .ok_or_else(|| wrong(row))
        })?;
        let mut shape = vec![count];
        shape.extend(columns.flatten());
        Ok(Tensor::new(name, shape, TensorData::Fp64(numbers))?)
    }
}

/// A string, or bytes in base64.
fn bytes(instance: &Value) -> Option<Bytes> {
    match instance {
        Value::String(text) => Some(Bytes::from(text.clone())),
        Value::Object(object) => {
            let spelled = object.get("b64")?.as_str()?;
            STANDARD.decode(spelled).ok().map(Bytes::from)
        }
        _ => None,
    }
}

/// The answer that tells of these outputs, whose first dimension counts the rows.
///
/// One output is given as it is, of several each row has all by their names.
pub fn predictions(outputs: &[Tensor]) -> Bytes {
    let mut columns: Vec<(&str, Vec<Value>)> = outputs
        .iter()
        .map(|output| (output.name(), output.to_rows()))
        .collect();
    let rows: Vec<Value> = match &mut columns[..] {
        [(_, only)] => std::mem::take(only),
        columns => {
            let count = columns.iter().map(|(_, rows)| rows.len()).min();
            let row = |row: usize| {
                let named = columns
                    .iter_mut()
                    .map(|(name, rows)| ((*name).to_owned(), rows[row].take()));
                Value::Object(named.collect())
            };
            (0..count.unwrap_or(0)).map(row).collect()
        }
    };
    crate::request::json(&Map::from_iter([("predictions".to_owned(), rows.into())]))
}

#[cfg(test)]
mod tests;
