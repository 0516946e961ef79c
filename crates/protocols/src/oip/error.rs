//! Why a message or a tensor is not one.

use thiserror::Error;

use super::UnknownDatatype;

/// Why bytes are not a message of the protocol.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MessageError {
    /// The bytes are not JSON, or not JSON of the message's form.
    #[error("the message is not JSON of the expected form")]
    Json(#[source] serde_json::Error),
    /// One of its tensors is wrong.
    #[error("tensor `{name}` is wrong")]
    Tensor {
        /// The tensor's name.
        name: String,
        /// What is wrong with it.
        source: TensorError,
    },
    /// Two of its tensors have the same name.
    #[error("there is more than one tensor `{name}`")]
    Duplicate {
        /// The name they share.
        name: String,
    },
}

/// Why a name, a shape, a datatype and elements do not make a tensor.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TensorError {
    /// The datatype is none of the protocol's.
    #[error(transparent)]
    Datatype(#[from] UnknownDatatype),
    /// The number of elements is not the product of the shape's dimensions.
    #[error("the shape {shape:?} asks for {expected} elements, the data has {found}")]
    Count {
        /// The shape.
        shape: Vec<usize>,
        /// The product of its dimensions.
        expected: usize,
        /// How many elements there are.
        found: usize,
    },
    /// The product of the shape's dimensions is beyond what can be counted.
    #[error("the shape {shape:?} is too large")]
    TooLarge {
        /// The shape.
        shape: Vec<usize>,
    },
    /// An element is not of the datatype, or the data is nested otherwise than the shape says.
    #[error("the data does not hold {datatype} elements of shape {shape:?}")]
    Elements {
        /// The datatype that the elements should have.
        datatype: super::Datatype,
        /// The shape that they should have.
        shape: Vec<usize>,
        /// The first thing that is wrong; its line and column count from where the data begins.
        source: serde_json::Error,
    },
}
