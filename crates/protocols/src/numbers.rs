//! Features as tensor elements of a chosen datatype.

use serde_json::Value;

use crate::oip::{Datatype, TensorData};
use crate::{EncodeError, Features};

/// The features as elements of `datatype`, which is numeric.
///
/// A floating-point datatype rounds to its precision; an integer or truth value must be exact.
pub(crate) fn elements(features: &Features, datatype: Datatype) -> Result<TensorData, EncodeError> {
    let values = features.values();
    let converted = match datatype {
        Datatype::Bool => convert(values, |value| match value {
            0.0 => Some(false),
            1.0 => Some(true),
            _ => None,
        })
        .map(TensorData::Bool),
        Datatype::Uint8 => {
            convert(values, |value| integer(value)?.try_into().ok()).map(TensorData::Uint8)
        }
        Datatype::Uint16 => {
            convert(values, |value| integer(value)?.try_into().ok()).map(TensorData::Uint16)
        }
        Datatype::Uint32 => {
            convert(values, |value| integer(value)?.try_into().ok()).map(TensorData::Uint32)
        }
        Datatype::Uint64 => {
            convert(values, |value| integer(value)?.try_into().ok()).map(TensorData::Uint64)
        }
        Datatype::Int8 => {
            convert(values, |value| integer(value)?.try_into().ok()).map(TensorData::Int8)
        }
        Datatype::Int16 => {
            convert(values, |value| integer(value)?.try_into().ok()).map(TensorData::Int16)
        }
        Datatype::Int32 => {
            convert(values, |value| integer(value)?.try_into().ok()).map(TensorData::Int32)
        }
        Datatype::Int64 => {
            convert(values, |value| integer(value)?.try_into().ok()).map(TensorData::Int64)
        }
        Datatype::Fp16 => convert(values, |value| single(value, 65504.0)).map(TensorData::Fp16),
        Datatype::Fp32 => convert(values, |value| single(value, f32::MAX)).map(TensorData::Fp32),
        Datatype::Fp64 => {
            convert(values, |value| value.is_finite().then_some(value)).map(TensorData::Fp64)
        }
        Datatype::Bytes => {
            return Err(EncodeError::Datatype {
                datatype,
                payload: "features",
            });
        }
    };
    converted.map_err(|index| EncodeError::Number {
        row: index / features.columns(),
        column: index % features.columns(),
        value: values[index],
        datatype,
    })
}

/// The features as rows of JSON numbers that `datatype` can hold.
pub(crate) fn rows(features: &Features, datatype: Datatype) -> Result<Vec<Value>, EncodeError> {
    let numbers: Vec<Value> = match elements(features, datatype)? {
        // The reader rounds; a number that is rounded here has more digits than the one that was given.
        TensorData::Fp16(_) | TensorData::Fp32(_) | TensorData::Fp64(_) => features
            .values()
            .iter()
            .map(|&value| value.into())
            .collect(),
        exact => match serde_json::to_value(exact.flat()) {
            Ok(Value::Array(numbers)) => numbers,
            _ => unreachable!("elements are written as an array"),
        },
    };
    let rows = numbers.chunks(features.columns());
    Ok(rows.map(|row| row.to_vec().into()).collect())
}

/// Every value converted, or the index of the first that cannot be.
fn convert<T>(values: &[f64], to: impl Fn(f64) -> Option<T>) -> Result<Vec<T>, usize> {
    values
        .iter()
        .enumerate()
        .map(|(index, &value)| to(value).ok_or(index))
        .collect()
}

/// The value as an integer, if it is one. An `i128` holds every integer datatype's range.
fn integer(value: f64) -> Option<i128> {
    let is_whole = value.fract() == 0.0 && value.abs() < 2_f64.powi(64);
    is_whole.then_some(value as i128)
}

fn single(value: f64, limit: f32) -> Option<f32> {
    (value.abs() <= f64::from(limit)).then_some(value as f32)
}
