//! The Open Inference Protocol, version 2: its messages as typed values, and its paths.
//!
//! KServe, Triton, MLServer, OpenVINO and Seldon speak it. A request names its inputs and a response its
//! outputs; each is a [`Tensor`] whose elements are checked against its datatype and shape when it is read.

mod datatype;
mod elements;
mod error;
mod infer;
mod metadata;
pub mod path;
mod reading;
mod tensor;
mod wire;

pub use datatype::{Datatype, UnknownDatatype};
pub use elements::TensorData;
pub use error::{MessageError, TensorError};
pub use infer::{InferRequest, InferResponse, RequestedOutput};
pub use metadata::{
    ErrorBody, ModelList, ModelMetadata, RepositoryModel, ServerMetadata, TensorMetadata,
};
pub use tensor::Tensor;

/// Named values that ride along with a message or a tensor; servers give them their meaning.
pub type Parameters = serde_json::Map<String, serde_json::Value>;

#[cfg(test)]
mod tests;
