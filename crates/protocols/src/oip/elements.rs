//! The elements of a tensor, typed.

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Serialize, Serializer, ser};

use super::Datatype;

/// The elements of a tensor in row-major order, one vector per datatype.
#[derive(Clone, Debug, PartialEq)]
pub enum TensorData {
    /// `BOOL`.
    Bool(Vec<bool>),
    /// `UINT8`.
    Uint8(Vec<u8>),
    /// `UINT16`.
    Uint16(Vec<u16>),
    /// `UINT32`.
    Uint32(Vec<u32>),
    /// `UINT64`.
    Uint64(Vec<u64>),
    /// `INT8`.
    Int8(Vec<i8>),
    /// `INT16`.
    Int16(Vec<i16>),
    /// `INT32`.
    Int32(Vec<i32>),
    /// `INT64`.
    Int64(Vec<i64>),
    /// `FP16`, held in single precision.
    Fp16(Vec<f32>),
    /// `FP32`.
    Fp32(Vec<f32>),
    /// `FP64`.
    Fp64(Vec<f64>),
    /// `BYTES`.
    Bytes(Vec<Bytes>),
}

impl TensorData {
    /// Text as `BYTES`, one element per string.
    pub fn text<S: Into<String>>(strings: impl IntoIterator<Item = S>) -> Self {
        Self::Bytes(
            strings
                .into_iter()
                .map(|string| Bytes::from(string.into()))
                .collect(),
        )
    }

    /// The datatype of the elements.
    pub fn datatype(&self) -> Datatype {
        match self {
            Self::Bool(_) => Datatype::Bool,
            Self::Uint8(_) => Datatype::Uint8,
            Self::Uint16(_) => Datatype::Uint16,
            Self::Uint32(_) => Datatype::Uint32,
            Self::Uint64(_) => Datatype::Uint64,
            Self::Int8(_) => Datatype::Int8,
            Self::Int16(_) => Datatype::Int16,
            Self::Int32(_) => Datatype::Int32,
            Self::Int64(_) => Datatype::Int64,
            Self::Fp16(_) => Datatype::Fp16,
            Self::Fp32(_) => Datatype::Fp32,
            Self::Fp64(_) => Datatype::Fp64,
            Self::Bytes(_) => Datatype::Bytes,
        }
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Bool(elements) => elements.len(),
            Self::Uint8(elements) => elements.len(),
            Self::Uint16(elements) => elements.len(),
            Self::Uint32(elements) => elements.len(),
            Self::Uint64(elements) => elements.len(),
            Self::Int8(elements) => elements.len(),
            Self::Int16(elements) => elements.len(),
            Self::Int32(elements) => elements.len(),
            Self::Int64(elements) => elements.len(),
            Self::Fp16(elements) | Self::Fp32(elements) => elements.len(),
            Self::Fp64(elements) => elements.len(),
            Self::Bytes(elements) => elements.len(),
        }
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements in double precision, whichever numeric datatype they have; `None` for `BYTES`.
    ///
    /// Truth values become 0 and 1. Integers beyond 2^53 are rounded.
    pub fn to_f64(&self) -> Option<Vec<f64>> {
        fn widen<T: Copy + Into<f64>>(elements: &[T]) -> Vec<f64> {
            elements.iter().map(|&element| element.into()).collect()
        }
        Some(match self {
            Self::Bool(elements) => widen(elements),
            Self::Uint8(elements) => widen(elements),
            Self::Uint16(elements) => widen(elements),
            Self::Uint32(elements) => widen(elements),
            Self::Uint64(elements) => elements.iter().map(|&element| element as f64).collect(),
            Self::Int8(elements) => widen(elements),
            Self::Int16(elements) => widen(elements),
            Self::Int32(elements) => widen(elements),
            Self::Int64(elements) => elements.iter().map(|&element| element as f64).collect(),
            Self::Fp16(elements) | Self::Fp32(elements) => widen(elements),
            Self::Fp64(elements) => elements.clone(),
            Self::Bytes(_) => return None,
        })
    }

    /// The elements of a `BYTES` tensor; `None` for any other datatype.
    pub fn as_bytes(&self) -> Option<&[Bytes]> {
        match self {
            Self::Bytes(elements) => Some(elements),
            _ => None,
        }
    }

    /// The elements as a flat JSON array; those of `BYTES` must be UTF-8.
    pub(crate) fn flat(&self) -> impl Serialize {
        Flat(self, Spelling::Text)
    }

    /// Whether some element cannot be written as a JSON string.
    pub(super) fn is_binary(&self) -> bool {
        self.as_bytes().is_some_and(|elements| {
            elements
                .iter()
                .any(|element| std::str::from_utf8(element).is_err())
        })
    }
}

/// How the elements of a `BYTES` tensor are written as JSON strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// As they are; they must be UTF-8.
    Text,
    /// In base64.
    Base64,
}

/// Elements as a flat JSON array.
pub(super) struct Flat<'a>(pub(super) &'a TensorData, pub(super) Spelling);

impl Serialize for Flat<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(data, spelling) = self;
        match data {
            TensorData::Bytes(elements) => serializer.collect_seq(
                elements
                    .iter()
                    .map(|element| BytesElement(element, *spelling)),
            ),
            TensorData::Bool(elements) => elements.serialize(serializer),
            TensorData::Uint8(elements) => elements.serialize(serializer),
            TensorData::Uint16(elements) => elements.serialize(serializer),
            TensorData::Uint32(elements) => elements.serialize(serializer),
            TensorData::Uint64(elements) => elements.serialize(serializer),
            TensorData::Int8(elements) => elements.serialize(serializer),
            TensorData::Int16(elements) => elements.serialize(serializer),
            TensorData::Int32(elements) => elements.serialize(serializer),
            TensorData::Int64(elements) => elements.serialize(serializer),
            TensorData::Fp16(elements) | TensorData::Fp32(elements) => {
                elements.serialize(serializer)
            }
            TensorData::Fp64(elements) => elements.serialize(serializer),
        }
    }
}

struct BytesElement<'a>(&'a [u8], Spelling);

impl Serialize for BytesElement<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(bytes, spelling) = self;
        match spelling {
            Spelling::Base64 => serializer.collect_str(&Base64Display::new(bytes, &STANDARD)),
            Spelling::Text => {
                let text = std::str::from_utf8(bytes).map_err(ser::Error::custom)?;
                serializer.serialize_str(text)
            }
        }
    }
}
