//! What a model says about itself, and whether a request fits it.

use creel_protocols::oip::{
    Datatype, ModelMetadata, RequestedOutput, Tensor, TensorData, TensorMetadata,
};
use thiserror::Error;

#[cfg(test)]
mod tests;

/// A model's name, inputs and outputs.
///
/// ```
/// use creel_model_server::Metadata;
/// use creel_protocols::oip::Datatype;
///
/// let metadata = Metadata::new("upscale", "bicubic")
///     .input("image", Datatype::Bytes, [-1])
///     .output("image", Datatype::Bytes, [-1])
///     .media("image/jpeg");
/// assert_eq!(metadata.name(), "upscale");
/// ```
#[derive(Clone, Debug)]
pub struct Metadata {
    name: String,
    platform: String,
    inputs: Vec<Declaration>,
    outputs: Vec<Declaration>,
    media: Vec<&'static str>,
    is_in_rows: bool,
}

/// A tensor as the model declares it.
#[derive(Clone, Debug)]
struct Declaration {
    name: &'static str,
    datatype: Datatype,
    shape: Vec<i64>,
}

impl Metadata {
    /// The version of every model: none is ever replaced while the server runs.
    pub(crate) const VERSION: &str = "1";

    /// A model without inputs and outputs; `platform` says what it runs on, in a word or two.
    pub fn new(name: impl Into<String>, platform: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            platform: platform.into(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            media: Vec::new(),
            is_in_rows: false,
        }
    }

    /// Adds an input behind the others; a dimension of -1 may be of any size.
    ///
    /// Where an input is `FP64`, requests with `FP16` and `FP32` are taken as well, and widened.
    #[must_use]
    pub fn input(
        mut self,
        name: &'static str,
        datatype: Datatype,
        shape: impl Into<Vec<i64>>,
    ) -> Self {
        self.inputs.push(Declaration {
            name,
            datatype,
            shape: shape.into(),
        });
        self
    }

    /// Adds an output behind the others; a dimension of -1 may be of any size.
    #[must_use]
    pub fn output(
        mut self,
        name: &'static str,
        datatype: Datatype,
        shape: impl Into<Vec<i64>>,
    ) -> Self {
        self.outputs.push(Declaration {
            name,
            datatype,
            shape: shape.into(),
        });
        self
    }

    /// Adds a media type that the model takes as the plain body of a request, such as `image/jpeg`.
    ///
    /// The body becomes the only element of the model's first input, which must be `BYTES`.
    #[must_use]
    pub fn media(mut self, media: &'static str) -> Self {
        self.media.push(media);
        self
    }

    /// Says that the model has one input, and that each row of it has its own row in every output.
    ///
    /// Such a model can be asked as TensorFlow Serving is, in instances and predictions.
    #[must_use]
    pub fn in_rows(mut self) -> Self {
        self.is_in_rows = true;
        self
    }

    /// The name that clients ask for.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The media types that the model takes as plain bodies.
    pub(crate) fn plain_media(&self) -> &[&'static str] {
        &self.media
    }

