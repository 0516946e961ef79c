//! Texts: which language they are in.

use creel_protocols::oip::{Datatype, Tensor, TensorData};
use thiserror::Error;

use crate::{Metadata, Model, ModelError};

#[cfg(test)]
mod tests;

/// Tells the language of texts by their script and their trigrams.
pub(super) struct Lang {
    metadata: Metadata,
}

impl Lang {
    pub(super) fn new() -> Self {
        Self {
            metadata: Metadata::new("lang", "whatlang")
                .input("text", Datatype::Bytes, [-1])
                .output("language", Datatype::Bytes, [-1])
                .output("name", Datatype::Bytes, [-1])
                .output("confidence", Datatype::Fp64, [-1])
                .in_rows()
                .media("text/plain"),
        }
    }
}

impl Model for Lang {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn infer(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, ModelError> {
        let TensorData::Bytes(texts) = inputs[0].data() else {
            unreachable!("the server checks inputs against the metadata")
        };
        let count = texts.len();
        let mut guesses = Vec::with_capacity(count);
        for (index, bytes) in texts.iter().enumerate() {
            let text = std::str::from_utf8(bytes)
                .map_err(|source| ModelError::rejected(NotText { index, source }))?;
            guesses.push(Guess::at(text));
        }
        let confidences = guesses.iter().map(|guess| guess.confidence).collect();
        Ok(vec![
            Tensor::new(
                "language",
                [count],
                TensorData::text(guesses.iter().map(|guess| guess.code)),
            )?,
            Tensor::new(
                "name",
                [count],
                TensorData::text(guesses.iter().map(|guess| guess.name)),
            )?,
            Tensor::new("confidence", [count], TensorData::Fp64(confidences))?,
        ])
    }
}

/// An element of the request that is not UTF-8.
#[derive(Debug, Error)]
#[error("text {index} is not UTF-8")]
struct NotText {
    index: usize,
    source: std::str::Utf8Error,
}

/// What a text is taken for.
struct Guess {
    /// By ISO 639-3.
    code: &'static str,
    /// In English.
    name: &'static str,
    /// From 0 to 1.
    confidence: f64,
}

impl Guess {
    /// What ISO 639-3 provides for a text without letters.
    const UNDETERMINED: Self = Self {
        code: "und",
        name: "Undetermined",
        confidence: 0.0,
    };

    fn at(text: &str) -> Self {
        whatlang::detect(text).map_or(Self::UNDETERMINED, |found| Self {
            code: found.lang().code(),
            name: found.lang().eng_name(),
            confidence: found.confidence(),
        })
    }
}
