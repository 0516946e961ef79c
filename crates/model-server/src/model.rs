//! What the server asks of a model.

use creel_core::BoxError;
use creel_protocols::oip::{Tensor, TensorError};
use thiserror::Error;

use crate::Metadata;

/// Something that turns input tensors into output tensors.
///
/// Several threads may ask a model at the same time. A model that panics answers that one request with an
/// error; others go on.
///
/// ```
/// use creel_model_server::{Metadata, Model, ModelError};
/// use creel_protocols::oip::{Datatype, Tensor, TensorData};
///
/// /// Adds up each row of two numbers.
/// struct Sum(Metadata);
///
/// impl Sum {
///     fn new() -> Self {
///         let metadata = Metadata::new("sum", "addition");
///         Self(metadata.input("pairs", Datatype::Fp64, [-1, 2]).output("sums", Datatype::Fp64, [-1]))
///     }
/// }
///
/// impl Model for Sum {
///     fn metadata(&self) -> &Metadata {
///         &self.0
///     }
///
///     fn infer(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, ModelError> {
///         let pairs = inputs[0].data().to_f64().expect("the datatype is FP64");
///         let sums = pairs.chunks_exact(2).map(|pair| pair[0] + pair[1]).collect();
///         Ok(vec![Tensor::vector("sums", TensorData::Fp64(sums))])
///     }
/// }
///
/// let pairs = Tensor::new("pairs", [2, 2], TensorData::Fp64(vec![1.0, 2.0, 3.0, 4.0]))?;
/// let outputs = Sum::new().infer(&[pairs])?;
/// assert_eq!(outputs[0].data(), &TensorData::Fp64(vec![3.0, 7.0]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Model: Send + Sync + 'static {
    /// The model's name, inputs and outputs; the same at every call.
    fn metadata(&self) -> &Metadata;

    /// Answers one request; may take its time, since it runs on a thread of the pool.
    ///
    /// The inputs are those of the metadata, in its order, with its datatypes and fitting its shapes. The outputs
    /// bear the metadata's names.
    ///
    /// # Errors
    /// [`ModelError::Rejected`] when the client is at fault, [`ModelError::Failed`] when the model is.
    fn infer(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, ModelError>;
}

/// Why a model gave no outputs.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// These inputs mean nothing to the model: the same ones never will.
    #[error("the model cannot work on these inputs")]
    Rejected(#[source] BoxError),
    /// The model broke.
    #[error("the model failed")]
    Failed(#[source] BoxError),
}

impl ModelError {
    /// The client is at fault, for this reason.
    pub fn rejected(reason: impl Into<BoxError>) -> Self {
        Self::Rejected(reason.into())
    }

    /// The model is at fault, for this reason.
    pub fn failed(reason: impl Into<BoxError>) -> Self {
        Self::Failed(reason.into())
    }
}

/// An output that is no tensor is the model's fault.
impl From<TensorError> for ModelError {
    fn from(error: TensorError) -> Self {
        Self::failed(error)
    }
}