    /// The names of the outputs.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = &str> {
        self.outputs.iter().map(|output| output.name)
    }

    /// The input whose rows have each its own answer, if there is one.
    pub(crate) fn input_in_rows(&self) -> Option<(&'static str, Datatype)> {
        let input = self.inputs.first().filter(|_| self.is_in_rows)?;
        Some((input.name, input.datatype))
    }

    /// The metadata as the protocol tells it.
    pub(crate) fn to_message(&self) -> ModelMetadata {
        let tell = |declarations: &[Declaration]| {
            let tensors = declarations.iter().map(|declaration| {
                TensorMetadata::new(
                    declaration.name,
                    declaration.datatype,
                    declaration.shape.as_slice(),
                )
            });
            tensors.collect()
        };
        ModelMetadata {
            name: self.name.clone(),
            versions: vec![Self::VERSION.to_owned()],
            platform: self.platform.clone(),
            inputs: tell(&self.inputs),
            outputs: tell(&self.outputs),
        }
    }

    /// A plain body as the model's inputs.
    pub(crate) fn inputs_from_body(&self, body: bytes::Bytes) -> Result<Vec<Tensor>, Mismatch> {
        let name = self.inputs.first().map_or("", |input| input.name);
        self.accept(vec![Tensor::vector(name, TensorData::Bytes(vec![body]))])
    }

    /// The tensors of a request in the model's order, if they are what the model takes.
    pub(crate) fn accept(&self, mut tensors: Vec<Tensor>) -> Result<Vec<Tensor>, Mismatch> {
        let inputs = self
            .inputs
            .iter()
            .map(|input| {
                let position = tensors
                    .iter()
                    .position(|tensor| tensor.name() == input.name)
                    .ok_or(Mismatch::Missing { input: input.name })?;
                input.accept(tensors.swap_remove(position))
            })
            .collect::<Result<_, _>>()?;
        match tensors.first() {
            None => Ok(inputs),
            Some(left) => Err(Mismatch::UnknownInput {
                input: left.name().to_owned(),
                known: names(&self.inputs),
            }),
        }
    }

    /// Whether the model gives all the outputs that a request wants.
    pub(crate) fn check_outputs(&self, wanted: &[RequestedOutput]) -> Result<(), Mismatch> {
        match wanted
            .iter()
            .find(|wanted| self.outputs.iter().all(|output| output.name != wanted.name))
        {
            None => Ok(()),
            Some(unknown) => Err(Mismatch::UnknownOutput {
                output: unknown.name.clone(),
                known: names(&self.outputs),
            }),
        }
    }
}

impl Declaration {
    fn accept(&self, tensor: Tensor) -> Result<Tensor, Mismatch> {
        let fits = self.shape.len() == tensor.shape().len()
            && self
                .shape
                .iter()
                .zip(tensor.shape())
                .all(|(&declared, &found)| declared < 0 || usize::try_from(declared) == Ok(found));
        if !fits {
            return Err(Mismatch::Shape {
                input: self.name,
                expected: self.shape.clone(),
                found: tensor.shape().to_vec(),
            });
        }
        match (self.datatype, tensor.datatype()) {
            (expected, found) if expected == found => Ok(tensor),
            (Datatype::Fp64, Datatype::Fp16 | Datatype::Fp32) => {
                let widened = tensor.data().to_f64().unwrap_or_default();
                Tensor::new(self.name, tensor.shape(), TensorData::Fp64(widened))
                    .map_err(|_| unreachable!("widening changes neither shape nor count"))
            }
            (expected, found) => Err(Mismatch::Datatype {
                input: self.name,
                expected,
                found,
            }),
        }
    }
}

fn names(declarations: &[Declaration]) -> String {
    let names: Vec<_> = declarations
        .iter()
        .map(|declaration| format!("`{}`", declaration.name))
        .collect();
    names.join(", ")
}

/// How a request differs from what its model takes and gives.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// An input is not there.
    #[error("the input `{input}` is missing")]
    Missing { input: &'static str },
    /// The model has no such input.
    #[error("the model has no input `{input}`, only {known}")]
    UnknownInput { input: String, known: String },
    /// The model has no such output.
    #[error("the model has no output `{output}`, only {known}")]
    UnknownOutput { output: String, known: String },
    /// An input has other dimensions.
    #[error("the input `{input}` must have the shape {expected:?} (-1 is any size), not {found:?}")]
    Shape {
        input: &'static str,
        expected: Vec<i64>,
        found: Vec<usize>,
    },
    /// An input has elements of another datatype.
    #[error("the input `{input}` must be {expected}, not {found}")]
    Datatype {
        input: &'static str,
        expected: Datatype,
        found: Datatype,
    },
}
