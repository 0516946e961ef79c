//! Inference protocols as pure encoding and decoding, for clients and servers.
//!
//! Nothing here opens a socket or reads a clock: bytes go in and values come out, or the other way round.
//!
//! ```
//! use creel_protocols::oip::{InferRequest, Tensor, TensorData};
//!
//! let body = br#"{"inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP64", "data": [[0.5, 2]]}]}"#;
//! let request = InferRequest::from_json(body)?;
//! let x = request.input("x").expect("the body has an input x");
//! assert_eq!(x.shape(), [1, 2]);
//! assert_eq!(x.data(), &TensorData::Fp64(vec![0.5, 2.0]));
//! # Ok::<(), creel_protocols::oip::MessageError>(())
//! ```

#![forbid(unsafe_code)]

pub mod oip;
