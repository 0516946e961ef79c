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
    /// The number of bytes that are JSON is none, or more than there are.
    #[error("of {found} bytes, `{said}` cannot be the JSON")]
    Length {
        /// What the header says.
        said: String,
        /// How many bytes there are.
        found: usize,
    },
    /// The tensors behind the JSON are not all there.
    #[error("tensor `{name}` has `{said}` bytes, of which {found} are there")]
    Cut {
        /// The tensor's name.
        name: String,
        /// How many bytes it should have.
        said: String,
        /// How many are left.
        found: usize,
    },
    /// There is more behind the JSON than its tensors.
    #[error("{found} bytes behind the JSON belong to no tensor")]
    Rest {
        /// How many bytes are left over.
        found: usize,
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
    /// The bytes behind the JSON are more or fewer than the elements need.
    #[error("{found} bytes are not {datatype} elements of shape {shape:?}")]
    Size {
        /// The datatype of the elements.
        datatype: super::Datatype,
        /// The shape.
        shape: Vec<usize>,
        /// How many bytes there are.
        found: usize,
    },
    /// The lengths of `BYTES` elements do not add up to the bytes behind the JSON.
    #[error("{found} bytes are not BYTES elements of shape {shape:?}, each behind its length")]
    Lengths {
        /// The shape.
        shape: Vec<usize>,
        /// How many bytes there are.
        found: usize,
    },
    /// A byte stands for neither true nor false.
    #[error("the byte {byte} is no truth value; 0 and 1 are")]
    Truth {
        /// The byte.
        byte: u8,
    },
    /// Neither in the JSON nor behind it are there elements.
    #[error("there is no data")]
    NoData,
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
