//! Inference protocols as pure encoding and decoding, for clients and servers.
//!
//! Nothing here opens a socket or reads a clock: bytes go in and values come out, or the other way round.
//! A client says what it wants as a [`Request`] and gets an [`Answer`]; a [`Protocol`] writes the one and reads
//! the other:
//!
//! ```
//! use creel_protocols::{Features, OpenInference, Protocol, Request};
//!
//! let protocol = Protocol::from(OpenInference::new("iris"));
//! let request = Request::new("b1f0", Features::row([5.1, 3.5, 1.4, 0.2]));
//! let sent = protocol.encode(&request)?;
//! assert_eq!(sent.uri(), "/v2/models/iris/infer");
//! # Ok::<(), creel_protocols::EncodeError>(())
//! ```
//!
//! A server works with the messages of [`oip`] themselves.

#![forbid(unsafe_code)]

mod answer;
mod error;
pub mod form;
mod multipart;
mod numbers;
pub mod oip;
mod open_inference;
pub mod openai;
mod path;
mod protocol;
mod raw;
mod reply;
mod request;
mod roboflow;
#[cfg(test)]
mod sample;
mod secret;
pub mod sse;
pub mod tensorflow;

pub use answer::Answer;
pub use error::{EncodeError, ReplyError};
pub use multipart::Multipart;
pub use open_inference::{OpenInference, TensorForm};
pub use protocol::Protocol;
pub use raw::Raw;
pub use request::{Document, Features, Image, Payload, RaggedRows, Request};
pub use roboflow::Roboflow;
pub use secret::Secret;
pub use tensorflow::TensorFlow;
