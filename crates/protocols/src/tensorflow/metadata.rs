//! What TensorFlow Serving tells of a model.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::oip::Datatype;

/// What a model takes, as `GET /v1/models/{model}/metadata` tells.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Metadata {
    #[serde(default)]
    metadata: Signatures,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
struct Signatures {
    #[serde(default)]
    signature_def: SignatureDefinition,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
struct SignatureDefinition {
    #[serde(default)]
    signature_def: BTreeMap<String, Signature>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
struct Signature {
    #[serde(default)]
    inputs: BTreeMap<String, Tensor>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
struct Tensor {
    #[serde(default)]
    dtype: String,
    #[serde(default)]
    tensor_shape: Shape,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
struct Shape {
    #[serde(default)]
    dim: Vec<Dimension>,
    #[serde(default)]
    unknown_rank: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
struct Dimension {
    /// A number, in a string as protocol buffers write one of 64 bits.
    size: String,
}

/// The one input of a signature.
pub(super) struct Input {
    pub(super) name: String,
    pub(super) datatype: Option<Datatype>,
    pub(super) shape: Option<Vec<i64>>,
}

impl Metadata {
    /// The input of that signature, if it has one and no others.
    pub(super) fn only_input(&self, signature: &str) -> Option<Input> {
        let signatures = &self.metadata.signature_def.signature_def;
        let mut inputs = signatures.get(signature)?.inputs.iter();
        let (Some((name, tensor)), None) = (inputs.next(), inputs.next()) else {
            return None;
        };
        let shape = &tensor.tensor_shape;
        let dimensions = shape.dim.iter().map(|dim| dim.size.parse().ok());
        Some(Input {
            name: name.clone(),
            datatype: datatype(&tensor.dtype),
            shape: dimensions
                .collect::<Option<_>>()
                .filter(|_| !shape.unknown_rank),
        })
    }
}

/// The same datatype in the words of the Open Inference Protocol.
fn datatype(name: &str) -> Option<Datatype> {
    Some(match name {
        "DT_BOOL" => Datatype::Bool,
        "DT_UINT8" => Datatype::Uint8,
        "DT_UINT16" => Datatype::Uint16,
        "DT_UINT32" => Datatype::Uint32,
        "DT_UINT64" => Datatype::Uint64,
        "DT_INT8" => Datatype::Int8,
        "DT_INT16" => Datatype::Int16,
        "DT_INT32" => Datatype::Int32,
        "DT_INT64" => Datatype::Int64,
        "DT_HALF" => Datatype::Fp16,
        "DT_FLOAT" => Datatype::Fp32,
        "DT_DOUBLE" => Datatype::Fp64,
        "DT_STRING" => Datatype::Bytes,
        _ => return None,
    })
}
