//! Reading a tensor's elements from JSON, once its datatype and shape are known.

use std::fmt;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::elements::Spelling;
use super::{Datatype, TensorData};

/// Reads `raw`, a flat array or one nested as deep as the shape is long.
///
/// Only nested data is checked against the shape here: each of its arrays must be as long as its dimension.
pub(super) fn read(
    raw: &RawValue,
    datatype: Datatype,
    shape: &[usize],
    spelling: Spelling,
) -> Result<TensorData, serde_json::Error> {
    Ok(match datatype {
        Datatype::Bool => TensorData::Bool(list(raw, shape)?),
        Datatype::Uint8 => TensorData::Uint8(list(raw, shape)?),
        Datatype::Uint16 => TensorData::Uint16(list(raw, shape)?),
        Datatype::Uint32 => TensorData::Uint32(list(raw, shape)?),
        Datatype::Uint64 => TensorData::Uint64(list(raw, shape)?),
        Datatype::Int8 => TensorData::Int8(list(raw, shape)?),
        Datatype::Int16 => TensorData::Int16(list(raw, shape)?),
        Datatype::Int32 => TensorData::Int32(list(raw, shape)?),
        Datatype::Int64 => TensorData::Int64(list(raw, shape)?),
        Datatype::Fp16 => TensorData::Fp16(unwrapped(list(raw, shape)?, |Half(number)| number)),
        Datatype::Fp32 => TensorData::Fp32(unwrapped(list(raw, shape)?, |Single(number)| number)),
        Datatype::Fp64 => TensorData::Fp64(unwrapped(list(raw, shape)?, |Double(number)| number)),
        Datatype::Bytes => TensorData::Bytes(match spelling {
            Spelling::Text => unwrapped(list(raw, shape)?, |Text(bytes)| bytes),
            Spelling::Base64 => unwrapped(list(raw, shape)?, |Base64(bytes)| bytes),
        }),
    })
}

fn list<'de, T: Deserialize<'de>>(
    raw: &'de RawValue,
    shape: &[usize],
) -> Result<Vec<T>, serde_json::Error> {
    let text = raw.get();
    // Flat data, the common case, is read without a check per element.
    let is_nested = text
        .strip_prefix('[')
        .is_some_and(|rest| rest.trim_start().starts_with('['));
    if !is_nested {
        return serde_json::from_str(text);
    }
    let mut elements = Vec::new();
    Level {
        shape,
        elements: &mut elements,
    }
    .deserialize(&mut serde_json::Deserializer::from_str(text))?;
    Ok(elements)
}

fn unwrapped<T, U>(elements: Vec<T>, unwrap: impl Fn(T) -> U) -> Vec<U> {
    elements.into_iter().map(unwrap).collect()
}

/// One level of nested data: an array of arrays, or of elements at the innermost dimension.
struct Level<'a, T> {
    /// The dimensions from this level inwards.
    shape: &'a [usize],
    elements: &'a mut Vec<T>,
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Level<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Level<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array nested as deep as the shape is long")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        let Some((&length, inner)) = self.shape.split_first() else {
            return Err(de::Error::custom(
                "the data is nested, though the shape has no dimension",
            ));
        };
        let mut found = 0;
        if inner.is_empty() {
            while let Some(element) = array.next_element()? {
                self.elements.push(element);
                found += 1;
            }
        } else {
            while let Some(()) = array.next_element_seed(Level {
                shape: inner,
                elements: &mut *self.elements,
            })? {
                found += 1;
            }
        }
        if found == length {
            Ok(())
        } else {
            let expected = format!("an array of {length}");
            Err(de::Error::invalid_length(found, &expected.as_str()))
        }
    }
}

/// A floating-point number; `null` stands for one that JSON cannot write, and is read as not a number.
macro_rules! float {
    ($name:ident, $number:ty, $limit:expr) => {
        struct $name($number);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match Option::<$number>::deserialize(deserializer)? {
                    None => Ok(Self(<$number>::NAN)),
                    Some(number) if number.abs() <= $limit => Ok(Self(number)),
                    Some(_) => Err(de::Error::custom(concat!(
                        "a number is beyond ",
                        stringify!($limit)
                    ))),
                }
            }
        }
    };
}

float!(Half, f32, 65504.0);
float!(Single, f32, f32::MAX);
float!(Double, f64, f64::MAX);

/// The bytes of a JSON string.
struct Text(Bytes);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(text.into()))
    }
}

/// The bytes that a JSON string spells in base64.
struct Base64(Bytes);

/// Takes the padding as it comes: some servers leave it out.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Decode;

        impl Visitor<'_> for Decode {
            type Value = Base64;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string in base64")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Base64, E> {
                let bytes = LENIENT.decode(text).map_err(E::custom)?;
                Ok(Base64(bytes.into()))
            }
        }

        // By reference: a picture's text is not copied before it is decoded.
        deserializer.deserialize_str(Decode)
    }
}
