//! The Open Inference Protocol, version 2: its messages as typed values, and its paths.
//!
//! KServe, Triton, MLServer, OpenVINO and Seldon speak it. A request names its inputs and a response its
//! outputs; each is a [`Tensor`] whose elements are checked against its datatype and shape when it is read.
//!
//! ```
//! use creel_protocols::oip::{InferRequest, InferResponse, Tensor, TensorData};
//!
//! let body = br#"{"id": "b1f0", "inputs":
//!     [{"name": "x", "shape": [1, 2], "datatype": "FP64", "data": [[0.5, 2]]}]}"#;
//! let request = InferRequest::from_json(body)?;
//! let x = request.input("x").expect("the body has an input x");
//! assert_eq!(x.shape(), [1, 2]);
//! assert_eq!(x.data(), &TensorData::Fp64(vec![0.5, 2.0]));
//!
//! let response = InferResponse {
//!     model_name: "sum".into(),
//!     id: request.id,
//!     outputs: vec![Tensor::vector("sum", TensorData::Fp64(vec![2.5]))],
//!     ..InferResponse::default()
//! };
//! assert!(response.to_json().starts_with(br#"{"model_name":"sum","id":"b1f0","#));
//! # Ok::<(), creel_protocols::oip::MessageError>(())
//! ```

mod binary;
mod datatype;
mod elements;
mod error;
mod infer;
mod metadata;
pub mod path;
mod reading;
mod tensor;
mod wire;

pub use binary::{Framed, JSON_LENGTH};
pub use datatype::{Datatype, UnknownDatatype};
pub use elements::TensorData;
pub use error::{MessageError, TensorError};
pub use infer::{InferRequest, InferResponse, RequestedOutput};
pub(crate) use metadata::fits;
pub use metadata::{
    ErrorBody, ModelList, ModelMetadata, RepositoryModel, ServerMetadata, TensorMetadata,
};
pub use tensor::Tensor;
pub(crate) use wire::{Parts, ResponseMessage, Rest};

/// Named values that ride along with a message or a tensor; servers give them their meaning.
pub type Parameters = serde_json::Map<String, serde_json::Value>;

#[cfg(test)]
mod tests;
