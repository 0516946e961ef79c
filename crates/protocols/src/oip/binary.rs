//! The binary tensor extension: elements as they lie in memory, behind the JSON of a message.
//!
//! Numbers are little-endian, an element of `BYTES` is its length in 32 bits and then itself.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use half::f16;
use http::HeaderName;

use super::{Datatype, TensorData, TensorError};

/// The header that tells how many bytes of a body are its JSON; tensors in binary follow it.
pub const JSON_LENGTH: HeaderName = HeaderName::from_static("inference-header-content-length");

/// The parameter of a tensor that tells how many bytes it has behind the JSON.
pub(super) const SIZE: &str = "binary_data_size";

/// A message as it is sent: JSON, and behind it tensors in binary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framed {
    /// How many bytes of the body are the JSON, for the header [`JSON_LENGTH`].
    pub json_length: usize,
    /// The JSON and the tensors.
    pub body: Bytes,
}

/// How many bytes the elements have.
pub(super) fn size(data: &TensorData) -> usize {
    match data {
        TensorData::Bytes(elements) => elements.iter().map(|element| 4 + element.len()).sum(),
        data => data.len() * width(data.datatype()),
    }
}

/// Writes the elements behind what is there; no element of `BYTES` is longer than 32 bits can tell.
pub(super) fn write(data: &TensorData, to: &mut BytesMut) {
    match data {
        TensorData::Bool(elements) => to.extend(elements.iter().map(|&element| u8::from(element))),
        TensorData::Uint8(elements) => to.put_slice(elements),
        TensorData::Uint16(elements) => put(elements, to, BytesMut::put_u16_le),
        TensorData::Uint32(elements) => put(elements, to, BytesMut::put_u32_le),
        TensorData::Uint64(elements) => put(elements, to, BytesMut::put_u64_le),
        TensorData::Int8(elements) => put(elements, to, BytesMut::put_i8),
        TensorData::Int16(elements) => put(elements, to, BytesMut::put_i16_le),
        TensorData::Int32(elements) => put(elements, to, BytesMut::put_i32_le),
        TensorData::Int64(elements) => put(elements, to, BytesMut::put_i64_le),
        TensorData::Fp16(elements) => put(elements, to, |to, element| {
            to.put_u16_le(f16::from_f32(element).to_bits());
        }),
        TensorData::Fp32(elements) => put(elements, to, BytesMut::put_f32_le),
        TensorData::Fp64(elements) => put(elements, to, BytesMut::put_f64_le),
        TensorData::Bytes(elements) => {
            for element in elements {
                to.put_u32_le(element.len() as u32);
                to.put_slice(element);
            }
        }
    }
}

fn put<T: Copy>(elements: &[T], to: &mut BytesMut, put: impl Fn(&mut BytesMut, T)) {
    for &element in elements {
        put(to, element);
    }
}

/// Reads as many elements as the shape asks for, which must be all that there is.
pub(super) fn read(
    bytes: Bytes,
    datatype: Datatype,
    shape: &[usize],
) -> Result<TensorData, TensorError> {
    let count = super::tensor::count(shape)?;
    if datatype == Datatype::Bytes {
        return strings(bytes, count, shape).map(TensorData::Bytes);
    }
    if count.checked_mul(width(datatype)) != Some(bytes.len()) {
        return Err(TensorError::Size {
            datatype,
            shape: shape.to_vec(),
            found: bytes.len(),
        });
    }
    Ok(match datatype {
        Datatype::Bool => TensorData::Bool(truths(&bytes)?),
        Datatype::Uint8 => TensorData::Uint8(bytes.to_vec()),
        Datatype::Uint16 => TensorData::Uint16(numbers(&bytes, u16::from_le_bytes)),
        Datatype::Uint32 => TensorData::Uint32(numbers(&bytes, u32::from_le_bytes)),
        Datatype::Uint64 => TensorData::Uint64(numbers(&bytes, u64::from_le_bytes)),
        Datatype::Int8 => TensorData::Int8(numbers(&bytes, i8::from_le_bytes)),
        Datatype::Int16 => TensorData::Int16(numbers(&bytes, i16::from_le_bytes)),
        Datatype::Int32 => TensorData::Int32(numbers(&bytes, i32::from_le_bytes)),
        Datatype::Int64 => TensorData::Int64(numbers(&bytes, i64::from_le_bytes)),
        Datatype::Fp16 => {
            TensorData::Fp16(numbers(&bytes, |half| f16::from_le_bytes(half).to_f32()))
        }
        Datatype::Fp32 => TensorData::Fp32(numbers(&bytes, f32::from_le_bytes)),
        Datatype::Fp64 => TensorData::Fp64(numbers(&bytes, f64::from_le_bytes)),
        Datatype::Bytes => unreachable!("these were read above"),
    })
}

/// How many bytes an element of a datatype other than `BYTES` has.
fn width(datatype: Datatype) -> usize {
    match datatype {
        Datatype::Bool | Datatype::Uint8 | Datatype::Int8 => 1,
        Datatype::Uint16 | Datatype::Int16 | Datatype::Fp16 => 2,
        Datatype::Uint32 | Datatype::Int32 | Datatype::Fp32 => 4,
        Datatype::Uint64 | Datatype::Int64 | Datatype::Fp64 => 8,
        Datatype::Bytes => unreachable!("each element has a length of its own"),
    }
}

fn numbers<const N: usize, T>(bytes: &[u8], read: impl Fn([u8; N]) -> T) -> Vec<T> {
    let (numbers, _) = bytes.as_chunks();
    numbers.iter().map(|&bytes| read(bytes)).collect()
}

fn truths(bytes: &[u8]) -> Result<Vec<bool>, TensorError> {
    let truth = |&byte: &u8| match byte {
        0 => Ok(false),
        1 => Ok(true),
        byte => Err(TensorError::Truth { byte }),
    };
    bytes.iter().map(truth).collect()
}

/// The elements of a `BYTES` tensor, which keep the bytes that they are part of.
fn strings(mut bytes: Bytes, count: usize, shape: &[usize]) -> Result<Vec<Bytes>, TensorError> {
    let wrong = TensorError::Lengths {
        shape: shape.to_vec(),
        found: bytes.len(),
    };
    // Nothing is set aside on the shape's word alone.
    if count > bytes.len() / 4 {
        return Err(wrong);
    }
    let mut elements = Vec::with_capacity(count);
    for _ in 0..count {
        let Ok(length) = bytes.try_get_u32_le() else {
            return Err(wrong);
        };
        match usize::try_from(length) {
            Ok(length) if length <= bytes.len() => elements.push(bytes.split_to(length)),
            _ => return Err(wrong),
        }
    }
    if bytes.is_empty() {
        Ok(elements)
    } else {
        Err(wrong)
    }
}

#[cfg(test)]
mod tests;
